// @ts-check

/**
 * A pair, for the probe.
 *
 * @typedef {object} ProbePair
 * @property {readonly number[]} difference features of the better side minus those of the worse
 * @property {number} group pairs of one group are in one fold
 *
 * @typedef {{ right: number, pairs: number, share: number, low: number, high: number }} ProbeResult
 *   `right` counts a tie as half; `low` and `high` bound the share with 95 % (Wilson)
 */

const FOLDS = 5;
const RIDGE = 1;
const NEWTON_STEPS = 25;

/**
 * How many held-out pairs a linear model orders rightly that sees nothing but differences of features: logistic regression without
 * intercept, so that which side comes first cannot matter (swapping the sides of a pair leaves likelihood and verdict as they are).
 *
 * @param {readonly ProbePair[]} pairs @returns {ProbeResult}
 */
export function probe(pairs) {
  let right = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const heldOut = pairs.filter(({ group }) => group % FOLDS === fold);
    const learnt = pairs.filter(({ group }) => group % FOLDS !== fold);
    if (heldOut.length === 0 || learnt.length === 0) continue;
    const weights = fitLogistic(learnt.map(({ difference }) => difference));
    for (const { difference } of heldOut) right += (Math.sign(dot(weights, difference)) + 1) / 2;
  }
  return { right, pairs: pairs.length, share: right / pairs.length, ...wilson(right, pairs.length) };
}

/**
 * Weights w of P(better first) = 1 / (1 + exp(-w . d)) for the unscaled differences, found by Newton's method with a ridge on the
 * weights of differences scaled to a root mean square of 1. They are not centred: a shift of the mean is what is looked for.
 *
 * @param {readonly (readonly number[])[]} differences
 */
export function fitLogistic(differences) {
  const size = differences[0]?.length ?? 0;
  const scale = Array.from({ length: size }, (_, f) => rootMeanSquare(differences, f));
  const scaled = differences.map((difference) => difference.map((value, f) => value / Number(scale[f])));
  let weights = new Array(size).fill(0);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const change = solve(...newtonSystem(scaled, weights));
    weights = weights.map((weight, f) => weight - Number(change[f]));
    if (Math.max(...change.map(Math.abs)) < 1e-9) break;
  }
  return weights.map((weight, f) => weight / Number(scale[f]));
}

/** Hessian and gradient of the penalised loss. @param {number[][]} rows @param {number[]} weights @returns {[number[][], number[]]} */
function newtonSystem(rows, weights) {
  const hessian = weights.map((_, i) => weights.map((_, j) => (i === j ? RIDGE : 0)));
  const gradient = weights.map((weight) => RIDGE * weight);
  for (const row of rows) {
    const wrong = 1 / (1 + Math.exp(dot(weights, row)));
    for (const [i, value] of row.entries()) {
      gradient[i] = Number(gradient[i]) - wrong * value;
      const line = /** @type {number[]} */ (hessian[i]);
      for (const [j, other] of row.entries()) line[j] = Number(line[j]) + wrong * (1 - wrong) * value * other;
    }
  }
  return [hessian, gradient];
}

/** Gaussian elimination; the ridge makes every pivot positive. @param {number[][]} matrix @param {number[]} right */
function solve(matrix, right) {
  const rows = matrix.map((row, i) => [...row, Number(right[i])]);
  for (const [i, pivotRow] of rows.entries())
    for (const [j, row] of rows.entries()) {
      if (i === j) continue;
      const factor = Number(row[i]) / Number(pivotRow[i]);
      for (let column = i; column < row.length; column++)
        row[column] = Number(row[column]) - factor * Number(pivotRow[column]);
    }
  return rows.map((row, i) => Number(row.at(-1)) / Number(row[i]));
}

/** 1 for a feature that never differs, which then has no say. @param {readonly (readonly number[])[]} rows @param {number} feature */
function rootMeanSquare(rows, feature) {
  const sum = rows.reduce((total, row) => total + Number(row[feature]) ** 2, 0);
  return Math.sqrt(sum / rows.length) || 1;
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function dot(a, b) {
  return a.reduce((sum, value, i) => sum + value * Number(b[i]), 0);
}

/**
 * Wilson's 95 % interval for a share (Journal of the American Statistical Association 22(158), 1927).
 *
 * @param {number} right @param {number} count
 */
export function wilson(right, count) {
  const z = 1.959964;
  const share = right / count;
  const centre = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count);
  const half = (z / (1 + z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  return { low: centre - half, high: centre + half };
}
