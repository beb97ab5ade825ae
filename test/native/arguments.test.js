// @ts-check
// Everything that a caller can get wrong. `score` throws; what returns a promise rejects.
import { EliqError } from "eliq";
import t from "tap";
import { addon, loadEngine } from "../support/addon.js";
import { tinyConfig, tinyImage, tinyModel } from "../support/tiny-model.js";

t.setTimeout(300_000);

const invalid = { constructor: EliqError, code: "ERR_INVALID_ARGUMENT" };

/** Calls with values that the types forbid. @param {unknown} value @returns {any} */
const wrong = (value) => value;

t.test("loadEngine", async (t) => {
  const directory = tinyModel(t);
  const good = { directory, device: "cpu", threads: 0 };
  const options = [
    undefined,
    null,
    "text",
    7,
    {},
    { ...good, directory: undefined },
    { ...good, directory: 1 },
    { ...good, directory: "" },
    { ...good, directory: `${directory}\0` },
    { ...good, device: undefined },
    { ...good, device: 0 },
    { ...good, threads: undefined },
    { ...good, threads: "2" },
    { ...good, threads: 1.5 },
    { ...good, threads: -1 },
    { ...good, threads: 1e9 },
    { ...good, threads: Number.NaN },
    { ...good, threads: 2 ** 40 },
  ];
  for (const option of options) await t.rejects(addon.loadEngine(wrong(option)), invalid, JSON.stringify(option));
  await t.rejects(wrong(addon.loadEngine)(), invalid, "no argument");
  t.equal(addon.engineCount(), 0);
});

t.test("an exception in a getter arrives as it is", async (t) => {
  const thrown = new RangeError("from the caller");
  const options = {
    get directory() {
      throw thrown;
    },
  };
  await t.rejects(addon.loadEngine(wrong(options)), thrown);
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  t.throws(() => engine.score(wrong({ get width() { throw thrown; } })), thrown); // biome-ignore format: one case a line
});

t.test("score", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const good = tinyImage(4, 2);
  const detached = new Uint8Array(24);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const requests = [
    undefined,
    null,
    "image.png",
    {},
    { ...good, data: undefined },
    { ...good, data: [1, 2, 3] },
    { ...good, data: good.data.buffer },
    { ...good, data: new Uint16Array(24) },
    { ...good, data: new Float32Array(24) },
    { ...good, data: new DataView(new ArrayBuffer(24)) },
    { ...good, data: new Uint8Array(23) },
    { ...good, data: new Uint8Array(25) },
    { ...good, data: new Uint8Array(0) },
    { ...good, data: new Uint8Array(4 * 2 * 4) },
    { ...good, data: detached },
    { ...good, width: undefined },
    { ...good, width: "4" },
    { ...good, width: 0 },
    { ...good, width: -4 },
    { ...good, width: 4.5 },
    { ...good, width: Number.NaN },
    { ...good, width: Number.POSITIVE_INFINITY },
    { ...good, width: 2 ** 31 },
    { ...good, width: 2 ** 53 },
    { ...good, height: 0 },
    { ...good, height: null },
    { ...good, width: 2 ** 31 - 1, height: 2 ** 31 - 1 },
    { ...good, width: 8n },
    { ...good, embedding: 1 },
    { ...good, explain: "yes" },
  ];
  for (const request of requests) t.throws(() => engine.score(wrong(request)), invalid);
  t.throws(() => wrong(engine).score(), invalid);
  t.ok(Number.isFinite((await engine.score(good).promise).quality), "the engine is unharmed");
});

t.test("a message says what is wrong", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const image = { data: new Uint8Array(23), width: 4, height: 2 };
  t.throws(() => engine.score(image), {
    message: "data.length must be width * height * 3 = 24 (RGB, 8 bits), not 23.",
  });
  t.throws(() => engine.score({ ...image, width: 2.5 }), {
    message: "width must be an integer from 1 to 2147483647, not 2.5.",
  });
});

t.test("views: an offset, a clamped array, shared memory and Buffer are read in place", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const image = tinyImage(30, 20);
  const { quality } = await engine.score(image).promise;
  const within = new Uint8Array(image.data.length + 7);
  within.set(image.data, 5);
  const shared = new Uint8Array(new SharedArrayBuffer(image.data.length));
  shared.set(image.data);
  const views = [
    within.subarray(5, 5 + image.data.length),
    new Uint8ClampedArray(image.data),
    shared,
    Buffer.from(image.data),
  ];
  for (const data of views) t.equal((await engine.score(wrong({ ...image, data })).promise).quality, quality);
});

