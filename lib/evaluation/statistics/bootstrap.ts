/** Percentile bootstrap intervals, of items or of whole clusters. */
import { EliqError } from "../../errors.js";
import { Random } from "../../pairs/random.js";
import { quantile } from "./quantile.js";
import { at, ones, type Statistic } from "./resample.js";

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
 * Percentile bootstrap (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13). Resamples on which the statistic is
 * undefined are left out.
 *
 * @param statistic for instance the SRCC as a statistic, or the difference of two.
 * @param count number of items that the statistic was made of.
 * @throws EliqError ERR_INVALID_ARGUMENT.
 */
export function bootstrap(statistic: Statistic, count: number, options: BootstrapOptions = {}): Interval {
  const drawn: number[] = [];
  for (const counts of resamples(count, options)) drawn.push(statistic(counts));
  return percentileInterval(statistic(ones(count)), drawn, options.level);
}

/**
 * The resamples of a bootstrap, one after another, so that many statistics can see the same ones and a caller can pause between them.
 * Each overwrites the one before it.
 *
 * @param count number of items.
 * @throws EliqError ERR_INVALID_ARGUMENT.
 */
export function* resamples(count: number, options: BootstrapOptions = {}): Generator<Uint32Array> {
  const { resamples: wanted = 2000, level = 0.95, seed = 1, groups } = options;
  if (!Number.isInteger(wanted) || wanted < 1 || !(level > 0 && level < 1)) {
    throw new EliqError("ERR_INVALID_ARGUMENT", "A bootstrap needs at least 1 resample and a level between 0 and 1.");
  }
  const clusters = clusterMembers(count, groups);
  const random = new Random(seed, "bootstrap", count);
  const counts = new Uint32Array(count);
  for (let i = 0; i < wanted; i++) {
    counts.fill(0);
    for (let k = 0; k < clusters.length; k++) {
      for (const item of random.pick(clusters)) counts[item] = at(counts, item) + 1;
    }
    yield counts;
  }
}

/**
 * The interval of what a statistic was on each resample; NaN, where it was undefined, is left out.
 *
 * @param value on the data themselves. @param level coverage; default .95.
 */
export function percentileInterval(value: number, drawn: ArrayLike<number>, level = 0.95): Interval {
  const sorted = Float64Array.from(drawn).filter(Number.isFinite).sort();
  return { value, low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
}

/**
 * Indices of the items of each cluster, clusters in order of appearance; without groups every item by itself.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT when there is not one group for each item.
 */
export function clusterMembers(count: number, groups: readonly string[] | undefined): number[][] {
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
