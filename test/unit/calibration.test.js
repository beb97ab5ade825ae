// @ts-check
// Scales, percentiles, calibration files, scores under several calibrations.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import t from "tap";
import { formatCalibration, parseCalibration } from "../../dist/calibration/calibration.js";
import { compareScores, preference } from "../../dist/calibration/comparison.js";
import { normalCdf } from "../../dist/calibration/normal.js";
import { median, percentileOf, quantileTable } from "../../dist/calibration/percentiles.js";
import { readCalibration, writeCalibration } from "../../dist/calibration/read.js";
import { applyScale } from "../../dist/calibration/scale.js";
import { recalibrate, toScore } from "../../dist/calibration/score.js";
import { readModel } from "../../dist/models/directory.js";
import { Random } from "../../dist/pairs/random.js";
import { fakeModel } from "../support/fake-engine.js";
import { writeTinyModel } from "../support/tiny-model.js";

/** @typedef {import("../../dist/calibration/scale.js").Scale} Scale */
/** @typedef {import("../../dist/calibration/calibration.js").Calibration} Calibration */

/** @type {Scale} */
const anchored = {
  kind: "anchored",
  raw: [-7.25, -5.5, -2.7, 0.125, 2.83, 8.1],
  score: [0.15, 0.29, 0.43, 0.57, 0.71, 0.85],
};
const range = { low: 1, high: 5 };
/** @type {Scale[]} */
const labelScales = [
  { kind: "isotonic", raw: [-3, -1, 0.5, 2], score: [1.5, 2.25, 2.25, 4.5], range },
  { kind: "linear", parameters: [0.4, 2.5], range },
  { kind: "logistic4", parameters: [4.6, 1.2, 0.3, 1.7], range },
  { kind: "logistic5", parameters: [2.1, 0.8, 0.1, 0.2, 3], range },
];

const table = Array.from({ length: 201 }, (_, i) => i / 100 - 1);
/** @type {Calibration} */
const calibration = {
  id: "c-1",
  model: fakeModel.id,
  created: "2026-01-31",
  population: { description: 'a "population" [\n 1 ]', positives: 3, negatives: 9, kinds: { photo: 1, ai: 2 } },
  scales: { quality: anchored, technical: anchored, aesthetic: anchored },
  percentiles: { quality: table, technical: table, aesthetic: table },
};
const file = JSON.parse(formatCalibration(calibration));

/** @param {{ teardown: (handler: () => Promise<void>) => void }} t */
async function temporary(t) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-calibration-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

t.test("normalCdf agrees with published values to 14 digits", async (t) => {
  // NIST/SEPT e-Handbook and R's pnorm.
  const known = [
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1, 0.8413447460685429],
    [-1.96, 0.0249978951482204],
    [2.5758293035489004, 0.995],
    [-3, 0.0013498980316300933],
    [4, 0.9999683287581669],
  ];
  for (const [x = 0, p = 0] of known) t.ok(Math.abs(normalCdf(x) - p) < 1e-14, `Phi(${x}) = ${normalCdf(x)}`);
  // In the lower tail the relative error counts: pnorm(-6), pnorm(-10), pnorm(-30).
  for (const [x = 0, p = 0] of [
    [-6, 9.865876450376946e-10],
    [-10, 7.61985302416047e-24],
    [-30, 4.906713927148187e-198],
  ]) {
    t.ok(Math.abs(normalCdf(x) / p - 1) < 1e-11, `Phi(${x}) = ${normalCdf(x)}`);
  }
  t.equal(normalCdf(Number.POSITIVE_INFINITY), 1);
  t.equal(normalCdf(Number.NEGATIVE_INFINITY), 0);
  t.ok(Number.isNaN(normalCdf(Number.NaN)));
});

t.test("normalCdf never falls", async (t) => {
  let last = 0;
  let falls = 0;
  for (let x = -40; x <= 40; x += 0.001) {
    const p = normalCdf(x);
    if (p < last) falls++;
    last = p;
  }
  t.equal(falls, 0);
});

