/** Statistics of pairs of items: Kendall's rank correlation and pairwise accuracy, in n log n. */
import { overGeometricMean } from "./correlation.js";
import { at, checkPairs, ones, type Statistic, sum } from "./resample.js";
import { TieGroups } from "./ties.js";

/** How the pairs of a resample fall out. An item that occurs twice makes a pair tied in both. */
export interface PairCounts {
  pairs: number;
  tiedX: number;
  tiedY: number;
  tiedBoth: number;
  /** Neither is tied, and they disagree. */
  discordant: number;
}

/** Kendall's rank correlation (KRCC), tau-b. @returns in [-1, 1], NaN when either is constant. */
export function kendall(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return kendallStatistic(x, y)(ones(x.length));
}

/**
 * Share of the pairs with different y that x orders rightly; a pair with equal x counts half.
 *
 * @param x scores, higher is better. @param y opinions, as many.
 * @returns in [0, 1], 1/2 by chance; NaN when y is constant.
 */
export function pairwiseAccuracy(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pairwiseAccuracyStatistic(x, y)(ones(x.length));
}

/** {@link kendall} as a {@link Statistic}. */
export function kendallStatistic(x: ArrayLike<number>, y: ArrayLike<number>): Statistic {
  const count = pairCounter(x, y);
  return (counts) => kendallOf(count(counts));
}

/** {@link pairwiseAccuracy} as a {@link Statistic}. */
export function pairwiseAccuracyStatistic(x: ArrayLike<number>, y: ArrayLike<number>): Statistic {
  const count = pairCounter(x, y);
  return (counts) => pairwiseAccuracyOf(count(counts));
}

/** Tau-b of counted pairs; NaN when either list is constant. */
export function kendallOf({ pairs, tiedX, tiedY, tiedBoth, discordant }: PairCounts): number {
  return overGeometricMean(pairs - tiedX - tiedY + tiedBoth - 2 * discordant, pairs - tiedX, pairs - tiedY);
}

/** Pairwise accuracy of counted pairs; NaN when y is constant. */
export function pairwiseAccuracyOf({ pairs, tiedX, tiedY, tiedBoth, discordant }: PairCounts): number {
  const different = pairs - tiedY;
  // Of those, the ones that x does not tie, without the discordant; and half of those that it ties.
  const right = different - (tiedX - tiedBoth) - discordant + (tiedX - tiedBoth) / 2;
  return different > 0 ? right / different : Number.NaN;
}

/** Counts the pairs of any resample of x and y; a resample costs n log n and no sorting. */
export function pairCounter(x: ArrayLike<number>, y: ArrayLike<number>): (counts: Uint32Array) => PairCounts {
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
    return {
      pairs: (total * (total - 1)) / 2,
      tiedX: groupX.tiedPairs(counts),
      tiedY: groupY.tiedPairs(counts),
      tiedBoth: jointTiedPairs(order, groupX.of, groupY.of, counts),
      discordant: countDiscordant(order, groupY.of, counts, seen),
    };
  };
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
