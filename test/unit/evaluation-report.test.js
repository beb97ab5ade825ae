// @ts-check
import t from "tap";
import { evaluateColumns } from "../../dist/evaluation/report.js";
import { evaluationReportSchema, parseEvaluationReport } from "../../dist/evaluation/report-schema.js";
import { reportTables } from "../../dist/evaluation/report-tables.js";
import { kendall, pairwiseAccuracy, partialSpearman, pearson, spearman } from "../../dist/evaluation/statistics.js";
import { Random } from "../../dist/pairs/random.js";

/** @typedef {import("../../dist/evaluation/report.js").EvaluationColumns} EvaluationColumns */

const COUNT = 400;
const quick = { resamples: 60, probeSeeds: 3 };

/** Weighted sum of lists. @param {...[number, Float64Array]} parts */
function mix(...parts) {
  return Float64Array.from({ length: COUNT }, (_, i) =>
    parts.reduce((sum, [weight, list]) => sum + weight * Number(list[i]), 0),
  );
}

/**
 * Images whose alignment is half their quality and half something of its own, which only a score that reads the prompt can know.
 *
 * @param {number} reads how much of that the critic's alignment score knows
 */
function planted(reads) {
  const random = new Random("report test");
  const normals = () => Float64Array.from({ length: COUNT }, () => random.normal());
  const [quality, own, other] = [normals(), normals(), normals()];
  const alignment = mix([Math.SQRT1_2, quality], [Math.SQRT1_2, own]);
  const eliq = mix([1, quality], [0.8, normals()]);
  const noise = mix([0.3, normals()]);
  const dimension = 12;
  const data = random.fillNormal(new Float32Array(COUNT * dimension));
  for (let i = 0; i < COUNT; i++) data[i * dimension] = Number(quality[i]);
  const groups = Array.from({ length: COUNT }, (_, i) => `prompt ${i % 80}`);
  /** @type {EvaluationColumns} */
  const columns = {
    dataset: "planted",
    images: COUNT,
    problems: [{ name: "lost.png", reason: "the image is missing" }],
    layout: { source: "nowhere: data.csv", verified: false },
    names: groups.map((_, i) => `${i}.png`),
    groups,
    prompts: groups,
    generators: groups.map((_, i) => `generator ${i % 4}`),
    opinions: { quality, alignment },
    scores: new Map([
      ["eliq", eliq],
      ["weak", mix([1, quality], [3, normals()])],
    ]),
    alignment: {
      score: mix([0.7, eliq], [reads, own], [1, noise]),
      shuffled: mix([0.7, eliq], [reads, other], [1, noise]),
    },
    embeddings: { data, dimension, norms: new Float32Array(COUNT).fill(2) },
  };
  return { columns, quality, alignment, eliq };
}

const made = { model: "tiny 1", calibration: "tiny", created: "2026-01-01" };
const example = planted(0.7);
const report = await evaluateColumns(example.columns, { ...quick, made });

t.test("figures of the quality section are those of the statistics", async (t) => {
  const { quality, eliq } = example;
  const [own, weak] = report.quality?.scores ?? [];
  t.ok(own && weak);
  if (!own || !weak) return;
  t.equal(own.name, "eliq");
  t.equal(own.srcc.value, spearman(eliq, quality));
  t.equal(own.plcc.value, pearson(eliq, quality));
  t.equal(own.krcc.value, kendall(eliq, quality));
  t.equal(own.pairwiseAccuracy.value, pairwiseAccuracy(eliq, quality));
  t.equal(own.srccByGroup.value, own.srcc.value);
  for (const interval of [own.srcc, own.srccByGroup, own.plcc, own.plccLogistic, own.krcc, own.rmse]) {
    t.ok(Number(interval.low) < Number(interval.value) && Number(interval.value) < Number(interval.high));
  }
  t.ok(Number(own.plccLogistic.value) >= Number(own.plcc.value) - 1e-9);
  t.equal(own.logistic.parameters.length, 5);
  t.equal(own.generators.length, 4);
  t.equal(own.withinPrompt.groups, 80);
  const rows = [...eliq.keys()].filter((i) => i % 4 === 1);
  const at = (/** @type {Float64Array} */ list) => rows.map((i) => Number(list[i]));
  t.equal(own.generators[1]?.srcc, spearman(at(eliq), at(quality)));
  const difference = report.quality?.differences[0];
  t.same([difference?.minuend, difference?.subtrahend], ["eliq", "weak"]);
  t.equal(difference?.byImage.value, Number(own.srcc.value) - Number(weak.srcc.value));
  t.ok(Number(difference?.byImage.low) > 0, "a planted advantage is outside chance");
});

