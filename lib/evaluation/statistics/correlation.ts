/** Linear and rank correlation, and errors. */
import { at, checkPairs, ones, type Statistic, sum } from "./resample.js";
import { TieGroups } from "./ties.js";

/**
 * Pearson's correlation (PLCC).
 *
 * @param x any finite numbers. @param y as many.
 * @returns in [-1, 1], NaN when either is constant.
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearsonStatistic(x, y)(ones(x.length));
}

/** Spearman's rank correlation (SRCC), ties at their mean rank. @returns in [-1, 1], NaN when either is constant. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return spearmanStatistic(x, y)(ones(x.length));
}

/** Root mean squared error between numbers on the same scale. @returns at least 0, lower is better. */
export function rmse(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkPairs(x, y, 1);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (at(x, i) - at(y, i)) ** 2;
  return Math.sqrt(sum / x.length);
}

/** {@link pearson} as a {@link Statistic}. */
export function pearsonStatistic(x: ArrayLike<number>, y: ArrayLike<number>): Statistic {
  checkPairs(x, y, 2);
  const first = Float64Array.from(x);
  const second = Float64Array.from(y);
  return (counts) => weightedPearson(first, second, counts);
}

/** {@link spearman} as a {@link Statistic}. */
export function spearmanStatistic(x: ArrayLike<number>, y: ArrayLike<number>): Statistic {
  checkPairs(x, y, 2);
  const first = new TieGroups(x);
  const second = new TieGroups(y);
  const rankX = new Float64Array(x.length);
  const rankY = new Float64Array(x.length);
  return (counts) => {
    first.ranks(counts, rankX);
    second.ranks(counts, rankY);
    return weightedPearson(rankX, rankY, counts);
  };
}

/**
 * Spearman's partial rank correlation of x and y given z: Pearson's first-order partial correlation of the ranks (S. Kim, ppcor: an R
 * package for a fast calculation to semi-partial correlation coefficients, Communications for Statistical Applications and Methods
 * 22(6), 2015).
 *
 * @returns in [-1, 1]; NaN when a list is constant, or when the ranks of z leave nothing of those of x or y.
 */
export function partialSpearman(x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>): number {
  return partialSpearmanStatistic(x, y, z)(ones(x.length));
}

/** {@link partialSpearman} as a {@link Statistic}. */
export function partialSpearmanStatistic(x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>): Statistic {
  const xy = spearmanStatistic(x, y);
  const xz = spearmanStatistic(x, z);
  const yz = spearmanStatistic(y, z);
  return (counts) => {
    const [withOther, withX, withY] = [xy(counts), xz(counts), yz(counts)];
    const left = (1 - withX * withX) * (1 - withY * withY);
    // Less than the rounding of the correlations is nothing.
    return left > 1e-12 ? Math.max(-1, Math.min(1, (withOther - withX * withY) / Math.sqrt(left))) : Number.NaN;
  };
}

/** Share of the items whose x is above their y, a tie counting half, as a {@link Statistic} in [0, 1]. */
export function shareAboveStatistic(x: ArrayLike<number>, y: ArrayLike<number>): Statistic {
  checkPairs(x, y, 1);
  const wins = Float64Array.from(x, (value, i) => (Math.sign(value - at(y, i)) + 1) / 2);
  return (counts) => {
    let won = 0;
    for (let i = 0; i < counts.length; i++) won += at(counts, i) * at(wins, i);
    return won / sum(counts);
  };
}

/**
 * Pearson's correlation inside a resample. Two passes, so that values far from zero lose no digits; means are taken from the first
 * value on, so that a constant list deviates from its mean by exactly 0.
 */
export function weightedPearson(x: Float64Array, y: Float64Array, counts: Uint32Array): number {
  const first = Math.max(
    0,
    counts.findIndex((weight) => weight > 0),
  );
  const [originX, originY] = [at(x, first), at(y, first)];
  let total = 0;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < counts.length; i++) {
    const weight = at(counts, i);
    total += weight;
    meanX += weight * (at(x, i) - originX);
    meanY += weight * (at(y, i) - originY);
  }
  meanX = originX + meanX / total;
  meanY = originY + meanY / total;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < counts.length; i++) {
    const weight = at(counts, i);
    const dx = at(x, i) - meanX;
    const dy = at(y, i) - meanY;
    xx += weight * dx * dx;
    yy += weight * dy * dy;
    xy += weight * dx * dy;
  }
  return overGeometricMean(xy, xx, yy);
}

/** value / sqrt(a b) within [-1, 1]: exact when a = b = |value|, and without overflow. NaN when a or b is 0. */
export function overGeometricMean(value: number, a: number, b: number): number {
  return a > 0 && b > 0 ? Math.max(-1, Math.min(1, (value / a) * Math.sqrt(a / b))) : Number.NaN;
}