t.test("preference is antisymmetric and 0.5 for a draw", async (t) => {
  t.equal(preference(1.5, 1.5), 0.5);
  t.ok(Math.abs(preference(2, 1) + preference(1, 2) - 1) < 1e-15);
  t.ok(Math.abs(preference(Math.SQRT2, 0) - 0.8413447460685429) < 1e-14);
});

const bits = new Float32Array(1);
const integer = new Int32Array(bits.buffer);
/** The next float32 above a float32. @param {number} x */
function nextUp(x) {
  bits[0] = x;
  if (x === 0) return 1.401298464324817e-45;
  integer[0] = /** @type {number} */ (integer[0]) + (x > 0 ? 1 : -1);
  return /** @type {number} */ (bits[0]);
}

/** Raw scores near the anchors, far from them, huge and tiny, each with its neighbour in float32. @param {number} count */
function pairsOfRaws(count) {
  const random = new Random("raws");
  const span = 15.35;
  return Array.from({ length: count }, (_, i) => {
    const magnitude = [1, 30, 1e3, 1e6 * span, 1e12, 1e38][i % 6] ?? 1;
    const x = Math.fround(random.uniform(-magnitude, magnitude) * (i % 7 === 0 ? 1e-6 : 1));
    const y = i % 2 === 0 ? nextUp(x) : Math.fround(random.uniform(-magnitude, magnitude));
    return x < y ? /** @type {const} */ ([x, y]) : /** @type {const} */ ([y, x]);
  });
}

t.test("an anchored scale rises strictly, neighbours in float32 included, and stays in (0, 1)", async (t) => {
  let equal = 0;
  let inverted = 0;
  let outside = 0;
  for (const [low, high] of pairsOfRaws(60_000)) {
    const [a, b] = [applyScale(low, anchored), applyScale(high, anchored)];
    if (a > b) inverted++;
    const meant = Math.max(Math.abs(low), Math.abs(high)) <= 1e6 * 15.35 && high - low >= 1e-9 * 15.35;
    if (meant && a >= b) equal++;
    if (meant && !(a > 0 && b < 1)) outside++;
  }
  t.same({ equal, inverted, outside }, { equal: 0, inverted: 0, outside: 0 });
  anchored.kind === "anchored" &&
    anchored.raw.forEach((raw, i) => {
      t.ok(Math.abs(applyScale(raw, anchored) - /** @type {number} */ (anchored.score[i])) < 1e-15);
      for (const step of [-1e-7, 1e-7])
        t.ok(Math.abs(applyScale(raw + step, anchored) - applyScale(raw, anchored)) < 1e-7);
    });
});

t.test("an anchored scale that ends low does not fall behind its last anchor", async (t) => {
  for (const last of [0.05, 0.1, 0.2, 0.3, 0.45]) {
    /** @type {Scale} */
    const low = { kind: "anchored", raw: [-1, 1], score: [last / 2, last] };
    t.ok(applyScale(nextUp(1), low) >= last && applyScale(1 + Number.EPSILON, low) >= last, `${last}`);
  }
});

t.test("no calibration ever inverts an order, and those fitted to labels stay in their range", async (t) => {
  for (const scale of labelScales) {
    let inverted = 0;
    let outside = 0;
    for (const [low, high] of pairsOfRaws(60_000)) {
      const [a, b] = [applyScale(low, scale), applyScale(high, scale)];
      if (!(a <= b)) inverted++;
      if (!(a >= 1 && b <= 5)) outside++;
    }
    t.same({ inverted, outside }, { inverted: 0, outside: 0 }, scale.kind);
    t.ok(applyScale(-2, scale) < applyScale(1.5, scale), `${scale.kind} rises`);
  }
});

