// @ts-check
// The driver of training with a trainer of the test's own: order, resuming, aborting, files. The real one: test/model/train.test.js.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { buildPairs } from "../../dist/pairs/build/build.js";
import { defaultBuildOptions } from "../../dist/pairs/build/options.js";
import { PairManifest } from "../../dist/pairs/manifest/read.js";
import { renderCard } from "../../dist/training/card.js";
import { defaultTrainOptions } from "../../dist/training/options.js";
import { oneCycle } from "../../dist/training/schedule.js";
import { train } from "../../dist/training/train.js";

/** @typedef {import("../../dist/training/options.js").TrainOptions} TrainOptions */
/** @typedef {import("../../dist/native/addon.js").NativeTrainer} NativeTrainer */
/** @typedef {import("../../dist/native/addon.js").NativeTrainerOptions} NativeTrainerOptions */

const learn = fileURLToPath(new URL("../fixtures/train/learn", import.meta.url));

/** @param {import("tap").Test} t */
async function temporary(t) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-training-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A real, if poor, trainer: a linear critic of two features of the pixels, trained by the logistic ranking loss. Features are
 * kept in the cache file, weights in the checkpoint, so that resuming is put to the test.
 */
class LinearTrainer {
  /** @param {NativeTrainerOptions} options */
  constructor(options) {
    this.options = options;
    this.cache = options.cache ?? "";
    /** @type {number[][]} */
    this.rows = existsSync(this.cache) ? JSON.parse(readFileSync(this.cache, "utf8")) : [];
    this.cached = this.rows.length;
    this.added = 0;
    this.steps = 0;
    this.weights = [0.01 * options.seed, -0.01];
    this.disposed = false;
  }
  /** @param {{ data: Uint8Array, width: number, height: number }} image */
  async add({ data, width, height }) {
    if (data.length !== 3 * width * height) throw new Error("size");
    let sum = 0;
    let edges = 0;
    for (let i = 3; i < data.length; i++) {
      sum += Number(data[i]);
      edges += Math.abs(Number(data[i]) - Number(data[i - 3]));
    }
    this.rows.push([sum / data.length / 128, edges / data.length / 16]);
    writeFileSync(this.cache, JSON.stringify(this.rows));
    this.added++;
    return this.rows.length - 1;
  }
  /** @param {Int32Array} samples */
  async fitStandardization(samples) {
    if ([...samples].some((sample) => !this.rows[sample])) throw new Error("sample");
  }
  /** @param {number} sample */
  raw(sample) {
    const row = this.rows[sample] ?? [];
    return Number(row[0]) * Number(this.weights[0]) + Number(row[1]) * Number(this.weights[1]);
  }
  /** @param {import("../../dist/native/addon.js").NativePairBatch} batch @param {number} rate */
  async step(batch, rate) {
    let loss = 0;
    let right = 0;
    const gradient = [0, 0];
    for (const [i, better] of batch.better.entries()) {
      const worse = Number(batch.worse[i]);
      const difference = this.raw(better) - this.raw(worse);
      const slope = -1 / (1 + Math.exp(difference));
      loss += Math.log1p(Math.exp(-difference)) / batch.better.length;
      right += difference > 0 ? 1 / batch.better.length : 0;
      for (const k of [0, 1])
        gradient[k] =
          Number(gradient[k]) +
          (slope * (Number(this.rows[better]?.[k]) - Number(this.rows[worse]?.[k]))) / batch.better.length;
    }
    this.weights = this.weights.map((weight, k) => weight - 50 * rate * Number(gradient[k]));
    this.steps++;
    return { loss, fidelity: loss, invariance: 0, accuracy: right, gradientNorm: Math.hypot(...gradient) };
  }
  /** @param {Int32Array} samples */
  async score(samples) {
    const quality = Float32Array.from(samples, (sample) => this.raw(sample));
    return { quality, technical: quality, aesthetic: quality };
  }
  /** @param {string} path @param {boolean} half @param {Record<string, string>} metadata */
  async saveModel(path, half, metadata) {
    writeFileSync(path, JSON.stringify({ weights: this.weights, half, metadata }));
  }
  /** @param {string} path @param {Record<string, string>} metadata */
  async saveCheckpoint(path, metadata) {
    writeFileSync(path, JSON.stringify({ weights: this.weights, metadata }));
  }
  /** @param {string} path */
  async loadCheckpoint(path) {
    const { weights, metadata } = JSON.parse(readFileSync(path, "utf8"));
    this.weights = weights;
    return metadata;
  }
  async dispose() {
    this.disposed = true;
  }
}

