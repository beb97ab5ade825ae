// @ts-check
// Calibration to labels, and labels from votes.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { calibrateLabels, usefulLabels } from "../../dist/calibration/labels/calibrate-labels.js";
import { fitLabelScale, labelMethods } from "../../dist/calibration/labels/fit.js";
import { fitPairwise } from "../../dist/calibration/labels/pairwise.js";
import { labelsOfResults, labelsOfVotes, readLabels, readVotes } from "../../dist/calibration/labels/read.js";
import { poolAdjacentViolators } from "../../dist/calibration/pool-adjacent-violators.js";
import { applyScale } from "../../dist/calibration/scale.js";
import { Random } from "../../dist/pairs/random.js";
import { fakeModel } from "../support/fake-engine.js";

/** @type {{ pairwise: { votes: [number, number, number, number][], [model: string]: any }[], isotonic: { y: number[], weights: number[], fitted: number[] }[] }} */
const goldens = JSON.parse(await readFile(new URL("calibration-pairwise.json", import.meta.url), "utf8"));
const base = fakeModel.calibration;
const range = { low: 1, high: 5 };
const code = "ERR_CALIBRATION";

/** @param {{ teardown: (handler: () => Promise<void>) => void }} t */
async function temporary(t) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-labels-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Labels on a rising curve of the raw score, with noise. @param {number} count @param {number} noise @param {string} [seed] */
function labelled(count, noise, seed = "labels") {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const raw = 3 * random.normal();
    const label = 1 + 4 / (1 + Math.exp(-raw / 2)) + noise * random.normal();
    return { raw, label: Math.max(1, Math.min(5, label)) };
  });
}

t.test("isotonic regression equals scipy's", async (t) => {
  for (const { y, weights, fitted } of goldens.isotonic) {
    const own = poolAdjacentViolators(y, weights).flatMap(({ from, to, value }) => Array(to - from + 1).fill(value));
    t.equal(own.length, fitted.length);
    own.forEach((value, i) => {
      if (Math.abs(value - Number(fitted[i])) > 1e-12) t.fail(`item ${i}`);
    });
    const scale = fitLabelScale(
      y.flatMap((label, i) => Array.from({ length: weights[i] ?? 1 }, () => ({ raw: i, label }))),
      "isotonic",
      { low: -9, high: 9 },
    );
    fitted.forEach((value, i) => {
      if (Math.abs(applyScale(i, scale) - value) > 1e-9) t.fail(`scale at ${i}`);
    });
  }
});

t.test("every method recovers a planted curve, and its error is that of labels it did not see", async (t) => {
  const labels = labelled(400, 0.3);
  const truth = (/** @type {number} */ raw) => 1 + 4 / (1 + Math.exp(-raw / 2));
  for (const method of labelMethods) {
    const result = calibrateLabels(labels, base, {
      id: "raters",
      created: "2026-01-01",
      target: "quality",
      method,
      range,
    });
    const scale = result.calibration.scales.quality;
    const off = [-3, -1, 0, 1, 3].map((raw) => Math.abs(applyScale(raw, scale) - truth(raw)));
    t.ok(Math.max(...off) < (method === "linear" ? 0.6 : 0.3), `${method}: ${off.map((x) => x.toFixed(2))}`);
    t.ok(
      result.crossValidatedRmse > 0.25 && result.crossValidatedRmse < 0.45,
      `${method}: ${result.crossValidatedRmse}`,
    );
    t.ok(result.crossValidatedRmse >= result.rmse * 0.99);
    t.ok(result.meanRmse > 0.8);
    t.same(result.warnings, []);
    t.equal(result.calibration.scales.technical, base.scales.technical);
    t.match(result.calibration, {
      id: "raters",
      model: base.model,
      labels: { target: "quality", count: 400, srcc: result.srcc },
    });
  }
});