t.test("percentiles", async (t) => {
  const values = Array.from({ length: 1000 }, (_, i) => i);
  const made = quantileTable({ values: new Random("order").shuffle(values) });
  t.equal(made.length, 201);
  t.equal(made[0], 0);
  t.equal(made[200], 999);
  t.equal(percentileOf(-1, made), 0);
  t.equal(percentileOf(1e9, made), 100);
  t.ok(Math.abs(percentileOf(249.5, made) - 25) < 0.01);
  t.ok(Math.abs(percentileOf(900, made) - 90) < 0.1);
  const ties = quantileTable({ values: [0, ...Array(98).fill(5), 9] });
  t.ok(Math.abs(percentileOf(5, ties) - 50) < 1, "half of the equal ones");
  t.equal(percentileOf(4.9, Array(201).fill(5)), 0);
  t.equal(percentileOf(5, Array(201).fill(5)), 50);
  t.equal(percentileOf(5.1, Array(201).fill(5)), 100);
  let last = 0;
  for (let raw = -2; raw < 12; raw += 0.01) {
    const percentile = percentileOf(raw, ties);
    if (percentile < last || percentile > 100) t.fail(`falls at ${raw}`);
    last = percentile;
  }
});

t.test("weighted medians", async (t) => {
  t.equal(median({ values: [3, 1, 2] }), 2);
  t.equal(median({ values: [4, 1, 2, 3] }), 2.5);
  t.equal(median({ values: [7] }), 7);
  t.equal(median({ values: [1, 2, 3, 10, 20, 30], weights: [10, 10, 10, 1, 1, 1] }) < 3, true);
  const repeated = [1, 1, 1, 2, 8, 8];
  t.ok(Math.abs(median({ values: [1, 2, 8], weights: [3, 1, 2] }) - median({ values: repeated })) <= 0.5);
});

t.test("calibration.json: a round trip changes nothing", async (t) => {
  t.same(parseCalibration(file, "c.json"), calibration);
  for (const scale of labelScales) {
    const labels = { target: /** @type {const} */ ("quality"), count: 60, srcc: 1 / 3, crossValidatedRmse: 0.1 + 0.2 };
    const fitted = { ...calibration, labels, scales: { ...calibration.scales, quality: scale } };
    t.same(parseCalibration(JSON.parse(formatCalibration(fitted)), "c.json"), fitted);
  }
  const text = formatCalibration(calibration);
  t.ok(text.split("\n").length < 60, "lists are on one line");
  const folder = await temporary(t);
  await writeCalibration(join(folder, "c.json"), calibration);
  t.same(await readCalibration(join(folder, "c.json")), calibration);
  t.same(await readCalibration(pathToFileURL(join(folder, "c.json"))), calibration);
  await writeCalibration(join(folder, "new", "c.json"), calibration);
  t.same(await readCalibration(join(folder, "new", "c.json")), calibration, "its folder is made");
  await t.rejects(writeCalibration(join(folder, "c.json", "d.json"), calibration), {
    code: "ERR_IO",
    message: /d\.json cannot be written/,
  });
});

