// @ts-check
import { Eliq } from "eliq";
import { createProgress } from "../../dist/cli/progress.js";

/**
 * @typedef {object} CriticRun
 * @property {string} name
 * @property {string} model name and revision
 * @property {Map<string, number>} quality raw quality by path; images that failed are missing
 * @property {{ path: string, message: string }[]} failures
 * @property {Health} health
 * @property {{ trained: boolean, reason?: string }} alignment
 */

/**
 * Whether the parts of the network are in use.
 *
 * @typedef {object} Health
 * @property {number} images looked at
 * @property {number} gateDeviation mean over levels of the standard deviation of a level's gate over all tokens of these images
 * @property {number} gateDeviationInside the same inside one image, mean over images
 * @property {number} queryCosine mean cosine between the outputs of two quality queries for one image; 1 = collapsed
 */

/**
 * Scores every image with the network alone.
 *
 * @param {string} name
 * @param {string | undefined} model directory; undefined: the shipped model
 * @param {string[]} paths
 * @param {number} inspected how many of the images gates and queries are looked at in
 * @returns {Promise<CriticRun>}
 */
export async function runCritic(name, model, paths, inspected) {
  const eliq = await Eliq.load({ model });
  try {
    const { quality, failures } = await score(eliq, `Scoring with ${name}`, paths);
    const readable = paths.filter((path) => quality.has(path));
    const step = Math.max(1, Math.floor(readable.length / inspected));
    const health = await inspect(eliq, readable.filter((_, i) => i % step === 0).slice(0, inspected));
    return { name, model: eliq.model, quality, failures, health, alignment: eliq.alignment };
  } finally {
    await eliq.dispose();
  }
}

/** @param {Eliq} eliq @param {string} label @param {string[]} paths */
async function score(eliq, label, paths) {
  /** @type {CriticRun["quality"]} */
  const quality = new Map();
  /** @type {CriticRun["failures"]} */
  const failures = [];
  const progress = createProgress({ label, total: paths.length });
  let index = 0;
  for await (const result of eliq.stream(paths)) {
    const path = /** @type {string} */ (paths[index++]);
    if (result.ok) quality.set(path, result.score.raw.quality);
    else failures.push({ path, message: result.error.message });
    progress.update(index);
  }
  progress.finish();
  return { quality, failures };
}

/** @param {Eliq} eliq @param {string[]} paths @returns {Promise<Health>} */
async function inspect(eliq, paths) {
  const progress = createProgress({ label: "Looking at gates and queries", total: paths.length });
  /** @type {number[][]} Gates of each level over all tokens of all images. */
  const gates = [];
  let inside = 0;
  let cosine = 0;
  for (const [i, path] of paths.entries()) {
    const { levels, queries } = await eliq.explain(path);
    levels.forEach(({ gate }, level) => {
      gates[level] = [...(gates[level] ?? []), ...gate.values];
      inside += deviation(gate.values) / levels.length / paths.length;
    });
    const { vector } = await eliq.embed(path);
    cosine += meanPairwiseCosine(vector, queries.length) / paths.length;
    progress.update(i + 1);
  }
  progress.finish();
  const gateDeviation = gates.reduce((sum, level) => sum + deviation(level) / gates.length, 0);
  return { images: paths.length, gateDeviation, gateDeviationInside: inside, queryCosine: cosine };
}

/** @param {ArrayLike<number>} values */
export function deviation(values) {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
}

/** `vector` holds the outputs of `count` queries one after the other. @param {Float32Array} vector @param {number} count */
export function meanPairwiseCosine(vector, count) {
  const width = vector.length / count;
  const outputs = Array.from({ length: count }, (_, i) => vector.subarray(i * width, (i + 1) * width));
  const dot = (/** @type {Float32Array} */ a, /** @type {Float32Array} */ b) =>
    a.reduce((sum, value, i) => sum + value * /** @type {number} */ (b[i]), 0);
  let sum = 0;
  outputs.forEach((a, i) => {
    for (const b of outputs.slice(i + 1)) sum += dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  });
  return (2 * sum) / (count * (count - 1));
}