t.test("a score that reads the prompt, and one that does not", async (t) => {
  const { columns, alignment, eliq, quality } = example;
  const reading = report.alignment;
  t.same(
    reading?.scores.map(({ name }) => name),
    ["eliq", "prompt-blind control", "shuffled-prompt control"],
  );
  t.equal(reading?.scores[1]?.srcc.value, spearman(eliq, alignment), "without an empty prompt, quality stands for it");
  t.equal(reading?.controls?.blindFrom, "quality");
  t.ok(Number(reading?.controls?.overBlind.byImage.low) > 0.2);
  t.ok(Number(reading?.controls?.overShuffled?.byImage.low) > 0.2);
  const score = /** @type {Float64Array} */ (columns.alignment?.score);
  t.equal(reading?.controls?.partialGivenScore.value, partialSpearman(score, alignment, eliq));
  t.equal(reading?.controls?.partialGivenOpinion?.value, partialSpearman(score, alignment, quality));
  t.ok(Number(reading?.controls?.partialGivenOpinion?.low) > 0.5);
  const wins = Number(reading?.controls?.trueBeatsOther?.value);
  t.ok(Math.abs(wins - 0.5) < 0.1, "the prompts of others fit just as well on average here");

  const deaf = planted(0);
  const blind = (await evaluateColumns(deaf.columns, quick)).alignment;
  t.ok(Number(blind?.scores[0]?.srcc.value) > 0.3, "it agrees all the same, through quality");
  t.ok(Number(blind?.controls?.overBlind.byImage.high) < 0.05);
  t.ok(Math.abs(Number(blind?.controls?.partialGivenOpinion?.value)) < 0.1);
  t.equal(blind?.controls?.trueBeatsOther?.value, 0.5, "ties count half");
  t.equal(blind?.controls?.overShuffled?.byImage.value, 0);
});

t.test("the own prompt beats another's as often as was planted", async (t) => {
  const { columns } = example;
  const score = /** @type {Float64Array} */ (columns.alignment?.score);
  const shuffled = score.map((value, i) => (i % 4 === 0 ? value + 1 : value - 1));
  const { alignment } = await evaluateColumns({ ...columns, alignment: { score, shuffled } }, quick);
  t.equal(alignment?.controls?.trueBeatsOther?.value, 0.75);
});

t.test("an image without another prompt says nothing for either", async (t) => {
  const { columns } = example;
  const score = /** @type {Float64Array} */ (columns.alignment?.score);
  const shuffled = score.map((value, i) => (i % 2 === 0 ? Number.NaN : value - 1));
  const { alignment } = await evaluateColumns({ ...columns, alignment: { score, shuffled } }, quick);
  t.equal(alignment?.controls?.trueBeatsOther?.value, 0.75);
  const none = score.map(() => Number.NaN);
  const without = await evaluateColumns({ ...columns, alignment: { score, shuffled: none } }, quick);
  t.same(without.alignment?.controls?.overShuffled?.byImage, { value: 0, low: 0, high: 0 });
});

t.test("no alignment score: what never read the prompt is measured, and the reason given", async (t) => {
  const { columns, eliq, alignment } = example;
  const { alignment: _, ...rest } = columns;
  const reason = "No licensed pairs with prompts were at hand.";
  const peers = new Map([["CLIPScore", mix([1, alignment], [1, eliq])]]);
  const told = { alignmentReason: reason, alignmentPeers: peers, notMeasured: ["Pixels: the same for every image."] };
  const without = await evaluateColumns({ ...rest, ...told }, quick);
  t.equal(without.alignment?.reason, reason);
  t.equal(without.alignment?.controls, null);
  t.same(
    without.alignment?.scores.map(({ name }) => name),
    ["prompt-blind control", "CLIPScore"],
  );
  t.same(without.alignment?.differences, []);
  t.ok(without.notMeasured.some((sentence) => sentence.includes(reason)));
  t.ok(without.notMeasured.includes("Pixels: the same for every image."));
});

t.test("undefined scores are the worst and are counted; images without an opinion are left out", async (t) => {
  const { columns, eliq, quality } = example;
  const gaps = eliq.map((value, i) => (i < 7 ? Number.NaN : value));
  const worst = Math.min(...gaps.filter(Number.isFinite));
  const opinions = { quality: quality.map((value, i) => (i >= 390 ? Number.NaN : value)) };
  const scores = new Map([
    ["eliq", eliq],
    ["gaps", gaps],
    ["nothing", new Float64Array(COUNT).fill(Number.NaN)],
  ]);
  const { embeddings: _, ...rest } = columns;
  const found = await evaluateColumns({ ...rest, scores, opinions }, quick);
  t.equal(found.quality?.images, 390);
  const [, second, third] = found.quality?.scores ?? [];
  t.equal(second?.undefinedScores, 7);
  const filled = Array.from(gaps.subarray(0, 390), (value) => (Number.isFinite(value) ? value : worst));
  t.equal(second?.srcc.value, spearman(filled, quality.subarray(0, 390)));
  t.equal(third?.undefinedScores, 390);
  t.same(third?.srcc, { value: null, low: null, high: null });
  t.same(third?.plccLogistic, { value: null, low: null, high: null });
  t.equal(found.alignment, null);
  t.same(found.probes, { quality: null, alignment: null });
  t.ok(found.notMeasured.some((sentence) => sentence.includes("embeddings")));
  t.ok(found.notMeasured.some((sentence) => sentence.includes("on alignment: 0 images")));
  t.ok(reportTables(found).some(({ protocol }) => protocol?.includes("gaps: 7")));
});

