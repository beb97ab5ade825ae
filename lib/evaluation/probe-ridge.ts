/** Ridge regression whose penalty is chosen inside the training items, group by group. */
import type { Pauses } from "./pause.js";

/** Row-major, rows x dimension. */
export interface Features {
  readonly data: Float32Array;
  readonly dimension: number;
}

/** A linear model of the features as they were given. */
export interface Ridge {
  readonly weights: Float64Array;
  readonly intercept: number;
  /** The penalty divided by the number of training items, for features of deviation 1. */
  readonly lambda: number;
}

/** Penalties that are tried: half a decade apart. */
const lambdas: readonly number[] = Array.from({ length: 13 }, (_, i) => 10 ** (i / 2 - 4));

/**
 * Fits sum (y - w z - c)^2 / n + lambda |w|^2 on standardised features z, with the lambda of {@link lambdas} that predicts left-out
 * folds best (mean squared error over all of them). Features are standardised anew for each fold, so that a left-out item has no say.
 *
 * @param rows training items. @param folds fold of each training item, from 0. @param pauses asked about every few milliseconds.
 */
export async function fitRidge(
  features: Features,
  targets: Float64Array,
  rows: readonly number[],
  folds: Uint32Array,
  pauses: Pauses,
): Promise<Ridge> {
  const frame = standardFrame(features, targets, rows);
  const count = folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
  const parts: Moments[] = [];
  for (let fold = 0; fold < count; fold++) {
    parts.push(
      await momentsOf(
        frame,
        [...rows.keys()].filter((i) => folds[i] === fold),
        pauses,
      ),
    );
  }
  const all = parts.reduce((sum, part) => sum.plus(part, 1), new Moments(features.dimension));
  const errors = new Float64Array(lambdas.length);
  for (const [fold, part] of parts.entries()) {
    const normal = new NormalEquations(all.plus(part, -1));
    const leftOut = [...rows.keys()].filter((i) => folds[i] === fold);
    for (const [k, lambda] of lambdas.entries()) {
      errors[k] = (errors[k] as number) + squaredError(frame, leftOut, normal.solve(lambda));
      if (pauses.due()) await pauses.take();
    }
  }
  const best = errors.indexOf(Math.min(...errors));
  const lambda = lambdas[best] as number;
  return frame.inOwnUnits(new NormalEquations(all).solve(lambda), lambda);
}

/** What the model says of the rows given. */
export function predictRidge({ weights, intercept }: Ridge, features: Features, rows: readonly number[]): Float64Array {
  const { data, dimension } = features;
  return Float64Array.from(rows, (row) => {
    let sum = intercept;
    for (let j = 0; j < dimension; j++) sum += (weights[j] as number) * (data[row * dimension + j] as number);
    return sum;
  });
}

interface Linear {
  weights: Float64Array;
  intercept: number;
}

/** Training items with features at mean 0 and deviation 1 over all of them, so that sums of squares lose no digits. */
interface Frame {
  z: Float64Array;
  y: Float64Array;
  dimension: number;
  inOwnUnits(model: Linear, lambda: number): Ridge;
}

function standardFrame({ data, dimension }: Features, targets: Float64Array, rows: readonly number[]): Frame {
  const mean = new Float64Array(dimension);
  const deviation = new Float64Array(dimension);
  for (const row of rows) {
    for (let j = 0; j < dimension; j++)
      mean[j] = (mean[j] as number) + (data[row * dimension + j] as number) / rows.length;
  }
  for (const row of rows) {
    for (let j = 0; j < dimension; j++) {
      const off = (data[row * dimension + j] as number) - (mean[j] as number);
      deviation[j] = (deviation[j] as number) + (off * off) / rows.length;
    }
  }
  // A feature that never differs says nothing; 1 keeps it at 0.
  for (let j = 0; j < dimension; j++) deviation[j] = Math.sqrt(deviation[j] as number) || 1;
  const z = new Float64Array(rows.length * dimension);
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < dimension; j++) {
      z[i * dimension + j] = ((data[row * dimension + j] as number) - (mean[j] as number)) / (deviation[j] as number);
    }
  }
  return {
    z,
    y: Float64Array.from(rows, (row) => targets[row] as number),
    dimension,
    inOwnUnits({ weights, intercept }, lambda) {
      const own = weights.map((weight, j) => weight / (deviation[j] as number));
      return {
        weights: own,
        intercept: intercept - own.reduce((sum, w, j) => sum + w * (mean[j] as number), 0),
        lambda,
      };
    },
  };
}

/** Sums over items of 1, z, y, zz' (lower triangle) and zy: all that least squares needs; sums of parts add up. */
class Moments {
  count = 0;
  sumY = 0;
  readonly sumZ: Float64Array;
  readonly zz: Float64Array;
  readonly zy: Float64Array;

  constructor(readonly dimension: number) {
    this.sumZ = new Float64Array(dimension);
    this.zz = new Float64Array(dimension * dimension);
    this.zy = new Float64Array(dimension);
  }