t.test("calibration.json: what is wrong is named", async (t) => {
  const bad = (/** @type {object} */ change) => () => parseCalibration({ ...file, ...change }, "c.json");
  const scales = (/** @type {object} */ quality) => bad({ scales: { ...file.scales, quality } });
  const code = "ERR_CALIBRATION";
  t.throws(bad({ format: "other" }), { code });
  t.throws(bad({ formatVersion: 1 }), { code: "ERR_MODEL_UNSUPPORTED", message: /version 1.*eliq calibrate/ });
  t.throws(bad({ formatVersion: 3 }), { code: "ERR_MODEL_UNSUPPORTED", message: /version 3.*Update/ });
  t.throws(bad({ id: 7 }), { code, message: /c\.json: id must be/ });
  t.throws(bad({ model: "" }), { code, message: /model must be/ });
  t.throws(bad({ created: "yesterday" }), { code, message: /created must be a date/ });
  t.throws(bad({ scales: undefined }), { code, message: /scales must be an object/ });
  t.throws(bad({ scales: { ...file.scales, alignment: anchored } }), { code, message: /percentiles\.alignment/ });
  t.throws(bad({ population: { ...file.population, kinds: { photo: -1 } } }), { code, message: /kinds\.photo/ });
  t.throws(bad({ percentiles: { ...file.percentiles, technical: table.slice(1) } }), {
    code,
    message: /technical must be 201/,
  });
  t.throws(bad({ percentiles: { ...file.percentiles, technical: [...table].reverse() } }), {
    code,
    message: /never descend/,
  });
  t.throws(scales({ ...anchored, kind: "spline" }), { code: "ERR_MODEL_UNSUPPORTED", message: /spline/ });
  t.throws(scales({ ...anchored, raw: [1, 1] }), { code, message: /scales\.quality\.raw must be strictly ascending/ });
  t.throws(scales({ ...anchored, raw: [1, null] }), { code, message: /quality\.raw must be a list of finite numbers/ });
  t.throws(scales({ ...anchored, raw: [1] }), { code, message: /at least 2/ });
  t.throws(scales({ ...anchored, score: [0.2, 0.8] }), { code, message: /as long as raw/ });
  t.throws(scales({ kind: "anchored", raw: [0, 1], score: [0, 0.5] }), { code, message: /score must be strictly/ });
  t.throws(scales({ kind: "anchored", raw: [0, 1], score: [0.6, 0.5] }), { code, message: /score must be strictly/ });
  t.throws(scales({ kind: "isotonic", raw: [0, 1], score: [2, 1], range }), { code, message: /never descend/ });
  t.throws(scales({ kind: "isotonic", raw: [0, 1], score: [1, 2], range: { low: 5, high: 1 } }), {
    code,
    message: /range\.high/,
  });
  t.throws(scales({ kind: "linear", parameters: [-1, 0], range }), { code, message: /never descends/ });
  t.throws(scales({ kind: "logistic4", parameters: [1, 2, 0, 1], range }), { code, message: /never descends/ });
  t.throws(scales({ kind: "logistic5", parameters: [1, 1, 0, -0.01, 1], range }), { code, message: /never descends/ });
  t.throws(scales({ kind: "logistic5", parameters: [1, 1, 0, 1], range }), { code, message: /5 numbers/ });
  t.throws(bad({ labels: { target: "beauty" } }), { code, message: /labels\.target/ });
  t.throws(() => parseCalibration([], "c.json"), { code });
});

t.test("the calibration of a model: its own, a file, a name", async (t) => {
  const folder = await temporary(t);
  const directory = writeTinyModel(join(folder, "model"));
  const own = await readModel(directory);
  t.equal(own.calibration.id, "tiny-2026-01-01");
  await mkdir(join(directory, "calibrations"));
  const photos = { ...own.calibration, id: "photos" };
  await writeCalibration(join(directory, "calibrations", "photos.json"), photos);
  t.same((await readModel(directory, "photos")).calibration, photos);
  t.same((await readModel(directory, join(directory, "calibrations", "photos.json"))).calibration, photos);
  await t.rejects(readModel(directory, "paintings"), {
    code: "ERR_CALIBRATION",
    message: /paintings\.json is missing.*eliq calibrate/,
  });
  await t.rejects(readModel(directory, ""), { code: "ERR_INVALID_ARGUMENT" });
  await writeFile(join(folder, "broken.json"), "{");
  await t.rejects(readModel(directory, join(folder, "broken.json")), {
    code: "ERR_CALIBRATION",
    message: /not valid JSON/,
  });
  await writeCalibration(join(folder, "other.json"), calibration);
  await t.rejects(readModel(directory, join(folder, "other.json")), {
    code: "ERR_CALIBRATION_MISMATCH",
    message: /c-1.*fake@.*tiny@/,
  });
});

const native = { quality: 0.4, technical: 0.8, aesthetic: -1, alignment: 3 };

t.test("one look serves several calibrations", async (t) => {
  const model = { ...fakeModel, calibration };
  const score = toScore(native, fakeModel, undefined);
  const again = recalibrate(score, calibration);
  t.same(again, toScore(native, model, undefined));
  t.equal(again.calibration, "c-1");
  t.not(again.quality, score.quality);
  t.same(again.percentiles, { quality: 70, alignment: null, technical: 90, aesthetic: 0 });
  t.same(recalibrate(again, fakeModel.calibration), score, "and back");
  t.notOk("ranges" in score);
  const [isotonic] = labelScales;
  const toLabels = {
    ...calibration,
    id: "raters",
    scales: { ...calibration.scales, quality: /** @type {Scale} */ (isotonic) },
  };
  t.match(recalibrate(score, toLabels), { quality: 2.25, ranges: { quality: range }, aspects: again.aspects });
  t.throws(() => recalibrate(score, { ...calibration, model: "other@1" }), { code: "ERR_CALIBRATION_MISMATCH" });
});

