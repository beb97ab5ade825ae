// @ts-check
// The run over a data set: what its lines hold, what stops it, how it goes on.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import t from "tap";
import { EliqError } from "../../dist/errors.js";
import { baselineNames } from "../../dist/evaluation/baselines/baselines.js";
import { fileSize, jpegSize, pixelCount, sharpness } from "../../dist/evaluation/baselines/image-statistics.js";
import { toCritic } from "../../dist/evaluation/critic.js";
import { opinionTable } from "../../dist/evaluation/datasets/opinion-table.js";
import { otherPrompts } from "../../dist/evaluation/other-prompts.js";
import { inspectParts, meanPairwiseCosine, partsTable } from "../../dist/evaluation/parts-in-use.js";
import { readColumns } from "../../dist/evaluation/read-columns.js";
import { runEvaluation } from "../../dist/evaluation/run.js";
import { spread } from "../../dist/evaluation/spread.js";
import { Random } from "../../dist/pairs/random.js";
import { decodeEmbedding } from "../../dist/results/embedding-text.js";
import { ResultsFile } from "../../dist/results/read.js";
import { fakeEliq } from "../support/fake-engine.js";
import { knownCritic, readOpinions, writeOpinions } from "../support/opinions.js";
import { failure, jsonLines } from "../support/outcomes.js";

/** @param {import("tap").Test} t @param {number} count @param {{ side?: number }} [options] */
async function dataset(t, count, options) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-run-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const table = await writeOpinions(folder, count, options);
  return { folder, table, opinions: await readOpinions(table), set: await opinionTable.read(table) };
}

/**
 * @param {Awaited<ReturnType<typeof dataset>>} data @param {import("../../dist/evaluation/critic.js").Critic} critic
 * @param {Partial<import("../../dist/evaluation/run.js").EvaluationRun>} [changes]
 */
function runOf({ folder, set }, critic, changes = {}) {
  return {
    dataset: set.name,
    items: set.items,
    folder,
    critic: { name: "eliq", critic },
    others: [],
    peers: undefined,
    baselines: false,
    embeddings: true,
    seed: 1,
    maxPixels: 1e6,
    results: join(folder, "results.jsonl"),
    ...changes,
  };
}

