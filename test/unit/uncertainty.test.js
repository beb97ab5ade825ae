// @ts-check
// Views of an image, Student's interval, and scores with views over an engine of known noise.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import t from "tap";
import { coverage, normalCoverage } from "../../benchmarks/support/view-coverage.js";
import { recalibrate, toScore } from "../../dist/calibration/score.js";
import { createReport, toScoreLine } from "../../dist/cli/report.js";
import { assemble } from "../../dist/eliq.js";
import { EliqError } from "../../dist/errors.js";
import { pearson } from "../../dist/evaluation/statistics.js";
import { defaultMaxPixels } from "../../dist/images/limits.js";
import { Random } from "../../dist/pairs/random.js";
import { scoredLineSchema } from "../../dist/results/schema.js";
import { studentCoverage, studentQuantile } from "../../dist/uncertainty/student.js";
import { meanOf, scoreOfViews } from "../../dist/uncertainty/uncertainty.js";
import { copyView, drawViews } from "../../dist/uncertainty/views.js";
import { fakeEliq, fakeModel, meanOf as rawQualityOf } from "../support/fake-engine.js";

/** Noise as an image. @param {number} width @param {number} height @param {string | number} key */
function noise(width, height, key) {
  const random = new Random("uncertainty test", key);
  return { data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)), width, height };
}

/** @param {ReturnType<typeof noise>} image */
const asInput = (image) => ({ ...image, channels: /** @type {const} */ (3) });

/** The fake model's quality of a raw score. @param {number} quality */
const calibrated = (quality) =>
  toScore({ quality, technical: 0, aesthetic: 0, alignment: null }, fakeModel, undefined).quality;

/** @param {ReturnType<typeof noise>} image @param {import("../../dist/uncertainty/views.js").View} view */
const copy = async (image, view) => ({ ...(await copyView(image, view, new Uint8Array(image.data.length))) });

t.test("Student's quantiles equal scipy's", async (t) => {
  // [(d, l, float(scipy.stats.t.ppf((1 + l) / 2, d))) for l in (.68, .95) for d in (1, 2, 3, 4, 7, 15, 31, 63)], scipy 1.x
  const expected = /** @type {const} */ ([
    [1, 0.68, 1.8189932472810675],
    [2, 0.68, 1.3115784746777819],
    [3, 0.68, 1.1889286364770162],
    [4, 0.68, 1.1343966379740469],
    [7, 0.68, 1.0702873962742891],
    [15, 0.68, 1.0285328423444042],
    [31, 0.68, 1.0106665119706804],
    [63, 0.68, 1.0023689175360124],
    [1, 0.95, 12.706204736174694],
    [2, 0.95, 4.302652729749462],
    [3, 0.95, 3.1824463052837078],
    [4, 0.95, 2.7764451051977934],
    [7, 0.95, 2.364624251592784],
    [15, 0.95, 2.131449545559776],
    [31, 0.95, 2.039513446396408],
    [63, 0.95, 1.998340542520741],
  ]);
  for (const [freedom, level, quantile] of expected) {
    const own = studentQuantile(level, freedom);
    t.ok(Math.abs(own - quantile) < 1e-9 * quantile, `${freedom} degrees, ${level}: ${own}`);
    t.ok(Math.abs(studentCoverage(own, freedom) - level) < 1e-12);
  }
  t.equal(studentCoverage(0, 3), 0);
});

t.test("a mean and its standard error", async (t) => {
  const { mean, standardError } = meanOf([1, 2, 3, 6]);
  t.equal(mean, 3);
  t.ok(Math.abs(standardError - Math.sqrt(14 / 3 / 4)) < 1e-15);
  t.same(meanOf([5, 5]), { mean: 5, standardError: 0 });
});

t.test("views depend on the image alone, and each is drawn by itself", async (t) => {
  const image = noise(600, 400, "a");
  const views = drawViews(image, 64);
  t.same(drawViews({ ...image, data: image.data.slice() }, 64), views, "the same image");
  t.same(drawViews(image, 4), views.slice(0, 4), "the first of many are those of few");
  t.notSame(drawViews(noise(600, 400, "b"), 4), views.slice(0, 4), "another image");
  t.notSame(drawViews({ ...image, width: 400, height: 600 }, 4), views.slice(0, 4), "other sides");
  t.equal(new Set(views.map((view) => JSON.stringify(view))).size, 64, "no view twice");
});

