// @ts-check
// What a report counts, and that twenty thousand lines make a page of bounded size.
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { EliqError } from "../../dist/errors.js";
import { evaluateColumns } from "../../dist/evaluation/report.js";
import { quantile } from "../../dist/evaluation/statistics/quantile.js";
import { Random } from "../../dist/pairs/random.js";
import { calibrationCharts } from "../../dist/report/charts/calibration.js";
import { distributionCharts } from "../../dist/report/charts/distributions.js";
import { scatterChart } from "../../dist/report/charts/scatter.js";
import { collectResults, listedFailures, sampledPoints } from "../../dist/report/collect.js";
import { readEvaluation } from "../../dist/report/figures.js";
import { layersOf } from "../../dist/report/maps.js";
import {
  ascending,
  boundsOf,
  Column,
  equalCountBins,
  Greatest,
  histogram,
  Sample,
  spreadOf,
} from "../../dist/report/numbers.js";
import { makeReport } from "../../dist/report/report.js";
import { ResultsFile } from "../../dist/results/read.js";
import { htmlOf, jsonForScript } from "../../dist/text/html.js";
import { fakeEliq } from "../support/fake-engine.js";

const limits = { maxPixels: 1e6, allowUrls: false };

/** @param {number} i @param {object} [more] */
const line = (i, more = {}) => ({
  path: `${i}.png`,
  ok: true,
  quality: i / 20000,
  alignment: null,
  aspects: { technical: 0.5, aesthetic: 0.5 },
  raw: { quality: i, alignment: null, technical: 0, aesthetic: 0 },
  model: "m@1",
  calibration: "c",
  ...more,
});

/** @param {import("tap").Test} t @param {Iterable<object>} lines */
async function resultsFile(t, lines) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-report-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "results.jsonl");
  const file = await open(path, "w");
  for (const one of lines) await file.write(`${JSON.stringify(one)}\n`);
  await file.close();
  return ResultsFile.open(path);
}

t.test("numbers", async (t) => {
  const sorted = ascending([4, 1, 3, 2]);
  t.equal(quantile(sorted, 0), 1);
  t.equal(quantile(sorted, 0.5), 2.5);
  t.equal(quantile(sorted, 1), 4);
  t.ok(Number.isNaN(quantile([], 0.5)));
  t.match(spreadOf([0, 10]), { count: 2, mean: 5, quantiles: [0.5, 2.5, 5, 7.5, 9.5] });
  t.same(
    histogram([0, 0.1, 0.5, 1], 0, 1, 2).map(({ count }) => count),
    [2, 2],
    "the upper end is in the last range",
  );
  t.same(boundsOf([0.2, 0.9]), { low: 0.2, high: 0.9 });
  t.same(boundsOf([1, 5], [0, 2]), { low: 0, high: 5 });
  t.same(boundsOf([7]), { low: 6.5, high: 7.5 });
  const [low, high] = equalCountBins([3, 1, 2, 4], [30, 10, 20, 60], 2);
  t.same(low, { count: 2, meanX: 1.5, meanY: 15, standardError: 5 });
  t.match(high, { count: 2, meanX: 3.5, meanY: 45 });
  const column = new Column();
  for (let i = 0; i < 3000; i++) column.push(i);
  t.equal(column.values.length, 3000);
  t.equal(column.values[2999], 2999);
  /** @type {Greatest<string>} */
  const greatest = new Greatest(2);
  for (const [key, item] of /** @type {[number, string][]} */ ([
    [1, "a"],
    [3, "b"],
    [3, "c"],
    [2, "d"],
  ]))
    greatest.offer(key, item);
  t.same(greatest.items, ["b", "c"], "of equal keys the earlier one comes first");
  /** @type {Greatest<string>} */
  const none = new Greatest(0);
  none.offer(1, "a");
  t.same(none.items, []);
});