/** Keeps the trainers that a run made. */
function workshop() {
  /** @type {LinearTrainer[]} */
  const made = [];
  return {
    made,
    /** @param {NativeTrainerOptions} options @returns {Promise<NativeTrainer>} */
    async createTrainer(options) {
      const trainer = new LinearTrainer(options);
      made.push(trainer);
      return trainer;
    },
  };
}

/** @param {string} folder @param {Partial<TrainOptions>} [changes] @returns {Promise<TrainOptions>} */
async function options(folder, changes = {}) {
  const backbone = join(folder, "backbone");
  await import("node:fs/promises").then(({ mkdir }) => mkdir(backbone, { recursive: true }));
  await writeFile(
    join(backbone, "config.json"),
    JSON.stringify({ input: { area: 96 * 96, multiple: 32 }, backbone: { family: "compact" } }),
  );
  return {
    ...defaultTrainOptions,
    data: learn,
    heldOut: 0.3,
    limit: 8,
    backbone,
    families: ["gaussian-blur", "gaussian-noise", "under-exposure", "pixelation"],
    singles: 2,
    combinations: 1,
    severities: [
      [0.1, 0.4],
      [0.6, 1],
    ],
    steps: 30,
    batch: { images: 3, chains: 2, across: 1 },
    checkpointEvery: 10,
    out: join(folder, "out"),
    run: join(folder, "run"),
    features: join(folder, "run", "features.bin"),
    name: "tiny",
    command: "eliq train --data 'a b'",
    commit: "0123456789",
    ...changes,
  };
}

/** @param {string} folder @param {string} [name] */
const weightsOf = (folder, name = "out") => readFile(join(folder, name, "model.safetensors"), "utf8");

t.test("the learning rate warms up and comes down", async (t) => {
  const rates = Array.from({ length: 100 }, (_, step) => oneCycle(step, 100, 1));
  t.equal(Math.max(...rates), 1);
  t.ok(Number(rates[0]) < 0.2);
  t.ok(
    rates.slice(1, 30).every((rate, i) => rate > Number(rates[i])),
    "rises for three tenths",
  );
  t.ok(
    rates.slice(30).every((rate, i) => rate < Number(rates[i + 29])),
    "falls afterwards",
  );
  t.ok(Number(rates[99]) < 0.01);
  t.ok(oneCycle(0, 1, 1) > 0, "a single step");
});

t.test("a run from images to a model directory", async (t) => {
  const folder = await temporary(t);
  const { made, createTrainer } = workshop();
  /** @type {import("../../dist/training/options.js").TrainProgress[]} */
  const reports = [];
  const given = await options(folder);
  const { record, revision } = await train(given, { createTrainer, onProgress: (progress) => reports.push(progress) });

  const [trainer] = made;
  t.equal(trainer?.added, 8 * (1 + 3 * 2), "every member of every image");
  t.ok(trainer?.disposed);
  t.equal(trainer?.options.initialWeights, join(given.backbone, "model.safetensors"));
  t.match(revision, /^[0-9a-f]{12}$/);
  const config = JSON.parse(await readFile(join(folder, "out", "config.json"), "utf8"));
  t.match(config, {
    format: "eliq-model",
    revision,
    name: "tiny",
    alignment: { trained: false, reason: String },
    backbone: { family: "compact" },
  });
  t.equal(JSON.parse(String(trainer?.options.config)).fusion.gate, "softmax");

  const calibration = JSON.parse(await readFile(join(folder, "out", "calibration.json"), "utf8"));
  const trained = JSON.parse(await readFile(join(folder, "out", "training.json"), "utf8")).data.trained;
  t.equal(calibration.format, "eliq-calibration");
  t.equal(calibration.model, `tiny@${revision}`);
  t.equal(calibration.scales.quality.kind, "anchored");
  t.match(calibration.population.description, /images of the training pool/);
  t.equal(trained + record.data.heldOut, 8);
  t.ok(record.data.heldOut >= 1);
  t.ok(record.heldOut && record.heldOut.trained.quality.pairs === record.data.heldOut * 3 * 3);
  t.equal(record.loss.at(-1)?.step, 30);
  t.equal((await readFile(join(folder, "run", "log.jsonl"), "utf8")).trim().split("\n").length, 30);

  for (const phase of ["features", "steps", "evaluation"]) {
    const of = reports.filter((report) => report.phase === phase);
    t.equal(new Set(of.map(({ total }) => total)).size, 1, `${phase} has one total`);
    t.ok(
      of.every(({ done }, i) => i === 0 || done >= Number(of[i - 1]?.done)),
      `${phase} goes forward`,
    );
    t.equal(of.at(-1)?.done, of[0]?.total, `${phase} ends`);
  }

  t.test("the same command again only writes the model", async (t) => {
    const before = await weightsOf(folder);
    await rm(join(folder, "out"), { recursive: true });
    await train(given, { createTrainer });
    t.equal(made[1]?.added, 0);
    t.equal(made[1]?.steps, 0);
    t.equal(await weightsOf(folder), before);
  });

  t.test("another run does not enter the directory", async (t) => {
    await t.rejects(train({ ...given, seed: 2 }, { createTrainer }), {
      code: "ERR_INVALID_ARGUMENT",
      message: /another run|other images or options/i,
    });
    const fresh = { ...given, run: join(folder, "run2"), poolSeed: 9 };
    await t.rejects(train(fresh, { createTrainer }), {
      code: "ERR_INVALID_ARGUMENT",
      message: /other images or negatives/,
    });
  });

  t.test("a variant shares the features", async (t) => {
    const variant = {
      ...given,
      run: join(folder, "run3"),
      out: join(folder, "out3"),
      seed: 4,
      architecture: { fusion: { gate: "uniform" } },
    };
    await train(variant, { createTrainer });
    t.equal(made.at(-1)?.added, 0);
    t.equal(made.at(-1)?.steps, 30);
    t.equal(JSON.parse(String(made.at(-1)?.options.config)).fusion.gate, "uniform");
  });
});