t.test("the frame moves evenly by up to a tenth of each side, and half of the views are mirrored", async (t) => {
  for (const side of [1, 9])
    for (const { x, y } of drawViews(noise(side, side, 0), 64)) t.same([x, y], [0, 0], "a pixel is more than a tenth");
  const many = Array.from({ length: 30 }, (_, key) => drawViews(noise(100, 40, key), 64)).flat();
  for (const [axis, most] of /** @type {const} */ ([
    ["x", 10],
    ["y", 4],
  ])) {
    const shifts = many.map((view) => view[axis]);
    t.equal(Math.min(...shifts), -most);
    t.equal(Math.max(...shifts), most);
    for (let shift = -most; shift <= most; shift++) {
      const share = shifts.filter((value) => value === shift).length / shifts.length;
      t.ok(Math.abs(share - 1 / (2 * most + 1)) < 0.03, `${axis} is ${shift} in ${share}`);
    }
  }
  const mirrored = many.filter((view) => view.mirrored).length / many.length;
  t.ok(Math.abs(mirrored - 0.5) < 0.05, `${mirrored} are mirrored`);
  t.ok(
    Math.abs(
      pearson(
        many.slice(1).map(({ x }) => x),
        many.slice(0, -1).map(({ x }) => x),
      ),
    ) < 0.1,
    "one by one",
  );
});

t.test("a view's pixels are the image's own, its border reflected", async (t) => {
  const image = noise(33, 21, "pixels");
  const raw = { raw: { width: 33, height: 21, channels: /** @type {const} */ (3) } };
  const views = [...drawViews(image, 12), { x: 3, y: -2, mirrored: true }, { x: 0, y: 0, mirrored: false }];
  t.ok(views.some(({ x, y }) => x < 0 && y > 0));
  for (const view of views) {
    const extended = await sharp(image.data, raw)
      .extend({ left: 5, right: 5, top: 5, bottom: 5, extendWith: "mirror" })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const expected = await sharp(extended.data, { raw: extended.info })
      .extract({ left: 5 + view.x, top: 5 + view.y, width: 33, height: 21 })
      .flop(view.mirrored)
      .raw()
      .toBuffer();
    const shown = await copy(image, view);
    t.same([shown.width, shown.height], [33, 21]);
    t.ok(expected.equals(shown.data), JSON.stringify(view));
  }
});

t.test("copying a large view lets others have their turn", async (t) => {
  const image = { data: new Uint8Array(4000 * 1500 * 3), width: 4000, height: 1500 };
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  t.teardown(() => clearInterval(counting));
  await copyView(image, { x: 7, y: 7, mirrored: true }, new Uint8Array(image.data.length));
  t.ok(turns > 0, `${turns} turns`);
});

t.test("one view is the image as it is", async (t) => {
  const { eliq } = fakeEliq();
  const input = asInput(noise(16, 16, 1));
  const plain = await eliq.score(input);
  t.same(await eliq.score(input, { views: 1 }), plain);
  t.same(await eliq.score(input, { views: undefined }), plain);
  t.notOk("uncertainty" in plain);
});