t.test("scores of different calibrations or models are not compared", async (t) => {
  const score = toScore(native, fakeModel, undefined);
  t.throws(() => compareScores(score, recalibrate(score, calibration)), {
    code: "ERR_CALIBRATION_MISMATCH",
    message: /fake-2026-01-01.*c-1.*recalibrate/,
  });
  t.throws(() => compareScores(score, { ...score, model: "other@1" }), {
    code: "ERR_CALIBRATION_MISMATCH",
    message: /different models/,
  });
  t.equal(compareScores(recalibrate(score, calibration), recalibrate(score, calibration)).quality, 0.5);
});

t.test("alignment of an untrained model is null whatever the network says", async (t) => {
  for (const prompt of [undefined, "a cat"]) {
    const score = toScore(native, fakeModel, prompt);
    t.match(score, { alignment: null, raw: { alignment: null }, percentiles: { alignment: null } });
    t.equal(score.alignmentReason, "The fake model reads no prompts.");
  }
});

t.test("alignment of a trained model needs a prompt", async (t) => {
  const { scales, percentiles } = fakeModel.calibration;
  const aligned = {
    ...fakeModel.calibration,
    scales: { ...scales, alignment: { kind: /** @type {const} */ ("anchored"), raw: [2, 4], score: [0.25, 0.75] } },
    percentiles: { ...percentiles, alignment: table.map((value) => value + 3) },
  };
  const model = { ...fakeModel, alignment: { trained: true }, calibration: aligned };
  t.match(toScore(native, model, undefined), { alignment: null, alignmentReason: "No prompt was given." });
  const score = toScore(native, model, "a cat");
  t.match(score, { alignment: 0.5, raw: { alignment: 3 }, percentiles: { alignment: 50 } });
  t.notOk("alignmentReason" in score);
  t.match(toScore({ ...native, alignment: null }, model, "a cat"), { alignment: null, alignmentReason: /prompts/ });
  const other = toScore({ ...native, alignment: 3 - Math.SQRT2 }, model, "a cat");
  t.ok(Math.abs((compareScores(score, other).alignment ?? 0) - 0.8413447460685429) < 1e-14);
  const without = recalibrate(score, fakeModel.calibration);
  t.match(without, { alignment: null, alignmentReason: /no scale for alignment/, raw: { alignment: 3 } });
  const unscaled = { ...model, calibration: fakeModel.calibration };
  t.same(toScore(native, unscaled, "a cat"), without, "as when it is scored so");
  t.same(recalibrate(without, aligned), score, "and back: no reason is left");
});

t.test("a comparison without alignment says why", async (t) => {
  const a = toScore(native, fakeModel, undefined);
  const b = toScore({ ...native, quality: 0 }, fakeModel, undefined);
  const comparison = compareScores(a, b);
  t.match(comparison, {
    alignment: null,
    alignmentReason: "The fake model reads no prompts.",
    aspects: { technical: 0.5 },
  });
  t.ok(comparison.quality > 0.5);
  t.equal(comparison.a, a);
});

t.test("the shipped calibration keeps its own promises", async (t) => {
  const model = await readModel();
  const { scales, percentiles, population } = model.calibration;
  for (const name of /** @type {const} */ (["quality", "technical", "aesthetic"])) {
    const middle = /** @type {number} */ (percentiles[name][100]);
    t.ok(applyScale(middle, scales[name]) >= 0.75, `${name} of the median good image`);
  }
  t.ok((population.kinds.photo ?? 0) >= 100 && (population.kinds.ai ?? 0) >= 100);
  const path = join(model.directory, "calibration.json");
  t.equal(formatCalibration(model.calibration), await readFile(path, "utf8"), "as it is written");
});