t.test("cross-validation leaves whole groups out", async (t) => {
  // Labels jump from group to group: who knows a group's own labels predicts it well, who does not must interpolate.
  const random = new Random("groups");
  let height = 0;
  const labels = Array.from({ length: 20 }, (_, g) => {
    height += 2 * random.uniform() ** 3;
    const label = height;
    return Array.from({ length: 5 }, () => ({ raw: g + 0.01 * random.normal(), label, group: `g${g}` }));
  }).flat();
  const fit = {
    id: "x",
    created: "2026-01-01",
    target: /** @type {const} */ ("quality"),
    method: /** @type {const} */ ("isotonic"),
  };
  const grouped = calibrateLabels(labels, base, fit);
  const leaking = calibrateLabels(
    labels.map(({ raw, label }) => ({ raw, label })),
    base,
    fit,
  );
  t.ok(grouped.crossValidatedRmse > 1.5 * leaking.crossValidatedRmse);
  t.throws(() => calibrateLabels(labels.slice(0, 5), base, fit), { code, message: /one group|equal/ });
});

t.test("what cannot or should not be fitted is said", async (t) => {
  const fit = {
    id: "x",
    created: "2026-01-01",
    target: /** @type {const} */ ("quality"),
    method: /** @type {const} */ ("isotonic"),
    range,
  };
  const labels = labelled(100, 0.3);
  const turned = labels.map(({ raw, label }) => ({ raw, label: 6 - label }));
  for (const method of labelMethods)
    t.throws(() => calibrateLabels(turned, base, { ...fit, method }), { code, message: /do not rise.*-0\.9/ });
  t.throws(() => calibrateLabels(labels.slice(0, 4), base, fit), { code, message: /4 labelled images/ });
  t.throws(
    () =>
      calibrateLabels(
        labels.map(({ raw }) => ({ raw, label: 3 })),
        base,
        { ...fit, range: undefined },
      ),
    { code, message: /equal/ },
  );
  t.throws(() => calibrateLabels([...labels, { raw: 0, label: 7 }], base, fit), { code, message: /7 lies outside/ });
  t.throws(() => calibrateLabels(labels, base, { ...fit, target: "alignment" }), {
    code,
    message: /does not score alignment/,
  });
  t.throws(
    () =>
      fitLabelScale(
        [
          { raw: 1, label: 1 },
          { raw: 1, label: 2 },
        ],
        "linear",
        range,
      ),
    { code, message: /different raw/ },
  );
  for (const method of /** @type {const} */ (["linear", "logistic4", "logistic5"]))
    t.throws(() => fitLabelScale(turned, method, range), { code, message: /falls somewhere.*isotonic/ });
  const five = labelled(5, 0.3).map(({ raw }) => ({ raw, label: 3 + raw / 5 }));
  t.throws(() => calibrateLabels(five, base, { ...fit, method: "logistic5" }), {
    code,
    message: /left out to check it.*there are 4/,
  });
  const few = calibrateLabels(labelled(usefulLabels - 1, 0.3), base, fit);
  t.match(few.warnings, [/few/]);
  const unrelated = labelled(60, 0.3).map(({ raw }, i) => ({ raw, label: 4 - ((i * 37) % 41) / 20 }));
  t.match(calibrateLabels(unrelated, base, fit).warnings, [/no better/]);
});

t.test("strengths, standard errors and likelihood equal those of an independent maximiser", async (t) => {
  for (const { votes, ...models } of goldens.pairwise)
    for (const model of /** @type {const} */ (["thurstone", "bradley-terry"])) {
      const fit = fitPairwise(
        votes.map(([a, b, winsA, winsB]) => ({ a: `${a}`, b: `${b}`, winsA, winsB })),
        model,
      );
      t.notOk(fit.regularised);
      const { strengths, standardErrors, logLikelihood } = models[model];
      for (const { item, strength, standardError } of fit.items) {
        t.ok(Math.abs(strength - strengths[Number(item)]) < 1e-4, `${model} ${item}: ${strength}`);
        t.ok(Math.abs(standardError - standardErrors[Number(item)]) < 1e-3, `${model} ${item}: ${standardError}`);
      }
      t.ok(Math.abs(fit.logLikelihood - logLikelihood) < 1e-7);
    }
});