t.test("a score with views is the mean of the views' raw scores, calibrated", async (t) => {
  const { eliq, state } = fakeEliq();
  const image = noise(24, 16, 2);
  const views = await Promise.all(drawViews(image, 4).map((view) => copy(image, view)));
  const { mean, standardError } = meanOf(views.map(({ data }) => rawQualityOf(data)));
  const score = await eliq.score(asInput(image), { views: 4 });
  t.equal(state.requests, 4);
  t.ok(Math.abs(score.raw.quality - mean) < 1e-15);
  t.equal(score.quality, calibrated(score.raw.quality), "calibrated like any score");
  t.match(score, { alignment: null, alignmentReason: fakeModel.alignment.reason, model: fakeModel.id });
  const { uncertainty } = score;
  if (!uncertainty) throw new Error("no uncertainty");
  t.equal(uncertainty.views, 4);
  t.ok(standardError > 0);
  t.ok(Math.abs(uncertainty.standardError.quality - standardError) < 1e-12);
  t.ok(Math.abs(uncertainty.standardError.technical - 2 * standardError) < 1e-12);
  t.ok(Math.abs(uncertainty.standardError.aesthetic - standardError) < 1e-12);
  t.equal(uncertainty.standardError.alignment, null);
  t.equal(uncertainty.interval.alignment, null);
  const half = 1.1889286364770162 * standardError;
  t.ok(Math.abs(uncertainty.interval.quality[0] - calibrated(mean - half)) < 1e-12);
  t.ok(Math.abs(uncertainty.interval.quality[1] - calibrated(mean + half)) < 1e-12);
  for (const [[low, high], value] of /** @type {const} */ ([
    [uncertainty.interval.quality, score.quality],
    [uncertainty.interval.technical, score.aspects.technical],
    [uncertainty.interval.aesthetic, score.aspects.aesthetic],
  ])) {
    t.ok(low < value && value < high, `${low} < ${value} < ${high}`);
  }
  t.same(await eliq.score(asInput(image), { views: 4 }), score, "again");
  const line = scoredLineSchema.parse({ path: "a.png", ok: true, ...score });
  t.same(line.uncertainty, uncertainty, "a results file holds it");
});

t.test("files, bytes, pixels and batches have the same views", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "eliq-views-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const image = noise(20, 30, 3);
  const path = join(folder, "a.png");
  await sharp(image.data, { raw: { width: 20, height: 30, channels: 3 } }).toFile(path);
  const { eliq } = fakeEliq();
  const expected = await eliq.score(asInput(image), { views: 3 });
  t.same(await eliq.score(path, { views: 3 }), expected);
  const results = await eliq.scoreBatch([path, "missing.png", { image: asInput(image) }], { views: 3 });
  t.match(results, [
    { ok: true, score: expected },
    { ok: false, error: { code: "ERR_IMAGE_NOT_FOUND" } },
    { ok: true, score: expected },
  ]);
  const comparison = await eliq.compare(path, asInput(image), { views: 3 });
  t.equal(comparison.quality, 0.5);
  t.same(comparison.a, expected);
});

t.test("an aligned model has an uncertain alignment", async (t) => {
  const { scales, percentiles } = fakeModel.calibration;
  const calibration = {
    ...fakeModel.calibration,
    scales: { ...scales, alignment: scales.quality },
    percentiles: { ...percentiles, alignment: percentiles.quality },
  };
  const { eliq } = fakeEliq({ model: { ...fakeModel, alignment: { trained: true }, calibration } });
  const image = asInput(noise(8, 8, 4));
  const { alignment, uncertainty } = await eliq.score(image, { prompt: "noise", views: 2 });
  t.equal(uncertainty?.standardError.alignment, 0, "the fake gives every view the same");
  t.same(uncertainty?.interval.alignment, [alignment, alignment]);
  const [scored, unscaled] = await Promise.all(
    [calibration, fakeModel.calibration].map((each) =>
      fakeEliq({ model: { ...fakeModel, alignment: { trained: true }, calibration: each } }).eliq.score(image, {
        prompt: "noise",
        views: 2,
      }),
    ),
  );
  if (!scored || !unscaled) throw new Error("no scores");
  t.equal(unscaled.uncertainty?.interval.alignment, null, "no scale, no interval");
  t.same(recalibrate(unscaled, calibration), scored);
  const without = await eliq.score(image, { views: 2 });
  t.equal(without.alignment, null);
  t.equal(without.uncertainty?.standardError.alignment, null);
});

t.test("bad numbers of views are refused", async (t) => {
  const { eliq, state } = fakeEliq();
  const image = asInput(noise(8, 8, 5));
  for (const views of [0, -1, 1.5, 65, Number.NaN, Number.POSITIVE_INFINITY, "4", null, {}]) {
    const options = { views: /** @type {any} */ (views) };
    await t.rejects(eliq.score(image, options), { code: "ERR_INVALID_ARGUMENT", message: /from 1 to 64/ });
    await t.rejects(eliq.scoreBatch([image], options), { code: "ERR_INVALID_ARGUMENT" }, "the batch, not its items");
    await t.rejects(eliq.compare(image, image, options), { code: "ERR_INVALID_ARGUMENT" });
    await t.rejects(eliq.stream([image], options).next(), { code: "ERR_INVALID_ARGUMENT" });
  }
  t.equal(state.requests, 0);
  t.equal((await eliq.score(image, { views: 64 })).uncertainty?.views, 64);
});