t.test("a line for each image: score, opinions, baselines, further critics, embedding", async (t) => {
  const data = await dataset(t, 12, { side: 100 });
  await rm(join(data.folder, "images", "00002.png"));
  await writeFile(join(data.folder, "images", "00005.png"), "no image");
  const set = await opinionTable.read(data.table);
  t.same(
    set.problems.map(({ name }) => basename(name)),
    ["00002.png"],
  );
  const of = (/** @type {string} */ path) => data.opinions.get(basename(path)) ?? Number.NaN;
  const other = knownCritic((path) => -of(path), { model: "other@1" });
  const run = runOf({ ...data, set }, knownCritic(of), {
    baselines: true,
    others: [{ name: "turned", critic: other }],
  });
  /** @type {number[]} */
  const told = [];
  await runEvaluation(run, { onLine: (done) => told.push(done) });
  t.same(told, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

  const file = await ResultsFile.open(run.results);
  t.match(file.header, { model: "known@0", calibration: "known-1", dataset: set.name, folder: "" });
  /** @type {import("../../dist/results/schema.js").ResultLine[]} */
  const lines = [];
  for await (const line of file.lines()) lines.push(line);
  t.same(
    lines.map(({ path }) => path),
    set.items.map(({ path }) => `images/${basename(path)}`),
  );
  const failed = lines.filter((line) => !line.ok);
  t.strictSame(failed, [
    { path: "images/00005.png", ok: false, code: "ERR_IMAGE_DECODE", message: "images/00005.png is not an image." },
  ]);
  for (const line of lines) {
    if (!line.ok) continue;
    const opinion = of(line.path);
    t.equal(line.raw.quality, opinion);
    t.equal(line.opinions?.quality, opinion);
    t.equal(line.critics?.turned?.quality, -opinion);
    t.same(Object.keys(line.baselines ?? {}), baselineNames);
    t.ok(Object.values(line.baselines ?? {}).every((value) => value === null || Number.isFinite(value)));
    t.ok(Math.abs(Math.hypot(...decodeEmbedding(line.embedding ?? "")) - 1) < 1e-6);
    t.equal(file.locate(line), join(data.folder, line.path), "a reader finds the image again");
    t.notOk("alignmentControls" in line, "this critic has no alignment to control");
  }

  const columns = await readColumns(run.results, { dataset: "set", problems: set.problems, alignmentReason: "none" });
  t.equal(columns.images, 10);
  const varied = baselineNames.filter(
    (name) => new Set(lines.map((line) => line.ok && line.baselines?.[name])).size > 2,
  );
  t.ok(varied.includes("Sharpness") && !varied.includes("Pixels"), "the images have one size");
  t.same([...columns.scores.keys()], ["eliq", "turned", ...varied], "what is the same for all says nothing");
  t.ok(columns.notMeasured?.includes("Pixels: the same for every image."));
  t.equal(columns.notMeasured?.length, baselineNames.length - varied.length);
  const eliq = /** @type {Float64Array} */ (columns.scores.get("eliq"));
  t.same([...eliq], columns.names.map(of));
  t.same(
    [...(columns.scores.get("turned") ?? [])],
    [...eliq].map((value) => -value),
  );
  t.same([...(columns.opinions.quality ?? [])], [...eliq]);
  t.equal(columns.opinions.alignment?.length, 10);
  t.match(columns, { alignment: undefined, alignmentPeers: undefined, alignmentReason: "none" });
  t.equal(columns.embeddings?.data.length, 10 * 8);
  t.equal(columns.embeddings?.norms?.length, 10);
  t.same(columns.problems, [
    ...set.problems,
    { name: "images/00005.png", reason: "images/00005.png is not an image." },
  ]);
});

t.test("stopped by a signal or by a broken critic, a run goes on and ends with the same lines", async (t) => {
  const data = await dataset(t, 60);
  const of = (/** @type {string} */ path) => data.opinions.get(basename(path)) ?? Number.NaN;
  const whole = runOf(data, knownCritic(of), { results: join(data.folder, "whole.jsonl") });
  await runEvaluation(whole);

  const run = runOf(data, knownCritic(of, { delay: 1 }));
  const controller = new AbortController();
  const stop = runEvaluation(run, {
    signal: controller.signal,
    onLine: (done) => done === 7 && controller.abort(new Error("enough")),
  });
  t.match(await failure(stop), { code: "ERR_ABORTED" });
  const begun = (await jsonLines(run.results)).length - 1;
  t.ok(begun >= 7 && begun < 60, `${begun} lines are kept`);

  const broken = knownCritic(of, {
    failing: (path) => (basename(path) > "00030.png" ? new EliqError("ERR_OUT_OF_MEMORY", "No memory.") : undefined),
  });
  t.match(await failure(runEvaluation({ ...run, critic: { name: "eliq", critic: broken } })), {
    code: "ERR_OUT_OF_MEMORY",
  });
  t.equal(
    (await jsonLines(run.results)).length - 1,
    31,
    "what a broken critic would have said of the rest is no result",
  );

  await runEvaluation(run);
  t.equal(await readFile(run.results, "utf8"), await readFile(whole.results, "utf8"));
  await runEvaluation(run);
  t.equal(await readFile(run.results, "utf8"), await readFile(whole.results, "utf8"), "a whole file is left alone");

  const fewer = { ...run, items: run.items.slice(1), embeddings: false };
  const refused = await failure(runEvaluation(fewer));
  t.equal(refused.code, "ERR_RESULTS");
  t.match(refused.message, /run\.images was 60, now 59; run\.items was .*; run\.embeddings was true, now false/);
});

t.test("alignment comes with its controls: no prompt, and another image's", async (t) => {
  const data = await dataset(t, 20);
  const prompts = new Map(data.set.items.map(({ path, prompt }) => [basename(path), prompt]));
  const critic = knownCritic(() => 0, {
    alignment: (path, prompt) => (prompt === "" ? 0.5 : prompt === prompts.get(basename(path)) ? 1 : -1),
  });
  const run = runOf(data, critic, { embeddings: false });
  await runEvaluation(run);
  const columns = await readColumns(run.results, { dataset: "set", problems: [] });
  const { score, blind, shuffled } = columns.alignment ?? {};
  t.same([...(score ?? [])], new Array(20).fill(1));
  t.same([...(blind ?? [])], new Array(20).fill(0.5));
  t.same([...(shuffled ?? [])], new Array(20).fill(-1), "no image keeps its prompt");
  t.equal(columns.embeddings, undefined);
});

t.test("other prompts: a permutation that leaves nobody its own", async (t) => {
  const random = new Random("prompts");
  for (const distinct of [2, 3, 17, 300]) {
    const prompts = Array.from({ length: 300 }, (_, i) => (i < distinct ? `p${i}` : `p${random.integer(distinct)}`));
    const balanced = distinct === 2 ? prompts.map((_, i) => `p${i % 2}`) : prompts;
    const others = otherPrompts(balanced, 1);
    t.ok(
      others.every((other, i) => other !== undefined && other !== balanced[i]),
      `${distinct} prompts`,
    );
    t.same([...others].sort(), [...balanced].sort(), "every prompt as often as before");
    t.same(otherPrompts(balanced, 1), others);
    if (distinct > 2) t.notSame(otherPrompts(balanced, 2), others);
  }
  t.same(otherPrompts([undefined, "a", "a"], 1), [undefined, undefined, undefined], "there is no other prompt");
  t.equal(
    otherPrompts(["a", "a", "a", "b"], 1).filter((other) => other === undefined).length,
    2,
    "three cannot all have b",
  );
});

t.test("some of many lie evenly among them", async (t) => {
  const items = Array.from({ length: 199 }, (_, i) => i);
  const twenty = spread(items, 20);
  t.ok(twenty.every((item, i) => item >= Math.floor(9.95 * i) && item < Math.floor(9.95 * (i + 1))));
  t.same(spread(items, 20), twenty, "the same again");
  t.equal(
    new Set(
      spread(
        Array.from({ length: 1200 }, (_, i) => i % 6),
        200,
      ),
    ).size,
    6,
    "of all six, not one in turn",
  );
  t.same(spread(items, 199), items);
  t.same(spread([1, 2], 9), [1, 2]);
});

t.test("a loaded model as a critic: score and embedding of one pass, and what is inside", async (t) => {
  const data = await dataset(t, 3, { side: 16 });
  const { eliq, state } = fakeEliq();
  const critic = toCritic(eliq);
  const image = /** @type {string} */ (data.set.items[0]?.path);
  const { score, embedding } = await critic.judge({ image, embedding: true });
  t.same(score, await eliq.score(image));
  t.same(embedding, Float32Array.of(0.6, 0.8));
  t.equal(state.requests, 2, "one request each");
  t.notOk("embedding" in (await critic.judge({ image, embedding: false })));

  let images = 0;
  const paths = data.set.items.map(({ path }) => path);
  const parts = await inspectParts("eliq", critic, paths, { onImage: () => images++ });
  // Gates .25, .5 and .75, .5 in two cells of every image; two queries of one number each, both positive.
  t.match(parts, { name: "eliq", images: 3, queryCosine: 1 });
  t.ok(Math.abs((parts?.gateDeviation ?? 0) - 0.125) < 1e-12);
  t.ok(Math.abs((parts?.gateDeviationInside ?? 0) - 0.125) < 1e-12);
  t.equal(images, 3);
  t.same(partsTable(parts ? [parts] : []).rows, [["eliq", ".125", ".125", "1.000"]]);
  t.equal(
    await inspectParts(
      "known",
      knownCritic(() => 0),
      paths,
    ),
    undefined,
  );
  await critic.dispose();
  t.ok(state.disposed);
});

t.test("collapsed queries have cosine 1, orthogonal ones 0", async (t) => {
  t.equal(meanPairwiseCosine(Float32Array.from([0.5, 0, 0.5, 0]), 2), 1);
  t.equal(meanPairwiseCosine(Float32Array.from([0.5, 0, 0, 0.25]), 2), 0);
  t.ok(Math.abs(meanPairwiseCosine(Float32Array.from([1, 0, 0, 1, 1, 0]), 3) - 1 / 3) < 1e-6);
  t.ok(Number.isNaN(meanPairwiseCosine(Float32Array.of(1), 1)));
});

t.test("baselines of one image", async (t) => {
  const side = 64;
  const picture = (/** @type {(x: number) => number} */ value) => ({
    data: Uint8Array.from({ length: side * side * 3 }, (_, i) => value(Math.floor(i / 3) % side)),
    width: side,
    height: side,
  });
  const soft = picture((x) => x * 3);
  const hard = picture((x) => (x % 2) * 100);
  // Columns 0, 100, 0, …: every Laplacian is 200.
  t.ok(Math.abs(sharpness(hard) - Math.log(40000)) < 1e-9);
  t.ok(sharpness(soft) < sharpness(hard));
  t.ok(Number.isNaN(sharpness({ data: new Uint8Array(12), width: 2, height: 2 })));
  const random = new Random(4);
  t.ok((await jpegSize(soft)) < (await jpegSize(picture(() => random.integer(256)))));
  t.equal(pixelCount(soft), Math.log(64 * 64));
  t.equal(fileSize(2048, soft), Math.log(0.5));
});
