// @ts-check
import { EliqError } from "eliq";
import t from "tap";
import { addon, keepBusy, loadEngine } from "../support/addon.js";
import { tinyConfig, tinyImage, tinyModel } from "../support/tiny-model.js";

t.setTimeout(300_000);

/** @param {import("tap").Test} t @param {Promise<unknown>} promise @param {string} code */
async function rejectsWith(t, promise, code) {
  const error = await promise.then(
    () => undefined,
    (/** @type {unknown} */ reason) => reason,
  );
  t.type(error, EliqError);
  t.equal(/** @type {EliqError} */ (error)?.code, code);
  t.match(/** @type {EliqError} */ (error)?.message, /\.$/, "a sentence");
}

t.test("build info names what the addon was made of", async (t) => {
  const info = addon.buildInfo();
  t.match(info.eliq, /^\d+\.\d+\.\d+/);
  t.match(info.libtorch, /^2\.\d+\.\d+$/);
  t.match(info.compiler, /\d/);
  t.ok(info.cpuCapability);
});

t.test("an engine describes itself", async (t) => {
  const engine = await loadEngine(tinyModel(t), { device: "auto" });
  t.equal(engine.device, "cpu");
  t.ok(engine.threads >= 1);
  t.equal(engine.queries, tinyConfig.query.qualityQueries);
  t.equal(engine.embeddingLength, tinyConfig.query.qualityQueries * tinyConfig.fusion.width);
  await engine.dispose();
});

t.test("scores are finite, repeatable and depend on the image", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const shapes = /** @type {const} */ ([
    [128, 128],
    [1, 1],
    [97, 41],
    [640, 33],
    [3000, 20],
  ]);
  const seen = new Set();
  for (const [width, height] of shapes) {
    const image = tinyImage(width, height);
    const first = await engine.score(image).promise;
    const second = await engine.score(image).promise;
    for (const key of /** @type {const} */ (["quality", "technical", "aesthetic"])) {
      t.ok(Number.isFinite(first[key]), `${key} of ${width}x${height}`);
      t.equal(second[key], first[key], "to the bit");
    }
    t.equal(first.alignment, null);
    t.notOk("embedding" in first);
    t.notOk("embeddingNorm" in first);
    t.notOk("explanation" in first);
    seen.add(first.quality);
  }
  t.equal(seen.size, shapes.length);
});

t.test("another seed is another model", async (t) => {
  const image = tinyImage(64, 64);
  const scores = [];
  for (const seed of [1, 2]) {
    const engine = await loadEngine(tinyModel(t, { seed }));
    scores.push((await engine.score(image).promise).quality);
    await engine.dispose();
  }
  t.not(scores[0], scores[1]);
});

t.test("embedding has unit norm and the announced length", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const { embedding, embeddingNorm } = await engine.score({ ...tinyImage(90, 60), embedding: true }).promise;
  t.type(embedding, Float32Array);
  t.equal(embedding?.length, engine.embeddingLength);
  const norm = Math.hypot(.../** @type {Float32Array} */ (embedding));
  t.ok(Math.abs(norm - 1) < 1e-5, `norm ${norm}`);
  t.ok(Number.isFinite(embeddingNorm) && Number(embeddingNorm) > 0, `norm before scaling ${embeddingNorm}`);
  t.not(embeddingNorm, 1, "the features were not of norm 1 before");
});

t.test("gates sum to 1 over levels, attention over the grid", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const { explanation } = await engine.score({ ...tinyImage(200, 100), explain: true }).promise;
  if (!explanation) throw new Error("no explanation");
  const { gridHeight, gridWidth, inputHeight, inputWidth, levels, gates, attention, quality } = explanation;
  t.equal(gridHeight, Math.round(inputHeight / tinyConfig.fusion.cell));
  t.equal(gridWidth, Math.round(inputWidth / tinyConfig.fusion.cell));
  t.strictSame(
    levels.map(({ name }) => name),
    tinyConfig.backbone.taps,
  );
  t.strictSame(
    levels.map(({ stride }) => stride),
    [4, 8, 16, 32],
  );
  const tokens = gridHeight * gridWidth;
  t.equal(gates.length, levels.length * tokens);
  t.equal(attention.length, engine.queries * tokens);
  t.equal(quality.length, tokens);
  t.ok(quality.every(Number.isFinite));
  for (let i = 0; i < tokens; i++) {
    let sum = 0;
    for (let l = 0; l < levels.length; l++) sum += gates[l * tokens + i] ?? Number.NaN;
    t.ok(Math.abs(sum - 1) < 1e-5, `gates of token ${i}: ${sum}`);
  }
  for (let q = 0; q < engine.queries; q++) {
    const sum = attention.subarray(q * tokens, (q + 1) * tokens).reduce((a, b) => a + b, 0);
    t.ok(Math.abs(sum - 1) < 1e-5, `attention of query ${q}: ${sum}`);
  }
});

