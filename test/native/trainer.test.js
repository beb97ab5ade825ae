// @ts-check
// The trainer as lib/training sees it; that it learns is the business of test/model.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { EliqError } from "eliq";
import t from "tap";
import { addon, loadEngine } from "../support/addon.js";
import { tinyConfig, tinyImage, tinyModel } from "../support/tiny-model.js";

t.setTimeout(300_000);

/** @param {string} directory @param {number} [seed] */
function createTrainer(directory, seed = 1) {
  const initialWeights = join(directory, "model.safetensors");
  return addon.createTrainer({ config: JSON.stringify(tinyConfig), initialWeights, seed });
}

const batch = {
  better: Int32Array.of(0, 1, 2),
  worse: Int32Array.of(1, 2, 3),
  target: Float32Array.of(1, 1, 1),
  rank: Uint8Array.of(1, 5, 13),
  invariant: Uint8Array.of(12, 0, 0),
};

t.test("calls are answered in order, and the saved model scores in an engine as in the trainer", async (t) => {
  const directory = tinyModel(t);
  const trainer = await createTrainer(directory);
  t.equal(trainer.cached, 0);
  const images = [1, 2, 3, 4].map((seed) => tinyImage(100 + seed, 80, seed));
  t.strictSame(await Promise.all(images.map((image) => trainer.add(image))), [0, 1, 2, 3]);
  await trainer.fitStandardization(Int32Array.of(0, 1, 2, 3));
  const steps = await Promise.all([1, 2, 3, 4, 5].map(() => trainer.step(batch, 0.01)));
  for (const { loss, fidelity, invariance, accuracy, gradientNorm } of steps) {
    for (const value of [loss, fidelity, invariance, gradientNorm]) t.ok(Number.isFinite(value) && value >= 0);
    t.ok(accuracy >= 0 && accuracy <= 1);
  }
  t.not(steps[4]?.loss, steps[0]?.loss);

  const scores = await trainer.score(Int32Array.of(0, 1, 2, 3));
  const saved = tinyModel(t);
  await trainer.saveModel(join(saved, "model.safetensors"), false, { note: "test" });
  await trainer.dispose();

  const engine = await loadEngine(saved);
  t.teardown(() => engine.dispose());
  for (const [i, image] of images.entries()) {
    const result = await engine.score(image).promise;
    for (const key of /** @type {const} */ (["quality", "technical", "aesthetic"])) {
      const expected = scores[key][i] ?? Number.NaN;
      t.ok(Math.abs(result[key] - expected) < 2e-3, `${key} ${result[key]} ${expected}`); // the pool keeps half precision
    }
  }
});

t.test("a checkpoint brings back the next step and its metadata", async (t) => {
  const directory = tinyModel(t);
  const run = async () => {
    const trainer = await createTrainer(directory);
    for (const seed of [1, 2, 3, 4]) await trainer.add(tinyImage(64, 64, seed));
    return trainer;
  };
  const first = await run();
  await first.step(batch, 0.01);
  const path = join(directory, "checkpoint.safetensors");
  await first.saveCheckpoint(path, { step: "1" });
  copyFileSync(path, `${path}.copy`);
  const expected = await first.step(batch, 0.01);
  const second = await run();
  t.strictSame(await second.loadCheckpoint(`${path}.copy`), { step: "1" });
  const resumed = await second.step(batch, 0.01);
  t.ok(Math.abs(resumed.loss - expected.loss) < 1e-5, `${resumed.loss} ${expected.loss}`);
  await Promise.all([first.dispose(), second.dispose()]);
});

t.test("dispose waits for what was asked before, and refuses what comes after", async (t) => {
  const trainer = await createTrainer(tinyModel(t));
  const answers = [1, 2, 3].map((seed) => trainer.add(tinyImage(500, 500, seed)));
  const disposal = trainer.dispose();
  await t.rejects(trainer.add(tinyImage(8, 8)), { constructor: EliqError, code: "ERR_DISPOSED" });
  await disposal;
  t.strictSame(await Promise.all(answers), [0, 1, 2]);
  await trainer.dispose();
  t.throws(() => trainer.cached, { constructor: EliqError, code: "ERR_DISPOSED" });
});

t.test("an add's pixels may be overwritten at once", async (t) => {
  const trainer = await createTrainer(tinyModel(t));
  t.teardown(() => trainer.dispose());
  const image = tinyImage(300, 300);
  await trainer.add(image);
  const busy = [1, 2, 3].map(() => trainer.add(image));
  const copy = { ...image, data: image.data.slice() };
  const late = trainer.add(copy);
  copy.data.fill(0);
  await Promise.all([...busy, late]);
  const { quality } = await trainer.score(Int32Array.of(0, 4));
  t.equal(quality[1], quality[0]);
});