t.test("methods on something else are refused", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const { score, dispose } = engine;
  const prototype = Object.getPrototypeOf(engine);
  for (const receiver of [undefined, null, 1, {}, prototype, Object.create(engine), new Map()]) {
    t.throws(() => score.call(wrong(receiver), tinyImage(1, 1)), TypeError);
    t.throws(() => dispose.call(wrong(receiver)), TypeError);
  }
  const getter = Object.getOwnPropertyDescriptor(prototype, "device")?.get;
  for (const receiver of [undefined, {}, prototype, Object.create(engine), new Map()]) {
    t.throws(() => getter?.call(receiver), invalid);
  }
  t.throws(() => new (wrong(engine.constructor))(), invalid);
  t.throws(() => new (class extends wrong(engine.constructor) {})(), invalid);
  t.throws(() => Reflect.construct(wrong(engine.constructor), [], Map), invalid);
});

t.test("bindErrors", async (t) => {
  for (const value of [undefined, null, {}, "EliqError"]) t.throws(() => addon.bindErrors(wrong(value)), invalid);
});

t.test("createTrainer and its methods", async (t) => {
  const directory = tinyModel(t);
  const good = { config: JSON.stringify(tinyConfig), initialWeights: `${directory}/model.safetensors`, seed: 1 };
  const options = [
    undefined,
    {},
    { ...good, config: 1 },
    { ...good, initialWeights: undefined },
    { ...good, seed: undefined },
    { ...good, seed: -1 },
    { ...good, seed: 2 ** 53 },
    { ...good, cache: 1 },
    { ...good, tuneBackbone: 1 },
    { ...good, weightDecay: -1 },
    { ...good, weightDecay: Number.NaN },
    { ...good, gradientClip: "1" },
    { ...good, threads: -1 },
    { ...good, threads: 4000 },
  ];
  for (const option of options) await t.rejects(addon.createTrainer(wrong(option)), invalid, JSON.stringify(option));
  await t.rejects(addon.createTrainer({ ...good, config: "{" }), { constructor: EliqError, code: "ERR_MODEL_CORRUPT" });
  await t.rejects(addon.createTrainer({ ...good, initialWeights: "/nowhere" }), {
    constructor: EliqError,
    code: "ERR_MODEL_NOT_FOUND",
  });

  const trainer = await addon.createTrainer(good);
  await trainer.add(tinyImage(40, 40, 1));
  await trainer.add(tinyImage(40, 40, 2));
  const batch = {
    better: Int32Array.of(0),
    worse: Int32Array.of(1),
    target: Float32Array.of(1),
    rank: Uint8Array.of(1),
    invariant: Uint8Array.of(0),
  };
  const calls = {
    "add nothing": () => trainer.add(wrong(undefined)),
    "add a short buffer": () => trainer.add({ data: new Uint8Array(3), width: 2, height: 1 }),
    "standardise an array": () => trainer.fitStandardization(wrong([0])),
    "standardise an unknown sample": () => trainer.fitStandardization(Int32Array.of(2)),
    "score a negative sample": () => trainer.score(Int32Array.of(-1)),
    "step on nothing": () => trainer.step(wrong(undefined), 0.001),
    "step on an empty batch": () =>
      trainer.step(
        {
          better: new Int32Array(),
          worse: new Int32Array(),
          target: new Float32Array(),
          rank: new Uint8Array(),
          invariant: new Uint8Array(),
        },
        0.001,
      ),
    "step on unequal lengths": () => trainer.step({ ...batch, worse: Int32Array.of(1, 0) }, 0.001),
    "step on an unknown sample": () => trainer.step({ ...batch, worse: Int32Array.of(99) }, 0.001),
    "step with a rate that is not a number": () => trainer.step(batch, Number.NaN),
    "save to a number": () => trainer.saveModel(wrong(1), true, {}),
    "save with metadata of numbers": () => trainer.saveModel(`${directory}/x`, true, wrong({ a: 1 })),
    "save without a precision": () => trainer.saveModel(`${directory}/x`, wrong(undefined), {}),
  };
  for (const [name, call] of Object.entries(calls)) await t.rejects(wrong(call()), invalid, name);
  t.ok(Number.isFinite((await trainer.step(batch, 0.001)).loss), "the trainer is unharmed");

  const engine = await loadEngine(directory);
  t.teardown(() => engine.dispose());
  t.throws(() => trainer.add.call(wrong(engine), tinyImage(1, 1)), TypeError, "a trainer's method on an engine");
  t.throws(() => engine.score.call(wrong(trainer), tinyImage(1, 1)), TypeError, "an engine's method on a trainer");
  await trainer.dispose();
  t.throws(() => new (wrong(trainer.constructor))(), invalid);
});