t.test("two items have the closed form", async (t) => {
  const votes = [
    { a: "x", b: "y", winsA: 2, winsB: 1 },
    { a: "y", b: "x", winsA: 0, winsB: 1 },
  ];
  const [x, y] = fitPairwise(votes, "bradley-terry").items;
  t.ok(Math.abs((x?.strength ?? 0) - Math.log(3) / 2) < 1e-9);
  t.ok(Math.abs((x?.strength ?? 0) + (y?.strength ?? 0)) < 1e-12);
  t.equal(x?.votes, 4);
  // Information of the difference: n p (1 - p) = .75; each is half of it away from the mean.
  t.ok(Math.abs((x?.standardError ?? 0) - Math.sqrt(1 / 0.75) / 2) < 1e-6);
});

t.test("items that only won are drawn in, and this is said", async (t) => {
  const votes = [
    { a: "best", b: "middle", winsA: 9, winsB: 0 },
    { a: "middle", b: "worst", winsA: 9, winsB: 0 },
  ];
  for (const model of /** @type {const} */ (["thurstone", "bradley-terry"])) {
    const { regularised, items } = fitPairwise(votes, model);
    t.ok(regularised);
    const [best = 0, middle = 0, worst = 0] = items.map(({ strength }) => strength);
    t.ok(best > middle + 0.5 && middle > worst + 0.5 && best < 20, `${best} ${middle} ${worst}`);
    t.ok(Math.abs(best + worst) < 1e-6 && Math.abs(middle) < 1e-6, "symmetric");
    t.ok(items.every(({ standardError }) => standardError > 0 && Number.isFinite(standardError)));
  }
});

t.test("votes without a common scale are refused", async (t) => {
  const apart = [
    { a: "a", b: "b", winsA: 1, winsB: 1 },
    { a: "c", b: "d", winsA: 1, winsB: 1 },
  ];
  t.throws(() => fitPairwise(apart, "thurstone"), { code, message: /2 groups/ });
  t.throws(() => fitPairwise([], "thurstone"), { code, message: /no votes/ });
  t.throws(() => fitPairwise([{ a: "a", b: "a", winsA: 1, winsB: 0 }], "thurstone"), { code: "ERR_INVALID_ARGUMENT" });
  t.throws(() => fitPairwise([{ a: "a", b: "b", winsA: -1, winsB: 0 }], "thurstone"), { code: "ERR_INVALID_ARGUMENT" });
});

t.test("counts too unlike for the arithmetic are said", async (t) => {
  let refused = 0;
  for (let k = 0; k < 100; k++) {
    const random = new Random("unlike counts", k);
    const count = 2 + random.integer(8);
    const votes = Array.from({ length: 3 * count }, () => {
      const a = random.integer(count);
      const b = (a + 1 + random.integer(count - 1)) % count;
      return { a: `${a}`, b: `${b}`, winsA: random.pick([0, 1, 1e3, 1e6, 1e9]), winsB: random.integer(2) };
    });
    for (const model of /** @type {const} */ (["thurstone", "bradley-terry"]))
      try {
        const { items } = fitPairwise(votes, model);
        if (!items.every(({ strength, standardError }) => Number.isFinite(strength + standardError))) t.fail(`${k}`);
      } catch (error) {
        refused++;
        t.match(error, { code, message: /did not converge|groups/ });
      }
  }
  t.ok(refused > 0, "some of these are");
});

