// @ts-check
import { readFile } from "node:fs/promises";
import t from "tap";
import { fitSceneModel, niqe, niqeModelFromJson, niqeModelToJson } from "../../dist/evaluation/niqe.js";
import { FEATURES, luma, sceneStatistics } from "../../dist/evaluation/scene-statistics.js";
import { inverseQuadraticForm, symmetricEigen } from "../../dist/evaluation/symmetric-matrix.js";
import { Random } from "../../dist/pairs/random.js";

const golden = JSON.parse(await readFile(new URL("evaluation-niqe.json", import.meta.url), "utf8"));

/**
 * A ramp, a chequer and hashed noise: the pixels of scripts/parity/niqe_goldens.py.
 * @param {number} width @param {number} height @param {number} seed @param {number} amplitude
 */
function synthetic(width, height, seed, amplitude) {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const flat = 20 + (Math.floor((x * 3 + y * 2) / 8) % 200) + ((Math.floor(x / 12) + Math.floor(y / 20)) % 2) * 24;
      for (let c = 0; c < 3; c++, i++) {
        let h = (Math.imul(i, 2654435761) + seed) >>> 0;
        h = Math.imul(h ^ (h >>> 15), 2246822519) >>> 0;
        h = (h ^ (h >>> 13)) >>> 0;
        data[i] = Math.max(0, Math.min(255, flat + ((h >>> 8) % (2 * amplitude + 1)) - amplitude));
      }
    }
  }
  return { data, width, height };
}

const pristine = () =>
  fitSceneModel(
    [
      [11, 12],
      [12, 40],
      [13, 25],
    ].map(([seed, amplitude]) => sceneStatistics(synthetic(600, 400, Number(seed), Number(amplitude)))),
    0,
  );

/** @param {ArrayLike<number>} actual @param {number[]} expected */
function worst(actual, expected) {
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(Number(actual[i]) - value) / Math.abs(value)), 0);
}

t.test("statistics and distance equal an independent numpy computation", async (t) => {
  const statistics = sceneStatistics(synthetic(300, 204, 7, 20));
  t.equal(statistics.patches, 6);
  t.equal(golden.features.length, 6 * FEATURES);
  t.ok(worst(statistics.features, golden.features) < 1e-8, `features ${worst(statistics.features, golden.features)}`);
  t.ok(worst(statistics.sharpness, golden.sharpness) < 1e-8);
  const model = pristine();
  if (!model) throw new Error("no model");
  t.equal(model.patches, 72);
  t.ok(worst([niqe(statistics, model)], [golden.niqe]) < 1e-6, `${niqe(statistics, model)} ${golden.niqe}`);
});

t.test("luma is MATLAB's rgb2gray", async (t) => {
  const data = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 10, 200, 30, 0, 0, 0]);
  t.same([...luma({ data, width: 6, height: 1 }, 6, 1).data], [76, 150, 29, 255, 124, 0]);
});

t.test("only patches sharper than three quarters of the sharpest are learnt from", async (t) => {
  const row = (/** @type {number} */ value) => new Array(FEATURES).fill(value);
  const picture = {
    patches: 4,
    features: Float64Array.from([...row(1), ...row(2), ...row(6), ...row(Number.NaN)]),
    sharpness: Float64Array.from([10, 8, 7.5, 9]),
  };
  const model = fitSceneModel([picture]);
  t.equal(model?.patches, 2);
  t.equal(model?.mean[35], 1.5);
  t.equal(model?.covariance[FEATURES + 1], 0.5);
});

t.test("pictures that NIQE cannot score", async (t) => {
  const model = pristine();
  if (!model) throw new Error("no model");
  const flat = { data: new Uint8Array(300 * 300 * 3).fill(200), width: 300, height: 300 };
  t.ok(Number.isNaN(niqe(sceneStatistics(flat), model)), "flat");
  t.ok(Number.isNaN(niqe(sceneStatistics(synthetic(100, 150, 1, 20)), model)), "one patch");
  t.throws(() => sceneStatistics(synthetic(95, 300, 1, 20)), { code: "ERR_INVALID_ARGUMENT" });
});

t.test("damage moves a picture away from its own kind", async (t) => {
  const model = pristine();
  if (!model) throw new Error("no model");
  const kin = niqe(sceneStatistics(synthetic(500, 400, 21, 25)), model);
  const damaged = synthetic(500, 400, 21, 25);
  for (let i = 0; i < damaged.data.length; i++) damaged.data[i] = Math.floor(Number(damaged.data[i]) / 48) * 48;
  t.ok(niqe(sceneStatistics(damaged), model) > 2 * kin);
});

t.test("a model survives its file, and a damaged file is named", async (t) => {
  const fitted = pristine();
  if (!fitted) throw new Error("no model");
  const model = { ...fitted, name: "synthetic", provenance: { pictures: "3" } };
  const text = niqeModelToJson(model);
  t.same(niqeModelFromJson(text), model);
  const file = JSON.parse(text);
  const broken = [
    "{",
    "null",
    JSON.stringify({ ...file, format: "other" }),
    JSON.stringify({ ...file, mean: file.mean.slice(1) }),
    JSON.stringify({ ...file, covariance: file.covariance.with(3, "x") }),
  ];
  for (const each of broken) t.throws(() => niqeModelFromJson(each), { code: "ERR_MODEL_CORRUPT" });
});

t.test("the committed pristine models can be read", async (t) => {
  for (const name of ["photographs", "diffusion"]) {
    const text = await readFile(new URL(`../../models/niqe/${name}.json`, import.meta.url), "utf8");
    const model = niqeModelFromJson(text);
    t.equal(model.name, name);
    const { values } = symmetricEigen(model.covariance, FEATURES);
    t.ok(
      values.every((value) => value > 0),
      "positive definite",
    );
  }
});

t.test("eigenvalues and the pseudo-inverse", async (t) => {
  const random = new Random(9);
  const size = 12;
  const factor = Float64Array.from({ length: size * 5 }, () => random.normal());
  const at = (/** @type {number} */ i, /** @type {number} */ j) => Number(factor[i * 5 + j]);
  // Rank 5: A = F F^T, so v = F u gives v^T pinv(A) v = |u|^2 exactly, whatever F.
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let k = 0; k < 5; k++) matrix[i * size + j] = Number(matrix[i * size + j]) + at(i, k) * at(j, k);
    }
  }
  const u = [1, -2, 3, 0.5, 4];
  const v = Float64Array.from({ length: size }, (_, i) => u.reduce((sum, value, k) => sum + at(i, k) * value, 0));
  t.ok(Math.abs(inverseQuadraticForm(matrix, v) - 30.25) < 1e-9);
  const { values, vectors } = symmetricEigen(matrix, size);
  const trace = values.reduce((sum, value) => sum + value, 0);
  t.ok(Math.abs(trace - matrix.reduce((sum, value, i) => sum + (i % (size + 1) === 0 ? value : 0), 0)) < 1e-10);
  const gram = vectors.subarray(0, size).reduce((sum, value, i) => sum + value * Number(vectors[size + i]), 0);
  t.ok(Math.abs(gram) < 1e-12, "eigenvectors are orthogonal");
});
