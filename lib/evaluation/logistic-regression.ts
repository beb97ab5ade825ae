/**
 * Logistic curves from scores to opinions. PLCC and RMSE are taken after the 5-parameter one (H. R. Sheikh, M. F. Sabir, A. C. Bovik, A
 * statistical evaluation of recent full reference image quality assessment algorithms, IEEE Transactions on Image Processing 15(11),
 * 2006); the 4-parameter one (VQEG, Final report on the validation of objective models of video quality assessment, 2000) is monotone.
 */
import { EliqError } from "../errors.js";
import { type Curve, type LeastSquares, leastSquares, type StoppingRule } from "./logistic-least-squares.js";

/** b1 to b5 of {@link logistic5}. */
export type Parameters5 = readonly [number, number, number, number, number];

/** b1 to b4 of {@link logistic4}. */
export type Parameters4 = readonly [number, number, number, number];

/** A curve fitted to scores and opinions. */
export interface LogisticFit<Parameters extends Parameters4 | Parameters5> {
  /** For scores as they were given. */
  readonly parameters: Parameters;
  /** False: the search hit its limit of steps, and the parameters are where it stood. */
  readonly converged: boolean;
  /** Number of steps. */
  readonly iterations: number;
  /** Root mean squared error of the fitted curve, in units of the opinions. */
  readonly rmse: number;
}

/** How a fit is done. */
export interface LogisticOptions<Parameters extends Parameters4 | Parameters5> extends StoppingRule {
  /** How much each item counts, at least 0; default 1 each. */
  weights?: ArrayLike<number>;
  /** Parameters to start from; default the usual ones, stated at each function. */
  start?: Parameters;
}

const curve5: Curve = {
  size: 5,
  evaluate(parameters, x, gradient) {
    const b1 = parameters[0] as number;
    const b2 = parameters[1] as number;
    const distance = x - (parameters[2] as number);
    // 1/2 - 1 / (1 + exp(t)) = rise - 1/2, which does not overflow.
    const rise = 1 / (1 + Math.exp(-b2 * distance));
    const slope = b1 * rise * (1 - rise);
    gradient[0] = rise - 0.5;
    gradient[1] = slope * distance;
    gradient[2] = -slope * b2;
    gradient[3] = x;
    gradient[4] = 1;
    return b1 * (rise - 0.5) + (parameters[3] as number) * x + (parameters[4] as number);
  },
};

const curve4: Curve = {
  size: 4,
  evaluate(parameters, x, gradient) {
    const top = parameters[0] as number;
    const bottom = parameters[1] as number;
    const width = parameters[3] as number;
    const t = (x - (parameters[2] as number)) / Math.abs(width);
    const rise = 1 / (1 + Math.exp(-t));
    const slope = (top - bottom) * rise * (1 - rise);
    gradient[0] = rise;
    gradient[1] = 1 - rise;
    gradient[2] = -slope / Math.abs(width);
    // Far out on a step, 0 times infinity.
    gradient[3] = slope === 0 ? 0 : (-slope * t) / width;
    return bottom + (top - bottom) * rise;
  },
};

/** f(x) = b1 (1/2 - 1 / (1 + exp(b2 (x - b3)))) + b4 x + b5. Not monotone for every choice of parameters. */
export function logistic5([b1, b2, b3, b4, b5]: Parameters5, x: number): number {
  return b1 * (1 / (1 + Math.exp(-b2 * (x - b3))) - 0.5) + b4 * x + b5;
}

/** f(x) = b2 + (b1 - b2) / (1 + exp(-(x - b3) / |b4|)): rises from b2 to b1, or falls when b1 < b2. */
export function logistic4([b1, b2, b3, b4]: Parameters4, x: number): number {
  return b2 + (b1 - b2) / (1 + Math.exp(-(x - b3) / Math.abs(b4)));
}

/**
 * Least-squares fit of {@link logistic5}, from b1 = max y - min y, b2 = 1 / std x, b3 = mean x, b4 = 0, b5 = mean y. The standard
 * deviation is that of the population.
 *
 * @param x scores, finite, not all equal. @param y opinions, as many, at least 5.
 * @throws EliqError ERR_INVALID_ARGUMENT for lists that no curve can be fitted to.
 */