t.test("many items: planted strengths come back within their standard errors", async (t) => {
  const random = new Random("many");
  const truth = Array.from({ length: 120 }, () => 1.5 * random.normal());
  const votes = Array.from({ length: 6000 }, () => {
    const a = random.integer(120);
    const b = (a + 1 + random.integer(119)) % 120;
    const first = random.uniform() < 1 / (1 + Math.exp(Number(truth[b]) - Number(truth[a])));
    return { a: `${a}`, b: `${b}`, winsA: first ? 1 : 0, winsB: first ? 0 : 1 };
  });
  const mean = truth.reduce((sum, x) => sum + x, 0) / 120;
  const { items } = fitPairwise(votes, "bradley-terry");
  const scores = items.map(
    ({ item, strength, standardError }) => (strength - (Number(truth[Number(item)]) - mean)) / standardError,
  );
  const spread = Math.sqrt(scores.reduce((sum, z) => sum + z * z, 0) / scores.length);
  t.ok(spread > 0.8 && spread < 1.25, `deviation in standard errors: ${spread}`);
});

t.test("files of labels and votes", async (t) => {
  const folder = await temporary(t);
  const at = (/** @type {string} */ name) => join(folder, name);
  await writeFile(
    at("labels.csv"),
    "\ufeffimage,quality,prompt,group\na.png,3.5,a cat,g\nhttps://example.org/b.png,4,,\n",
  );
  t.same(await readLabels(at("labels.csv"), "quality"), [
    { image: at("a.png"), label: 3.5, prompt: "a cat", group: "g" },
    { image: "https://example.org/b.png", label: 4, prompt: undefined, group: undefined },
  ]);
  await t.rejects(readLabels(at("labels.csv"), "alignment"), { code, message: /no column "alignment"/ });
  await writeFile(at("bad.csv"), "image,quality\na.png,3\nb.png,good\n");
  await t.rejects(readLabels(at("bad.csv"), "quality"), { code, message: /bad\.csv:3 has "good"/ });
  await t.rejects(readLabels(at("none.csv"), "quality"), { code: "ERR_IO" });

  await writeFile(
    at("votes.csv"),
    'a,b,winner\nx.png,"y, z.png",a\nx.png,"y, z.png","y, z.png"\nx.png,"y, z.png",tie\n',
  );
  const votes = await readVotes(at("votes.csv"));
  t.same(
    votes.map(({ winsA, winsB }) => [winsA, winsB]),
    [
      [1, 0],
      [0, 1],
      [0.5, 0.5],
    ],
  );
  await writeFile(at("counts.csv"), "a,b,wins_a,wins_b\nx.png,y.png,7,3\n");
  t.same(await readVotes(at("counts.csv")), [{ a: "x.png", b: "y.png", winsA: 7, winsB: 3 }]);
  await writeFile(at("wrong.csv"), "a,b,winner\nx.png,y.png,z.png\n");
  await t.rejects(readVotes(at("wrong.csv")), { code, message: /wrong\.csv:2.*"z\.png" won/ });

  await writeFile(at("unclear.csv"), "a,b,winner\nb,a,a\n");
  await t.rejects(readVotes(at("unclear.csv")), { code, message: /unclear\.csv:2.*column of one.*name of the other/ });

  const labels = labelsOfVotes(fitPairwise(votes, "thurstone"), "quality", at("votes.csv"), at("sub/labels.csv"));
  t.match(labels, /^image,quality,standard_error,votes\n\.\.\/x\.png,0,[\d.]+,3\n"\.\.\/y, z\.png",/);

  const line = {
    path: "a.png",
    ok: true,
    quality: 1,
    alignment: null,
    aspects: { technical: 1, aesthetic: 1 },
    raw: { quality: 2, alignment: null, technical: 1, aesthetic: 1 },
    model: "m@1",
    calibration: "c",
    opinions: { quality: 4 },
    group: "g",
  };
  await writeFile(
    at("results.jsonl"),
    [line, { ...line, opinions: {} }, { path: "x", ok: false, code: "E", message: "m" }]
      .map((each) => `${JSON.stringify(each)}\n`)
      .join(""),
  );
  t.same(await labelsOfResults(at("results.jsonl"), "quality", "m@1"), [{ raw: 2, label: 4, group: "g" }]);
  t.same(await labelsOfResults(at("results.jsonl"), "alignment", "m@1"), []);
  await t.rejects(labelsOfResults(at("results.jsonl"), "quality", "m@2"), { code: "ERR_CALIBRATION_MISMATCH" });
});