t.test("the probe is prompt-disjoint, finds what was planted, and scaling to norm 1 is checked", async (t) => {
  const { columns } = example;
  const { probes } = report;
  t.equal(probes.quality?.protocol, "probe");
  t.equal(probes.quality?.splits.length, 3);
  t.ok(Number(probes.quality?.srcc.median) > 0.98);
  t.ok(Number(probes.alignment?.srcc.median) < 0.85, "what is not in the features cannot be found");
  t.ok(probes.quality?.unnormalised?.passed, "one norm for all changes nothing");
  const embeddings = /** @type {NonNullable<EvaluationColumns["embeddings"]>} */ (columns.embeddings);
  // Features that were all 5 before scaling: the norm alone held what the planted feature says.
  const norms = Float32Array.from({ length: COUNT }, (_, i) => 5 + Number(embeddings.data[i * 12]));
  const flat = Float32Array.from({ length: COUNT * 12 }, () => 1);
  const lost = await evaluateColumns({ ...columns, embeddings: { data: flat, dimension: 12, norms } }, quick);
  t.equal(lost.probes.quality?.unnormalised?.passed, false);
  t.equal(lost.probes.quality?.srcc.median, null, "constant features predict a constant");
  t.ok(Number(lost.probes.quality?.unnormalised?.srcc.median) > 0.98);
  const few = { ...columns, groups: columns.groups.map((_, i) => String(i % 9)) };
  const { probes: none, notMeasured } = await evaluateColumns(few, quick);
  t.equal(none.quality, null);
  t.ok(notMeasured.some((sentence) => sentence.includes("9 groups")));
});

t.test("the instrument's controls", async (t) => {
  const { columns } = example;
  const { controls } = report;
  t.equal(controls.passed, true);
  t.equal(controls.checks.length, 4);
  t.equal(controls.checks[0]?.srcc, 1);
  t.ok(Number(controls.checks[1]?.srcc) < 0.06);
  const constant = new Map([["eliq", new Float64Array(COUNT)]]);
  const broken = await evaluateColumns({ ...columns, scores: constant }, quick);
  t.equal(broken.controls.passed, false, "a critic that says one thing cannot be measured");
});

t.test("a report survives JSON and its schema, and anything else is named", async (t) => {
  const { columns } = example;
  const text = JSON.stringify(report);
  t.same(parseEvaluationReport(JSON.parse(text), "report.json"), report);
  t.equal(JSON.stringify(evaluationReportSchema.parse(JSON.parse(text))), text, "nothing is dropped");
  t.same(report, await evaluateColumns(columns, { ...quick, made }), "the same seed gives the same report");
  t.notSame((await evaluateColumns(columns, { ...quick, made, seed: 2 })).quality, report.quality);
  for (const wrong of [{}, { ...report, version: 2 }, { ...report, quality: { ...report.quality, images: "many" } }]) {
    t.throws(() => parseEvaluationReport(wrong, "report.json"), { code: "ERR_RESULTS", message: /report\.json/ });
  }
});

t.test("every table names its protocol and has a cell for every column", async (t) => {
  const tables = reportTables(report);
  const titles = tables.map(({ title }) => title);
  t.equal(new Set(titles).size, titles.length);
  for (const { title, columns: head, rows } of tables) {
    if (title !== "Controls of the instrument") t.match(title, /zero-shot|probe/);
    t.ok(rows.length > 0 && rows.every((row) => row.length === head.length), title);
  }
  t.match(tables[0]?.protocol, /unverified layout: nowhere: data\.csv/);
  t.match(tables[0]?.protocol, /400 images in 80 groups; 1 left out/);
});

t.test("columns that do not fit, and no opinions", async (t) => {
  const { columns } = example;
  const invalid = { code: "ERR_INVALID_ARGUMENT" };
  await t.rejects(evaluateColumns({ ...columns, scores: new Map() }, quick), invalid);
  await t.rejects(evaluateColumns({ ...columns, names: [] }, quick), invalid);
  await t.rejects(evaluateColumns({ ...columns, scores: new Map([["eliq", new Float64Array(3)]]) }, quick), invalid);
  await t.rejects(evaluateColumns({ ...columns, opinions: {} }, quick), invalid);
  await t.rejects(evaluateColumns(columns, { ...quick, resamples: 0 }), invalid);
});

t.test("progress is even and ends at its total; the event loop runs; an abort ends it", async (t) => {
  const { columns } = example;
  /** @type {number[]} */
  const shares = [];
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  t.teardown(() => clearInterval(timer));
  await evaluateColumns(columns, { ...quick, onProgress: (done, total) => shares.push(done / total) });
  t.ok(shares.every((share, i) => share <= 1 && share >= Number(shares[i - 1] ?? 0)));
  t.equal(shares.at(-1), 1);
  t.ok(ticks > 5, `${ticks} turns of the event loop`);
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  await t.rejects(evaluateColumns(columns, { ...quick, signal: controller.signal, onProgress }), {
    code: "ERR_ABORTED",
  });
});