export function fitLogistic5(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: LogisticOptions<Parameters5> = {},
): LogisticFit<Parameters5> {
  const data = standardise(x, y, curve5.size, options.weights);
  const { mean, std } = data;
  // Of z = (x - mean) / std, for which the least-squares problem is well conditioned wherever x lies.
  const first = options.start ? inStandardUnits(options.start, mean, std) : [data.high - data.low, 1, 0, 0, data.meanY];
  const { parameters, ...found } = leastSquares(curve5, data.z, data.y, first, options.weights, options);
  const [c1, c2, c3, c4, c5] = parameters as unknown as Parameters5;
  return finish(data, [c1, c2 / std, mean + std * c3, c4 / std, c5 - (c4 * mean) / std], found);
}

/**
 * Least-squares fit of {@link logistic4}, from b1 = max y, b2 = min y, b3 = mean x, b4 = std x / 4. The curve rises where scores and
 * opinions do; callers that need a rising one check b1 > b2.
 *
 * @param x scores, finite, not all equal. @param y opinions, as many, at least 4.
 * @throws EliqError ERR_INVALID_ARGUMENT for lists that no curve can be fitted to.
 */
export function fitLogistic4(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: LogisticOptions<Parameters4> = {},
): LogisticFit<Parameters4> {
  const data = standardise(x, y, curve4.size, options.weights);
  const { mean, std } = data;
  const [b1, b2, b3, b4] = options.start ?? [data.high, data.low, mean, std / 4];
  const start = [b1, b2, (b3 - mean) / std, b4 / std];
  const { parameters, ...found } = leastSquares(curve4, data.z, data.y, start, options.weights, options);
  const [c1, c2, c3, c4] = parameters as unknown as Parameters4;
  return finish(data, [c1, c2, mean + std * c3, Math.abs(std * c4)], found);
}

function inStandardUnits([b1, b2, b3, b4, b5]: Parameters5, mean: number, std: number): number[] {
  return [b1, b2 * std, (b3 - mean) / std, b4 * std, b5 + b4 * mean];
}

interface StandardData {
  z: Float64Array;
  y: Float64Array;
  mean: number;
  std: number;
  low: number;
  high: number;
  meanY: number;
  total: number;
}

/** Scores at mean 0 and deviation 1, and what the start values are made of. Items of weight 0 have no say. */
function standardise(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  least: number,
  weights: ArrayLike<number> | undefined,
): StandardData {
  if (x.length !== y.length || (weights && weights.length !== x.length) || x.length < least) {
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `A logistic curve needs as many scores as opinions, at least ${least}; got ${x.length} and ${y.length}.`,
    );
  }
  const weight = (i: number) => (weights ? (weights[i] as number) : 1);
  let total = 0;
  let sumX = 0;
  let sumY = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    if (weight(i) === 0) continue;
    total += weight(i);
    sumX += weight(i) * (x[i] as number);
    sumY += weight(i) * (y[i] as number);
    low = Math.min(low, y[i] as number);
    high = Math.max(high, y[i] as number);
  }
  const mean = sumX / total;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += weight(i) * ((x[i] as number) - mean) ** 2;
  const std = Math.sqrt(squares / total);
  if (!(std > 0 && std < Number.POSITIVE_INFINITY) || !Number.isFinite(sumY)) {
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      "A logistic curve needs finite scores that are not all equal, and finite opinions.",
    );
  }
  const z = Float64Array.from(x, (value) => (value - mean) / std);
  return { z, y: Float64Array.from(y), mean, std, low, high, meanY: sumY / total, total };
}

function finish<Parameters extends Parameters4 | Parameters5>(
  { total }: StandardData,
  parameters: Parameters,
  { converged, iterations, sumOfSquares }: Omit<LeastSquares, "parameters">,
): LogisticFit<Parameters> {
  return { parameters, converged, iterations, rmse: Math.sqrt(sumOfSquares / total) };
}
