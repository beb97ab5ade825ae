/**
 * Agreement between predictions and opinions, and bootstrap intervals for it.
 *
 * Every coefficient is written as a function of a resample (how often each item occurs), so that the value itself, its interval
 * and the interval of a difference come from one piece of code, and a resample costs no sorting.
 */
import { EliqError } from "../errors.js";
import { Random } from "../pairs/random.js";

/** A statistic of the resample in which item i occurs `counts[i]` times; NaN where it is undefined (one value only). */
export type Statistic = (counts: Uint32Array) => number;

/** A value with its percentile bootstrap interval. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** How a bootstrap draws. */
export interface BootstrapOptions {
  /** Number of resamples; default 2,000. */
  resamples?: number;
  /** Coverage of the interval; default .95. */
  level?: number;
  /** The same seed draws the same resamples; default 1. */
  seed?: number;
  /** Cluster of each item: whole clusters are drawn (for images that share a prompt). Default: every item by itself. */
  groups?: readonly string[];
}

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

/** Kendall's rank correlation (KRCC), tau-b. @returns in [-1, 1], NaN when either is constant. */
export function kendall(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return kendallStatistic(x, y)(ones(x.length));
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

/** {@link kendall} as a {@link Statistic}. */
export function kendallStatistic(x: ArrayLike<number>, y: ArrayLike<number>): Statistic {
  checkPairs(x, y, 2);
  const groupX = new TieGroups(x);
  const groupY = new TieGroups(y);
  // By x, and by y among equal x: then an item never meets an earlier one of its own x with a greater y.
  const order = Uint32Array.from(x, (_, i) => i).sort(
    (a, b) => at(groupX.of, a) - at(groupX.of, b) || at(groupY.of, a) - at(groupY.of, b),
  );
  const seen = new Float64Array(groupY.size + 1);
  return (counts) => {
    const total = sum(counts);
    const pairs = (total * (total - 1)) / 2;
    const tiedX = groupX.tiedPairs(counts);
    const tiedY = groupY.tiedPairs(counts);
    const tiedBoth = jointTiedPairs(order, groupX.of, groupY.of, counts);
    const discordant = countDiscordant(order, groupY.of, counts, seen);
    const excess = pairs - tiedX - tiedY + tiedBoth - 2 * discordant;
    return overGeometricMean(excess, pairs - tiedX, pairs - tiedY);
  };
}

/** a - b on the same resample: what a paired bootstrap is made of. */
export function difference(a: Statistic, b: Statistic): Statistic {
  return (counts) => a(counts) - b(counts);
}

/**
 * Percentile bootstrap (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13). Resamples on which the statistic is
 * undefined are left out.
 *
 * @param statistic for instance {@link spearmanStatistic}, or the {@link difference} of two.
 * @param count number of items that the statistic was made of.
 */
export function bootstrap(statistic: Statistic, count: number, options: BootstrapOptions = {}): Interval {
  const { resamples = 2000, level = 0.95, seed = 1, groups } = options;
  if (!Number.isInteger(resamples) || resamples < 1 || !(level > 0 && level < 1)) {
    throw new EliqError("ERR_INVALID_ARGUMENT", "A bootstrap needs at least 1 resample and a level between 0 and 1.");
  }
  const clusters = clusterMembers(count, groups);
  const random = new Random(seed, "bootstrap", count);
  const counts = new Uint32Array(count);
  const drawn: number[] = [];
  for (let i = 0; i < resamples; i++) {
    counts.fill(0);
    for (let k = 0; k < clusters.length; k++) {
      for (const item of random.pick(clusters)) counts[item] = at(counts, item) + 1;
    }
    const value = statistic(counts);
    if (Number.isFinite(value)) drawn.push(value);
  }
  const sorted = Float64Array.from(drawn).sort();
  return {
    value: statistic(ones(count)),
    low: quantile(sorted, (1 - level) / 2),
    high: quantile(sorted, (1 + level) / 2),
  };
}

/** A mean over groups of a coefficient inside each. */
export interface GroupMean {
  /** NaN when no group qualifies. */
  mean: number;
  /** Coefficient of each group that qualifies. */
  groups: Map<string, number>;
}

/**
 * Mean of `coefficient` within groups, each group counting once: agreement that no difference between groups can feign.
 *
 * @param smallest groups with fewer items, or in which the coefficient is undefined, are left out; default 3.
 */
export function meanWithin(
  coefficient: (x: ArrayLike<number>, y: ArrayLike<number>) => number,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  groups: readonly string[],
  smallest = 3,
): GroupMean {
  checkPairs(x, y, 1);
  const found = new Map<string, number>();
  for (const items of clusterMembers(x.length, groups)) {
    if (items.length < smallest) continue;
    const value = coefficient(
      items.map((i) => at(x, i)),
      items.map((i) => at(y, i)),
    );
    if (Number.isFinite(value)) found.set(groups[items[0] as number] as string, value);
  }
  let total = 0;
  for (const value of found.values()) total += value;
  return { mean: found.size > 0 ? total / found.size : Number.NaN, groups: found };
}

/** The values of a list, sorted once, in groups of equal ones. */
class TieGroups {
  /** Group of each item; groups are numbered in ascending order of value. */
  readonly of: Uint32Array;
  readonly size: number;
  private readonly weight: Float64Array;

  constructor(values: ArrayLike<number>) {
    const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => at(values, a) - at(values, b));
    this.of = new Uint32Array(values.length);
    let group = 0;
    for (let i = 0; i < order.length; i++) {
      if (i > 0 && at(values, at(order, i)) !== at(values, at(order, i - 1))) group++;
      this.of[at(order, i)] = group;
    }
    this.size = group + 1;
    this.weight = new Float64Array(this.size);
  }

  /** Mean rank (from 1) of each item inside the resample; items that do not occur get one that nobody reads. */
  ranks(counts: Uint32Array, into: Float64Array): void {
    this.fillWeights(counts);
    let below = 0;
    for (let g = 0; g < this.size; g++) {
      const weight = at(this.weight, g);
      this.weight[g] = below + (weight + 1) / 2;
      below += weight;
    }
    for (let i = 0; i < counts.length; i++) into[i] = at(this.weight, at(this.of, i));
  }

  tiedPairs(counts: Uint32Array): number {
    this.fillWeights(counts);
    let pairs = 0;
    for (let g = 0; g < this.size; g++) pairs += (at(this.weight, g) * (at(this.weight, g) - 1)) / 2;
    return pairs;
  }

  private fillWeights(counts: Uint32Array): void {
    this.weight.fill(0);
    for (let i = 0; i < counts.length; i++) {
      const group = at(this.of, i);
      this.weight[group] = at(this.weight, group) + at(counts, i);
    }
  }
}