t.test("stopped anywhere and started again, it ends as if it had never stopped", async (t) => {
  const folder = await temporary(t);
  const whole = await options(folder, {
    out: join(folder, "whole"),
    run: join(folder, "whole.run"),
    features: join(folder, "whole.run", "features.bin"),
  });
  await train(whole, { createTrainer: workshop().createTrainer });

  const given = await options(folder);
  const { made, createTrainer } = workshop();
  for (const [phase, at] of /** @type {const} */ ([
    ["features", 2 * 7],
    ["features", 5 * 7],
    ["steps", 4],
    ["steps", 23],
  ])) {
    const stop = new AbortController();
    const onProgress = (/** @type {{ phase: string, done: number }} */ progress) => {
      if (progress.phase === phase && progress.done >= at) stop.abort();
    };
    await t.rejects(
      train(given, { createTrainer, signal: stop.signal, onProgress }),
      { code: "ERR_ABORTED" },
      `${phase} ${at}`,
    );
    t.ok(made.at(-1)?.disposed);
    t.notOk(existsSync(join(folder, "out", "model.safetensors")));
  }
  t.ok(
    made.slice(1).every((trainer) => trainer.cached >= 2 * 7),
    "features are not computed twice",
  );
  t.equal(made[2]?.steps, 4);
  t.equal(made[3]?.steps, 19, "goes on where the abort left a checkpoint");

  await train(given, { createTrainer });
  t.equal(await weightsOf(folder), await weightsOf(folder, "whole"));
  const log = await readFile(join(folder, "run", "log.jsonl"), "utf8");
  t.equal(log, await readFile(join(folder, "whole.run", "log.jsonl"), "utf8"), "the log has no gap and no step twice");
});

t.test("after a kill it goes back to the last checkpoint", async (t) => {
  const folder = await temporary(t);
  const given = await options(folder);
  const { made, createTrainer } = workshop();
  await train(given, { createTrainer });
  const unbroken = await weightsOf(folder);
  const log = join(folder, "run", "log.jsonl");

  // What a kill in step 26 leaves: the checkpoint of step 20, a log that ends in half a line.
  const broken = await options(folder, { run: join(folder, "killed"), out: join(folder, "after") });
  const dying = workshop();
  const { createTrainer: create } = dying;
  await t.rejects(
    train(broken, {
      async createTrainer(native) {
        const trainer = await create(native);
        const step = trainer.step.bind(trainer);
        trainer.step = async (batch, rate) => {
          if (Number(dying.made[0]?.steps) === 26) throw new Error("killed");
          return step(batch, rate);
        };
        return trainer;
      },
    }),
    /killed/,
  );
  const brokenLog = join(folder, "killed", "log.jsonl");
  await writeFile(brokenLog, (await readFile(brokenLog, "utf8")).slice(0, -20));
  await train(broken, { createTrainer });
  t.equal(made.at(-1)?.steps, 10);
  t.equal(await weightsOf(folder, "after"), unbroken);
  t.equal(await readFile(brokenLog, "utf8"), await readFile(log, "utf8"));
});