t.test("engines are shared, counted and stopped with the last handle", async (t) => {
  t.equal(addon.engineCount(), 0);
  const directory = tinyModel(t);
  const handles = await Promise.all([1, 2, 3].map(() => loadEngine(directory)));
  t.equal(addon.engineCount(), 1);
  const other = await loadEngine(tinyModel(t));
  t.equal(addon.engineCount(), 2);
  await other.dispose();
  await handles[0]?.dispose();
  await handles[1]?.dispose();
  t.equal(addon.engineCount(), 1);
  t.ok(Number.isFinite((await handles[2]?.score(tinyImage(10, 10)).promise)?.quality));
  await handles[2]?.dispose();
  t.equal(addon.engineCount(), 0);
});

t.test("a handle that is collected without dispose releases its engine", async (t) => {
  if (!globalThis.gc) {
    const { setFlagsFromString } = await import("node:v8");
    const { runInNewContext } = await import("node:vm");
    setFlagsFromString("--expose-gc");
    globalThis.gc = runInNewContext("gc");
  }
  const directory = tinyModel(t);
  await (async () => {
    const engine = await loadEngine(directory);
    await engine.score(tinyImage(10, 10)).promise;
  })();
  for (let i = 0; i < 100 && addon.engineCount() > 0; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  t.equal(addon.engineCount(), 0);
});

t.test("dispose waits for what is in flight, then the handle is disposed", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  let answered = 0;
  const tickets = keepBusy(engine, 5);
  for (const { promise } of tickets) {
    promise.then(() => {
      answered++;
    });
  }
  const disposal = engine.dispose();
  t.throws(() => engine.score(tinyImage(8, 8)), { constructor: EliqError, code: "ERR_DISPOSED" });
  await disposal;
  t.equal(answered, 5);
  t.equal(addon.engineCount(), 0);
  await engine.dispose();
  await Promise.all([engine.dispose(), engine.dispose()]);
  t.throws(() => engine.score(tinyImage(8, 8)), { constructor: EliqError, code: "ERR_DISPOSED" });
  t.equal(engine.device, "cpu", "what it was stays readable");
});

t.test("disposing one handle does not wait for another's work", async (t) => {
  const directory = tinyModel(t);
  const busy = await loadEngine(directory);
  const idle = await loadEngine(directory);
  let pending = 6;
  const work = keepBusy(busy, pending).map(({ promise }) => promise.then(() => pending--));
  await idle.dispose();
  t.ok(pending > 0, `${pending} still pending`);
  await Promise.all(work);
  await busy.dispose();
});

t.test("failures of load reject with a named code", async (t) => {
  const directory = tinyModel(t);
  await rejectsWith(t, loadEngine(`${directory}/missing`), "ERR_MODEL_NOT_FOUND");
  await rejectsWith(t, loadEngine(`${directory}/config.json`), "ERR_MODEL_NOT_FOUND");
  for (const device of ["cuda", "cuda:1", "tpu", "CPU"]) {
    await rejectsWith(t, loadEngine(directory, { device }), "ERR_DEVICE_UNAVAILABLE");
  }
  t.equal(addon.engineCount(), 0);
});

t.test("threads belongs to the process", async (t) => {
  const directory = tinyModel(t);
  const engine = await loadEngine(directory);
  t.teardown(() => engine.dispose());
  await rejectsWith(t, loadEngine(directory, { threads: engine.threads + 1 }), "ERR_INVALID_ARGUMENT");
  const same = await loadEngine(directory, { threads: engine.threads });
  t.equal(same.threads, engine.threads);
  await same.dispose();
});