/** Two passes, so that values far from zero lose no digits. */
function weightedPearson(x: Float64Array, y: Float64Array, counts: Uint32Array): number {
  let total = 0;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < counts.length; i++) {
    const weight = at(counts, i);
    total += weight;
    meanX += weight * at(x, i);
    meanY += weight * at(y, i);
  }
  meanX /= total;
  meanY /= total;
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
function overGeometricMean(value: number, a: number, b: number): number {
  return a > 0 && b > 0 ? Math.max(-1, Math.min(1, (value / a) * Math.sqrt(a / b))) : Number.NaN;
}

/** Pairs equal in both, for items in an order that puts them side by side. */
function jointTiedPairs(order: Uint32Array, x: Uint32Array, y: Uint32Array, counts: Uint32Array): number {
  let pairs = 0;
  let run = 0;
  for (let i = 0; i < order.length; i++) {
    const item = at(order, i);
    const before = i > 0 ? at(order, i - 1) : item;
    if (at(x, item) !== at(x, before) || at(y, item) !== at(y, before)) run = 0;
    const weight = at(counts, item);
    pairs += weight * run + (weight * (weight - 1)) / 2;
    run += weight;
  }
  return pairs;
}

/** Pairs in which the later item of `order` has the smaller y, by a Fenwick tree over y (`seen`, overwritten). */
function countDiscordant(order: Uint32Array, y: Uint32Array, counts: Uint32Array, seen: Float64Array): number {
  seen.fill(0);
  let earlier = 0;
  let discordant = 0;
  for (let i = 0; i < order.length; i++) {
    const item = at(order, i);
    const weight = at(counts, item);
    if (weight === 0) continue;
    const place = at(y, item) + 1;
    let notAbove = 0;
    for (let k = place; k > 0; k -= k & -k) notAbove += at(seen, k);
    discordant += weight * (earlier - notAbove);
    for (let k = place; k < seen.length; k += k & -k) seen[k] = at(seen, k) + weight;
    earlier += weight;
  }
  return discordant;
}

function clusterMembers(count: number, groups: readonly string[] | undefined): number[][] {
  if (!groups) return Array.from({ length: count }, (_, i) => [i]);
  if (groups.length !== count) {
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `There are ${groups.length} group names for ${count} items; give one each.`,
    );
  }
  const members = new Map<string, number[]>();
  groups.forEach((group, i) => {
    const list = members.get(group);
    if (list) list.push(i);
    else members.set(group, [i]);
  });
  return [...members.values()];
}

/** Linear interpolation between order statistics; NaN of nothing. */
function quantile(sorted: Float64Array, probability: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = at(sorted, below);
  return low + (position - below) * (at(sorted, Math.min(below + 1, sorted.length - 1)) - low);
}

function checkPairs(x: ArrayLike<number>, y: ArrayLike<number>, smallest: number): void {
  if (x.length !== y.length || x.length < smallest) {
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `Two lists of the same length, at least ${smallest}, are needed; got ${x.length} and ${y.length} numbers.`,
    );
  }
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i]) || !Number.isFinite(y[i])) {
      throw new EliqError(
        "ERR_INVALID_ARGUMENT",
        `Item ${i} is not a finite number in both lists; leave such items out.`,
      );
    }
  }
}

function ones(count: number): Uint32Array {
  return new Uint32Array(count).fill(1);
}

function sum(counts: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += at(counts, i);
  return total;
}

/** An element known to exist. */
function at(values: ArrayLike<number>, i: number): number {
  return values[i] as number;
}