t.test("pixels may change as soon as the call has returned", async (t) => {
  const { eliq } = fakeEliq({ delay: 1 });
  const expected = await eliq.score(asInput(noise(12, 12, 6)), { views: 4 });
  const image = asInput(noise(12, 12, 6));
  const score = eliq.score(image, { views: 4 });
  image.data.fill(0);
  t.same(await score, expected);
});

t.test("few images wait decoded, however many views of many are asked for", async (t) => {
  const { eliq, state } = fakeEliq({ delay: 1 });
  const images = Array.from({ length: 30 }, (_, i) => asInput(noise(6, 6, i)));
  await Promise.all(images.map((image) => eliq.score(image, { views: 4 })));
  t.equal(state.requests, 120);
  t.ok(state.mostWaiting <= 6, `${state.mostWaiting} waited`);
});

t.test("an abort ends a call between its views", async (t) => {
  const { eliq, state } = fakeEliq({ hold: true });
  const controller = new AbortController();
  const reason = new Error("the user left");
  const score = eliq.score(asInput(noise(8, 8, 7)), { views: 8, signal: controller.signal });
  while (state.requests < 1) await sleep(1);
  state.release();
  while (state.requests < 2) await sleep(1);
  controller.abort(reason);
  await t.rejects(score, { code: "ERR_ABORTED", cause: reason });
  t.equal(state.cancelled, 1);
  state.release();
  await sleep(20);
  t.equal(state.requests, 2, "no view is begun after it");
  await eliq.dispose();
  t.ok(state.disposed);
});

t.test("the score and its interval follow every increasing map", async (t) => {
  const results = [1, 2, 4].map((quality) => ({ quality, technical: quality, aesthetic: quality, alignment: null }));
  const maps = [(/** @type {number} */ x) => x, Math.tanh, (/** @type {number} */ x) => Math.exp(3 * x)];
  for (const map of maps) {
    const score = scoreOfViews(results, (raw) => ({
      quality: map(raw.quality),
      alignment: null,
      aspects: { technical: map(raw.technical), aesthetic: map(raw.aesthetic) },
      raw,
      percentiles: raw,
      model: "m",
      calibration: "c",
    }));
    const [low = 0, high = 0] = score.uncertainty?.interval.quality ?? [];
    t.equal(score.quality, map(7 / 3), "the mean is taken before the map");
    t.ok(low <= score.quality && score.quality <= high && low < high);
  }
});

t.test("a score under another calibration has its interval there", async (t) => {
  const { eliq } = fakeEliq();
  const score = await eliq.score(asInput(noise(24, 16, 9)), { views: 4 });
  const quality = { kind: /** @type {const} */ ("anchored"), raw: [0, 2], score: [0.1, 0.9] };
  const other = { ...fakeModel.calibration, id: "other", scales: { ...fakeModel.calibration.scales, quality } };
  const again = await fakeEliq({ model: { ...fakeModel, calibration: other } }).eliq.score(asInput(noise(24, 16, 9)), {
    views: 4,
  });
  t.not(again.quality, score.quality);
  t.same(recalibrate(score, other), again, "as if it had been scored with it");
});

