/**
 * Nonlinear least squares for curves with a handful of parameters: Levenberg-Marquardt as a trust region (J. J. Moré, The
 * Levenberg-Marquardt algorithm: implementation and theory, Lecture Notes in Mathematics 630, 1978), which is also what MINPACK and so
 * scipy's curve_fit follow. The published figures of the field come from there or from MATLAB's nlinfit, and which of several local
 * optima a fit ends in depends on the path. ml-levenberg-marquardt was tried and is not used: it accepts steps that raise the error, has
 * no test of convergence, and so missed scipy's PLCC by more than 1e-4 on four of the twelve stored vectors of its test.
 */
import { symmetricEigen } from "./symmetric-matrix.js";

/** A curve y = f(x; parameters). */
export interface Curve {
  /** Number of parameters. */
  readonly size: number;
  /** @returns f(x); writes the derivative by each parameter into `gradient`. */
  evaluate(parameters: Float64Array, x: number, gradient: Float64Array): number;
}

/** Where a fit ended. */
export interface LeastSquares {
  parameters: Float64Array;
  /** False: the limit of steps was reached, or the sum of squares is not finite. */
  converged: boolean;
  /** Number of steps tried. */
  iterations: number;
  /** Weighted sum of squared residuals. */
  sumOfSquares: number;
}

/** When a search ends. */
export interface StoppingRule {
  /** Converged: a step lowers the sum of squares, or moves the parameters, by no more than this share. Default 1e-8. */
  tolerance?: number;
  /** After so many steps the search gives up; default 1,000. */
  mostSteps?: number;
}

/** Radius of the first trust region in scaled lengths of the start: MINPACK's factor. */
const FIRST_RADIUS = 100;

/**
 * Minimises the sum over i of weights[i] (y[i] - f(x[i]))^2.
 *
 * @param weights at least 0, for instance how often a resample holds each item; undefined: 1 each.
 */
export function leastSquares(
  curve: Curve,
  x: Float64Array,
  y: Float64Array,
  start: ArrayLike<number>,
  weights?: ArrayLike<number>,
  { tolerance = 1e-8, mostSteps = 1000 }: StoppingRule = {},
): LeastSquares {
  const data = occurring(x, y, weights);
  let parameters: Float64Array = Float64Array.from(start);
  let system = new NormalEquations(curve.size).fill(curve, data, parameters);
  let trial = new NormalEquations(curve.size);
  const scale = Float64Array.from(system.columnNorms(), (norm) => norm || 1);
  let radius = FIRST_RADIUS * (scaledNorm(parameters, scale) || 1);
  for (let iterations = 1; iterations <= mostSteps; iterations++) {
    if (!Number.isFinite(system.error)) return { parameters, converged: false, iterations, sumOfSquares: system.error };
    const step = trustedStep(system, scale, radius);
    if (iterations === 1) radius = Math.min(radius, step.length);
    const next = parameters.map((value, i) => value + (step.change[i] as number));
    trial.fill(curve, data, next);
    const actual = trial.isFinite() ? (system.error - trial.error) / system.error : Number.NEGATIVE_INFINITY;
    const predicted = step.decrease / system.error;
    const ratio = predicted > 0 ? actual / predicted : 0;
    radius = nextRadius(radius, ratio, step);
    const settled = Math.abs(actual) <= tolerance && predicted <= tolerance && ratio <= 2;
    if (ratio >= 1e-4) {
      parameters = next;
      [system, trial] = [trial, system];
      system.columnNorms().forEach((norm, i) => {
        scale[i] = Math.max(scale[i] as number, norm);
      });
    }
    const done = settled || system.error === 0 || radius <= tolerance * scaledNorm(parameters, scale);
    if (done) return { parameters, converged: true, iterations, sumOfSquares: system.error };
  }
  return { parameters, converged: false, iterations: mostSteps, sumOfSquares: system.error };
}

interface Data {
  x: Float64Array;
  y: Float64Array;
  weights: Float64Array;
}

/** The items of positive weight: of a resample about two thirds. */
function occurring(x: Float64Array, y: Float64Array, weights: ArrayLike<number> | undefined): Data {
  if (!weights) return { x, y, weights: new Float64Array(x.length).fill(1) };
  const kept = (values: ArrayLike<number>) => Float64Array.from(values).filter((_, i) => (weights[i] as number) > 0);
  return { x: kept(x), y: kept(y), weights: kept(weights) };
}