t.test("a sample is uniform over the stream", async (t) => {
  /** @type {Sample<number>} */
  const sample = new Sample(1000, "test");
  for (let i = 0; i < 10_000; i++) sample.offer(() => i);
  t.equal(sample.items.length, 1000);
  t.equal(new Set(sample.items).size, 1000, "without replacement");
  const mean = sample.items.reduce((sum, i) => sum + i, 0) / 1000;
  // The mean of 1000 of 10,000 places has a standard deviation of 87; five of them are allowed.
  t.ok(Math.abs(mean - 4999.5) < 435, `mean place ${mean}`);
});

t.test("texts are safe", async (t) => {
  const text = "</script><!--\u2028'\"&";
  t.notMatch(jsonForScript({ text }), /[<\u2028]/);
  t.same(JSON.parse(jsonForScript({ text })), { text });
  t.notMatch(htmlOf(text), /[<>"']/);
});

t.test("a file is counted in one pass", async (t) => {
  const failed = { path: "x.png", ok: false, code: "ERR_IMAGE_DECODE", message: "torn" };
  const lines = [
    ...Array.from({ length: 30 }, (_, i) => line(i * 100, { generator: i < 20 ? "a" : "b", opinions: { quality: i } })),
    line(5000, { alignment: 0.4, prompt: "p" }),
    line(6000, { alignment: 0.6, prompt: "p", calibration: "d" }),
    ...Array.from({ length: listedFailures + 5 }, () => failed),
  ];
  const file = await resultsFile(t, lines);
  const results = await collectResults(file, { sheet: 3, chosen: new Set(["100.png", "./200.png"]) });
  t.equal(results.chosen.get("./200.png")?.line.path, "200.png", "a path may be written in another way");
  t.match(results, { scored: 32, failed: listedFailures + 5, prompts: 2, models: ["m@1"] });
  t.equal(results.failures.get("ERR_IMAGE_DECODE"), listedFailures + 5);
  t.equal(results.failedLines.length, listedFailures);
  t.same(
    results.generators.map(({ name, quality }) => [name, quality.length]),
    [
      ["a", 20],
      ["b", 10],
      [undefined, 2],
    ],
  );
  t.same(
    results.best.map(({ line }) => line.path),
    ["6000.png", "5000.png", "2900.png"],
  );
  t.same(
    results.worst.map(({ line }) => line.path),
    ["0.png", "100.png", "200.png"],
  );
  t.equal(results.chosen.get("100.png")?.line.quality, 100 / 20000);
  t.same(
    results.calibrations.map(({ id }) => id),
    ["c", "d"],
  );

  t.same(
    distributionCharts(results).map(({ id }) => id),
    ["scores", "generators", "scores-0", "scores-1", "scores-2"],
  );
  t.equal(scatterChart(results)?.id, "alignment", "alignment goes before opinions");
  const calibration = calibrationCharts(results);
  t.same(
    calibration.map(({ id }) => id),
    ["calibration-0", "calibration-1", "opinions-by-score"],
  );
  t.match(calibration[2]?.summary, /never falls from one group to the next/);
  t.match(calibration[0]?.summary, /no percentiles/);

  const controller = new AbortController();
  controller.abort();
  await t.rejects(collectResults(file, { sheet: 3, chosen: new Set(), signal: controller.signal }), {
    code: "ERR_ABORTED",
  });
});

t.test("percentiles draw the reference population; unordered opinions are told", async (t) => {
  const random = new Random("report test");
  const percentiles = (/** @type {number} */ i) => ({ quality: i / 2, technical: 1, aesthetic: 1, alignment: null });
  const lines = Array.from({ length: 200 }, (_, i) =>
    line(i, { percentiles: percentiles(i), opinions: { quality: random.uniform() } }),
  );
  const results = await collectResults(await resultsFile(t, lines), { sheet: 0, chosen: new Set() });
  const [curve, opinions] = calibrationCharts(results);
  t.match(curve?.summary, /Dashed: the share of the calibration's reference population/);
  t.equal(curve?.table.rows.at(-1)?.[2], "99.5");
  t.match(opinions?.summary, /falls \d times/);
  t.equal(scatterChart(results)?.id, "opinion");
});

t.test("axes are those of the calibration's scale", async (t) => {
  const ranges = { quality: { low: 1, high: 5 } };
  const lines = [1.5, 2, 4].map((quality, i) => {
    const percentiles = { quality: 25 * i, technical: 1, aesthetic: 1, alignment: null };
    return line(i, {
      quality,
      ranges,
      percentiles,
      raw: { quality: i / 4, alignment: null, technical: 0, aesthetic: 0 },
    });
  });
  const results = await collectResults(await resultsFile(t, lines), { sheet: 0, chosen: new Set() });
  const [all] = distributionCharts(results);
  t.match(all?.table.rows[0], ["1.000", "1.100", 0]);
  t.match(all?.table.rows.at(-1), ["4.900", "5.000", 0]);
  const [curve] = calibrationCharts(results);
  /** @type {any} */
  const spec = curve?.spec;
  const [score, population] = spec.layer[1].layer;
  for (const { encoding } of [score, population]) t.same(encoding.y.scale.domain, [1, 5]);
  t.same(
    population.data.values.map((/** @type {any} */ { percentile }) => percentile),
    [1, 2, 3],
    "none at the bottom of the scale, all at its top",
  );
  t.same(spec.layer[0].encoding.x.scale.domain, [0, 0.5]);
});

t.test("an image that has two lines is on the sheets with both scores", async (t) => {
  const file = await resultsFile(t, [
    line(1, { path: "a.png", quality: 0.9 }),
    line(2, { path: "a.png", quality: 0.1 }),
  ]);
  const options = { sheet: 2, images: [], evaluations: [], eliq: undefined, limits, warnings: [] };
  const { html } = await makeReport(file, options);
  t.same(
    [...html.matchAll(/class="score">([\d.]+)</g)].map(([, score]) => score),
    ["0.900", "0.100", "0.100", "0.900"],
  );
});

t.test("a folder takes the place of the one that paths are relative to", async (t) => {
  const examples = new URL("../../examples/", import.meta.url).pathname;
  const file = await resultsFile(t, [line(1, { path: "cat-sd15.webp" })]);
  const options = { sheet: 1, images: [], evaluations: [], eliq: undefined, limits, warnings: [] };
  t.match(await makeReport(file, options), { pictures: 0, missing: [{ path: "cat-sd15.webp" }] });
  t.match(await makeReport(file, { ...options, folder: examples }), { pictures: 1, missing: [] });
});

t.test("20,000 lines make a page of bounded size", { timeout: 120_000 }, async (t) => {
  const many = function* () {
    for (let i = 0; i < 20_000; i++)
      yield line(i, {
        generator: `g${i % 30}`,
        prompt: `a prompt of image ${i}`,
        opinions: { quality: i % 100 },
        embedding: "AACAPw==",
      });
  };
  const file = await resultsFile(t, many());
  /** @type {number[]} */
  const seen = [];
  const options = { sheet: 0, images: [], evaluations: [], eliq: undefined, limits, warnings: [] };
  const report = await makeReport(file, { ...options, onProgress: (_, done) => seen.push(done) });
  t.match(report, { scored: 20_000, failed: 0, pictures: 0, missing: [] });
  t.ok(seen.length >= 40, "progress is told");
  const bare = await makeReport(await resultsFile(t, [line(1)]), options);
  const data = report.html.length - bare.html.length;
  t.ok(data < 600_000, `${data} characters for 20,000 lines`);
  const specs = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(report.html)?.[1] ?? "";
  const opinion = JSON.parse(specs).charts.find((/** @type {{ id: string }} */ { id }) => id === "opinion");
  t.equal(opinion.spec.layer[0].data.values.length, sampledPoints);
  t.match(report.html, /a sample of 2000 of them/);
  t.match(report.html, /19 others/, "generators beyond the twelfth are put together");
});

t.test("maps have a layer and a sentence each", async (t) => {
  const { eliq } = fakeEliq();
  const data = new Uint8Array(40 * 20 * 3).fill(90);
  const layers = await layersOf(await eliq.explain({ data, width: 40, height: 20, channels: 3 }));
  t.same(
    layers.map(({ name }) => name),
    ["faults", "attention", "query.1", "query.2", "stage.1", "stage.2"],
  );
  t.ok(layers.every(({ src }) => src.startsWith("data:image/webp;base64,")));
  t.match(layers[0]?.text, "lowest on the left. The raw quality of places judged alone runs from -1.0 to 2.0");
  t.match(layers[0]?.text, "that of the whole image is 0.4");
  t.match(layers[0]?.scale, /likes least/);
  t.match(layers[1]?.scale, /where the score was read/);
  t.match(layers[2]?.text, "strongest on the right, 1.5 times the even share; half of it lies on 1 of 2 cells");
  t.match(layers[4]?.text, "from 0.25 to 0.50, mean 0.38 (0.50 would be no preference)");
});

t.test("an image that is not in the file is scored; one that cannot be read is told of", async (t) => {
  const { eliq } = fakeEliq();
  const file = await resultsFile(t, [line(1)]);
  const cat = new URL("../../examples/cat-sd15.webp", import.meta.url).pathname;
  const options = { sheet: 1, evaluations: [], limits, warnings: ["A warning."], eliq };
  const report = await makeReport(file, { ...options, images: [cat, "nowhere.png"] });
  t.match(report, { pictures: 1, missing: [{ path: "nowhere.png" }, { path: "1.png" }] });
  t.match(report.html, /Chosen images/);
  t.match(report.html, /mixes 2 calibrations/, "the new score has another calibration");
  t.match(report.html, /The maps are those of fake@0123456789ab/);
  t.match(report.html, /A warning\./);
});

t.test("an image that cannot be scored is told of", async (t) => {
  const { eliq } = fakeEliq();
  eliq.score = async () => {
    throw new EliqError("ERR_INTERNAL", "The critic choked.");
  };
  const file = await resultsFile(t, [line(1)]);
  const cat = new URL("../../examples/cat-sd15.webp", import.meta.url).pathname;
  const options = { sheet: 0, evaluations: [], limits, warnings: [], eliq };
  const report = await makeReport(file, { ...options, images: [cat, cat] });
  t.same(report.missing, [{ path: cat, reason: "The critic choked." }]);
});

t.test("evaluations", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-report-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "evaluation.json");
  const tables = [{ title: "T", columns: ["a"], rows: [["b"], [1]] }];
  await writeFile(path, JSON.stringify({ tables, other: 1 }));
  t.same(await readEvaluation(path), { name: "evaluation.json", tables });

  const numbers = Float64Array.from({ length: 12 }, (_, i) => i);
  const evaluated = await evaluateColumns(
    {
      dataset: "D",
      images: 12,
      problems: [],
      names: Array.from(numbers, (i) => `${i}.png`),
      groups: Array.from(numbers, (i) => `g${i % 4}`),
      prompts: Array.from(numbers, () => undefined),
      generators: Array.from(numbers, () => undefined),
      opinions: { quality: numbers },
      scores: new Map([["eliq", numbers]]),
    },
    { resamples: 5 },
  );
  await writeFile(path, JSON.stringify(evaluated));
  const report = await readEvaluation(path);
  const agreement = report.tables.find(({ title }) => /zero-shot/.test(title));
  t.ok(
    agreement?.rows.some(([name]) => name === "eliq"),
    "the JSON of eliq eval becomes tables",
  );

  await writeFile(path, JSON.stringify({ something: "else" }));
  await t.rejects(readEvaluation(path), { code: "ERR_RESULTS" });
  await t.rejects(readEvaluation(join(folder, "none.json")), { code: "ERR_IO" });
});