t.test("unreadable images are listed, and resuming remembers them", async (t) => {
  const folder = await temporary(t);
  const data = join(folder, "data");
  await cp(learn, data, { recursive: true });
  await rm(join(data, "manifest.jsonl"));
  await writeFile(join(data, "00-first.png"), "no picture");
  await writeFile(join(data, "05-half.webp"), (await readFile(join(data, "05-recipes.webp"))).subarray(0, 3000));
  const given = await options(folder, { data, limit: 0, heldOut: 0, steps: 2 });
  const { made, createTrainer } = workshop();
  const { record } = await train(given, { createTrainer });
  t.same(Object.keys(record.data.skipped).sort(), ["00-first.png", "05-half.webp"]);
  t.equal(record.data.trained, 40);
  t.equal(record.heldOut, null);
  await train(given, { createTrainer });
  t.equal(made[1]?.added, 0);
});

t.test("senseless options are named", async (t) => {
  const folder = await temporary(t);
  const { createTrainer } = workshop();
  for (const changes of /** @type {Partial<TrainOptions>[]} */ ([
    { steps: 0 },
    { batch: { images: 1.5, chains: 1, across: 1 } },
    { singles: 0, combinations: 0 },
    { families: ["nonsense"] },
    { families: [] },
    { learningRate: 0 },
    { heldOut: 1 },
    { seed: -1 },
  ]))
    await t.rejects(
      train(await options(folder, changes), { createTrainer }),
      { code: "ERR_INVALID_ARGUMENT" },
      JSON.stringify(changes),
    );
  await t.rejects(train(await options(folder, { backbone: join(folder, "nowhere") }), { createTrainer }), {
    code: "ERR_MODEL_NOT_FOUND",
  });
});

t.test("from a pair manifest: its chains, its pictures, its split", async (t) => {
  const folder = await temporary(t);
  const pairs = join(folder, "pairs");
  const families = ["gaussian-blur", "gaussian-noise", "tilt", "edited-object", "object-covered"];
  await buildPairs({
    ...defaultBuildOptions,
    data: learn,
    out: pairs,
    families,
    perImage: 0,
    combinations: 0,
    testShare: 0.4,
    maxPixels: 96 * 96,
    filter: false,
    limit: 10,
    workers: 2,
  });
  const test = [];
  let samples = 0;
  const manifest = await PairManifest.open(pairs);
  for await (const { split, source, chains } of manifest.units()) {
    if (split === "test") test.push(source.path);
    const visual = chains.filter(({ aspects }) => aspects.includes("quality"));
    samples += 1 + visual.reduce((sum, { levels }) => sum + levels.length, 0);
  }
  const { made, createTrainer } = workshop();
  const given = await options(folder, { data: manifest.path, limit: 0 });
  const { record } = await train(given, { createTrainer });
  t.ok(samples > 10 * (1 + 3 * 4), `${samples} samples`);
  t.equal(made[0]?.added, samples, "the clean pictures and the levels of the three visual families");
  t.ok(test.length > 0 && test.length < 10);
  t.equal(record.data.heldOut, test.length, "the manifest's test split is held out");
  t.same(record.negatives.families, ["gaussian-blur", "gaussian-noise", "tilt"]);
  t.match(await readFile(join(folder, "out", "README.md"), "utf8"), /pair manifest with 5 levels each/);
  await rm(join(folder, "out"), { recursive: true });
  await train(given, { createTrainer });
  t.equal(made[1]?.added, 0, "the same command again only writes the model");

  const larger = JSON.stringify({ input: { area: 32 * 32, multiple: 32 }, backbone: { family: "compact" } });
  await writeFile(join(given.backbone, "config.json"), larger);
  await t.rejects(train({ ...given, run: join(folder, "small") }, { createTrainer }), {
    code: "ERR_INVALID_ARGUMENT",
    message: /--max-pixels 1024/,
  });
});

t.test("the card tells everything that training.json knows", async (t) => {
  const folder = await temporary(t);
  const { record, revision } = await train(await options(folder), { createTrainer: workshop().createTrainer });
  const card = await readFile(join(folder, "out", "README.md"), "utf8");
  for (const text of [
    record.command,
    record.commit,
    record.data.hash,
    revision,
    "seed 1",
    "Unlicense",
    "CC0-1.0",
    "MIT",
    "author-generated",
    "pixelation",
    "Not measured yet",
    "Alignment is not scored",
  ])
    t.ok(card.includes(text), text);
  const config = JSON.parse(await readFile(join(folder, "out", "config.json"), "utf8"));
  const figures = {
    tables: [{ title: "AGIQA-3K", protocol: "zero-shot", columns: ["what", "SRCC"], rows: [["eliq | default", 0.61]] }],
    limits: ["Seen on one set only."],
  };
  const measured = renderCard(config, record, figures);
  t.notMatch(measured, /Not measured yet/);
  t.match(measured, "### AGIQA-3K\n\nzero-shot\n\n| what | SRCC |\n| --- | --- |\n| eliq \\| default | 0.61 |");
  t.match(measured, "- Seen on one set only.");
});