/** J^T W J, J^T W r and the sum of squares at some parameters. */
class NormalEquations {
  /** Row-major. */
  readonly matrix: Float64Array;
  readonly right: Float64Array;
  error = 0;
  private readonly gradient: Float64Array;

  constructor(readonly size: number) {
    this.matrix = new Float64Array(size ** 2);
    this.right = new Float64Array(size);
    this.gradient = new Float64Array(size);
  }

  fill(curve: Curve, { x, y, weights }: Data, parameters: Float64Array): this {
    const { size, matrix, right, gradient } = this;
    matrix.fill(0);
    right.fill(0);
    let error = 0;
    for (let i = 0; i < x.length; i++) {
      const weight = weights[i] as number;
      const residual = (y[i] as number) - curve.evaluate(parameters, x[i] as number, gradient);
      error += weight * residual * residual;
      for (let a = 0; a < size; a++) {
        const weighted = weight * (gradient[a] as number);
        right[a] = (right[a] as number) + weighted * residual;
        for (let b = 0; b <= a; b++) {
          matrix[a * size + b] = (matrix[a * size + b] as number) + weighted * (gradient[b] as number);
        }
      }
    }
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < a; b++) matrix[b * size + a] = matrix[a * size + b] as number;
    }
    this.error = error;
    return this;
  }

  /** Steps far out can overflow, in the curve or in its derivatives. */
  isFinite(): boolean {
    return Number.isFinite(this.error) && this.matrix.every(Number.isFinite) && this.right.every(Number.isFinite);
  }

  columnNorms(): Float64Array {
    return Float64Array.from({ length: this.size }, (_, i) => Math.sqrt(this.matrix[i * this.size + i] as number));
  }
}

interface Step {
  change: Float64Array;
  /** Scaled length. */
  length: number;
  /** What the linear model says the sum of squares falls by. */
  decrease: number;
  /** Whether the trust region was reached. */
  bounded: boolean;
}

/** The step that minimises the linear model within a scaled radius; a tenth more or less will do. */
function trustedStep(system: NormalEquations, scale: Float64Array, radius: number): Step {
  const { size } = system;
  const scaled = system.matrix.map(
    (value, i) => value / ((scale[Math.floor(i / size)] as number) * (scale[i % size] as number)),
  );
  const { values, vectors } = symmetricEigen(scaled, size);
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const floor = size * Number.EPSILON * largest;
  // The right side along each eigenvector; a direction that the data say nothing about is not moved along.
  const along = values.map((value, k) => {
    if (value <= floor) return 0;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      sum += ((vectors[k * size + i] as number) * (system.right[i] as number)) / (scale[i] as number);
    }
    return sum;
  });
  const damping = solveDamping(values, along, floor, radius);
  const change = new Float64Array(size);
  let squared = 0;
  let decrease = 0;
  for (let k = 0; k < size; k++) {
    const value = values[k] as number;
    if (value <= floor) continue;
    const amount = (along[k] as number) / (value + damping);
    squared += amount * amount;
    decrease += amount * (2 * (along[k] as number) - value * amount);
    for (let i = 0; i < size; i++) {
      change[i] = (change[i] as number) + (amount * (vectors[k * size + i] as number)) / (scale[i] as number);
    }
  }
  return { change, length: Math.sqrt(squared), decrease, bounded: damping > 0 };
}

/** 0 when the undamped step lies within the radius; otherwise Newton's method on 1 / length, which is nearly linear in the damping. */
function solveDamping(values: Float64Array, along: Float64Array, floor: number, radius: number): number {
  let damping = 0;
  for (let i = 0; i < 30; i++) {
    let squared = 0;
    let slope = 0;
    for (let k = 0; k < values.length; k++) {
      const value = values[k] as number;
      if (value <= floor) continue;
      const amount = (along[k] as number) / (value + damping);
      squared += amount * amount;
      slope += (amount * amount) / (value + damping);
    }
    const length = Math.sqrt(squared);
    if (length <= 1.1 * radius && (damping === 0 || length >= 0.9 * radius)) break;
    damping = Math.max(0, damping + ((length - radius) / radius) * (squared / slope));
  }
  return damping;
}

function nextRadius(radius: number, ratio: number, { length, bounded }: Step): number {
  if (ratio <= 0.25) return Math.min(radius, 10 * length) * (ratio >= 0 ? 0.5 : 0.1);
  return ratio >= 0.75 || !bounded ? 2 * length : radius;
}

function scaledNorm(parameters: Float64Array, scale: Float64Array): number {
  return Math.sqrt(parameters.reduce((sum, value, i) => sum + (value * (scale[i] as number)) ** 2, 0));
}