  plus(other: Moments, sign: 1 | -1): Moments {
    const sum = new Moments(this.dimension);
    sum.count = this.count + sign * other.count;
    sum.sumY = this.sumY + sign * other.sumY;
    for (const key of ["sumZ", "zz", "zy"] as const) {
      for (let i = 0; i < sum[key].length; i++)
        sum[key][i] = (this[key][i] as number) + sign * (other[key][i] as number);
    }
    return sum;
  }
}

async function momentsOf({ z, y, dimension }: Frame, items: readonly number[], pauses: Pauses): Promise<Moments> {
  const moments = new Moments(dimension);
  const { sumZ, zz, zy } = moments;
  for (const item of items) {
    const row = z.subarray(item * dimension, (item + 1) * dimension);
    const target = y[item] as number;
    moments.count++;
    moments.sumY += target;
    for (let a = 0; a < dimension; a++) {
      const value = row[a] as number;
      sumZ[a] = (sumZ[a] as number) + value;
      zy[a] = (zy[a] as number) + value * target;
      const line = a * dimension;
      for (let b = 0; b <= a; b++) zz[line + b] = (zz[line + b] as number) + value * (row[b] as number);
    }
    if (pauses.due()) await pauses.take();
  }
  return moments;
}

/** Ridge of some moments, for any penalty: features standardised on the moments' own items, target centred. */
class NormalEquations {
  private readonly size: number;
  private readonly mean: Float64Array;
  private readonly deviation: Float64Array;
  private readonly meanY: number;
  /** Correlations of the features, lower triangle, row-major. */
  private readonly matrix: Float64Array;
  private readonly right: Float64Array;

  constructor({ dimension: d, count, sumY, sumZ, zz, zy }: Moments) {
    this.size = d;
    this.mean = sumZ.map((sum) => sum / count);
    this.meanY = sumY / count;
    this.deviation = this.mean.map((mean, j) => {
      const variance = (zz[j * d + j] as number) / count - mean * mean;
      // Less than the rounding of the sums: constant on these items.
      return variance > 1e-12 ? Math.sqrt(variance) : 1;
    });
    this.matrix = new Float64Array(d * d);
    this.right = new Float64Array(d);
    for (let a = 0; a < d; a++) {
      const [meanA, deviationA] = [this.mean[a] as number, this.deviation[a] as number];
      this.right[a] = ((zy[a] as number) / count - meanA * this.meanY) / deviationA;
      for (let b = 0; b <= a; b++) {
        const covariance = (zz[a * d + b] as number) / count - meanA * (this.mean[b] as number);
        this.matrix[a * d + b] = covariance / (deviationA * (this.deviation[b] as number));
      }
    }
  }

  /** By Cholesky factors, for items as they lie in the frame. */
  solve(lambda: number): Linear {
    const { size, mean, deviation } = this;
    const factor = Float64Array.from(this.matrix);
    for (let i = 0; i < size; i++) factor[i * size + i] = (factor[i * size + i] as number) + lambda;
    factorise(factor, size);
    const weights = solveFactored(factor, this.right, size).map((weight, j) => weight / (deviation[j] as number));
    return { weights, intercept: this.meanY - weights.reduce((sum, w, j) => sum + w * (mean[j] as number), 0) };
  }
}

/** Lower Cholesky factor in place, row by row (Golub & Van Loan, Matrix Computations, 4th ed., section 4.2). */
function factorise(a: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = (a[i * size + j] as number) - dot(a, i * size, j * size, j);
      a[i * size + j] = i === j ? Math.sqrt(sum) : sum / (a[j * size + j] as number);
    }
  }
}

/** Of two stretches of one list. Four sums at a time, which do not wait for one another: nearly all of a probe's time is spent here. */
function dot(values: Float64Array, first: number, second: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const even = length - (length % 4);
  for (let k = 0; k < even; k += 4) {
    s0 += (values[first + k] as number) * (values[second + k] as number);
    s1 += (values[first + k + 1] as number) * (values[second + k + 1] as number);
    s2 += (values[first + k + 2] as number) * (values[second + k + 2] as number);
    s3 += (values[first + k + 3] as number) * (values[second + k + 3] as number);
  }
  for (let k = even; k < length; k++) s0 += (values[first + k] as number) * (values[second + k] as number);
  return s0 + s1 + (s2 + s3);
}

function solveFactored(factor: Float64Array, right: Float64Array, size: number): Float64Array {
  const solution = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    let sum = solution[i] as number;
    for (let k = 0; k < i; k++) sum -= (factor[i * size + k] as number) * (solution[k] as number);
    solution[i] = sum / (factor[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = solution[i] as number;
    for (let k = i + 1; k < size; k++) sum -= (factor[k * size + i] as number) * (solution[k] as number);
    solution[i] = sum / (factor[i * size + i] as number);
  }
  return solution;
}

function squaredError({ z, y, dimension }: Frame, items: readonly number[], { weights, intercept }: Linear): number {
  let total = 0;
  for (const item of items) {
    let predicted = intercept;
    for (let j = 0; j < dimension; j++) predicted += (weights[j] as number) * (z[item * dimension + j] as number);
    total += (predicted - (y[item] as number)) ** 2;
  }
  return total;
}