t.test("what `score --views` prints", async (t) => {
  const { eliq } = fakeEliq();
  const score = await eliq.score(asInput(noise(24, 16, 10)), { views: 4 });
  if (!score.uncertainty) throw new Error("no uncertainty");
  const { interval, standardError } = score.uncertainty;
  const print = (/** @type {"table" | "csv"} */ format) => {
    let text = "";
    const report = createReport(format, (part) => (text += part), true);
    report.line(toScoreLine("a.png", { ok: true, value: score }));
    report.line(toScoreLine("b.png", { ok: false, error: new EliqError("ERR_IMAGE_DECODE", "It is bad.") }));
    report.end();
    return text.trimEnd().split("\n");
  };
  const [header = "", row = "", failure = ""] = print("table");
  t.match(header, /^quality +± +technical +± +aesthetic +± +alignment +± +image$/);
  const half = ((interval.quality[1] - interval.quality[0]) / 2).toFixed(3);
  t.same(row.trim().split(/ +/).slice(0, 2), [score.quality.toFixed(3), half]);
  t.match(row, / - +- {2}a\.png$/, "no alignment, and no uncertainty of it");
  t.equal(row.indexOf("a.png"), header.indexOf("image"));
  t.equal(failure.indexOf("b.png"), header.indexOf("image"));
  const [names = [], cells = [], failed = []] = print("csv").map((line) => line.split(","));
  t.equal(cells.length, names.length);
  t.equal(failed.length, names.length);
  const cell = (/** @type {string} */ name) => cells[names.indexOf(name)];
  t.same(
    [
      "views",
      "standard_error_quality",
      "interval_technical_low",
      "interval_technical_high",
      "interval_alignment_low",
    ].map(cell),
    ["4", standardError.quality, interval.technical[0], interval.technical[1], ""].map(String),
  );
});

t.test("the benchmark of coverage finds what is known of normal views, and of views that are none", async (t) => {
  const random = new Random("benchmark of coverage");
  const plain = Array.from({ length: 1500 }, () => 5 * random.normal());
  const normal = coverage(
    plain.map((score) => Array.from({ length: 32 }, () => score - 1 + random.normal())),
    plain,
  );
  const expected = normalCoverage(32);
  t.ok(
    Math.abs(expected.all - 0.7066741285215353) < 1e-12,
    "1 - 2 * scipy.stats.t.sf(quantile / (1 - 4 / 32) ** .5, 3)",
  );
  t.ok(Math.abs(expected.others - 0.6528200143132682) < 1e-12, "the same with (1 + 4 / 28)");
  t.ok(normal.all.low <= expected.all && expected.all <= normal.all.high, `${normal.all.value}`);
  t.ok(normal.others.low <= expected.others && expected.others <= normal.others.high, `${normal.others.value}`);
  t.ok(Math.abs(normal.anyFour - expected.all) < 0.01, `${normal.anyFour}`);
  t.ok(Math.abs(normal.errorSrcc) < 0.1, "all have the same deviation, so that the error says nothing of the distance");
  t.ok(Math.abs(normal.viewDeviation - 0.2) < 0.01 && Math.abs(normal.shift + 0.2) < 0.02 && normal.plainSrcc > 0.99);
  // Views that are all alike but for the last ones: four of them know nothing of it.
  const skewed = coverage(
    plain.map((score) => Array.from({ length: 32 }, (_, i) => score + (i < 28 ? 1e-3 * random.normal() : 9))),
    plain,
  );
  t.equal(skewed.others.value, 0);
});

t.test("the interval covers the true mean of an engine of known noise in 68 %", async (t) => {
  const trials = 1500;
  for (const views of [2, 4, 9]) {
    const random = new Random("coverage", views);
    const engine = {
      device: "cpu",
      threads: 1,
      embeddingLength: 0,
      queries: 0,
      score() {
        const draw = () => 0.3 + 0.2 * random.normal();
        const result = { quality: draw(), technical: draw(), aesthetic: draw(), alignment: null };
        return { promise: Promise.resolve(result), cancel() {} };
      },
      async dispose() {},
    };
    const eliq = assemble({ engine, model: fakeModel, maxPixels: defaultMaxPixels, allowUrls: false });
    const covered = { quality: 0, technical: 0, aesthetic: 0 };
    const truth = calibrated(0.3);
    const image = asInput(noise(2, 2, 8));
    for (let i = 0; i < trials; i++) {
      const { uncertainty } = await eliq.score(image, { views });
      for (const aspect of /** @type {const} */ (["quality", "technical", "aesthetic"])) {
        const [low = 0, high = 0] = uncertainty?.interval[aspect] ?? [];
        if (low <= truth && truth <= high) covered[aspect]++;
      }
    }
    for (const [aspect, count] of Object.entries(covered)) {
      // Four standard deviations of a share of 1,500 trials: .048.
      t.ok(Math.abs(count / trials - 0.68) < 0.048, `${views} views, ${aspect}: ${count / trials}`);
    }
  }
});
