/**
 * Statistics of how two samples differ. Each is prepared once for the pooled sample and then read for any split of it, so that a
 * permutation costs no sorting and no distances.
 */

/** Which of the pooled items count as the batch; the others are the reference. */
export interface Split {
  /** 1 for an item of the batch, 0 for one of the reference. */
  readonly inBatch: Uint8Array;
  /** The items of the batch, in any order. */
  readonly batch: Uint32Array;
}

/** A statistic of a split, at least 0; larger means that the two sides differ more. */
export type SplitStatistic = (split: Split) => number;

/** The split whose batch is the first `count` of `total` items. */
export function firstItems(count: number, total: number): Split {
  const inBatch = new Uint8Array(total).fill(1, 0, count);
  return { inBatch, batch: Uint32Array.from({ length: count }, (_, i) => i) };
}

/**
 * Two-sample Kolmogorov-Smirnov statistic: the largest distance between the two empirical distribution functions (Smirnov, Annals of
 * Mathematical Statistics 19(2), 1948).
 *
 * @param pooled finite numbers; ties are allowed.
 * @returns in [0, 1].
 */
export function kolmogorovSmirnov(pooled: ArrayLike<number>): SplitStatistic {
  const { order, sorted } = sortOnce(pooled);
  return ({ inBatch, batch }) => {
    const others = order.length - batch.length;
    let seen = 0;
    let largest = 0;
    for (let i = 0; i < order.length; i++) {
      seen += inBatch[order[i] as number] as number;
      // From counts, so that splits that differ alike have the same statistic to the bit.
      if (sorted[i] !== sorted[i + 1])
        largest = Math.max(largest, Math.abs(seen / batch.length - (i + 1 - seen) / others));
    }
    return largest;
  };
}

/**
 * Wasserstein-1 distance: the area between the two empirical distribution functions, which is the least mean distance that one sample
 * must be moved to become the other (Ramdas, Garcia Trillos & Cuturi, Entropy 19(2), 2017).
 *
 * @param pooled finite numbers.
 * @returns in the units of the numbers.
 */
export function wasserstein(pooled: ArrayLike<number>): SplitStatistic {
  const { order, sorted } = sortOnce(pooled);
  return ({ inBatch, batch }) => {
    const step = 1 / batch.length;
    const stepBack = 1 / (order.length - batch.length);
    let gap = 0;
    let area = 0;
    for (let i = 0; i + 1 < order.length; i++) {
      gap += inBatch[order[i] as number] === 1 ? step : -stepBack;
      area += Math.abs(gap) * ((sorted[i + 1] as number) - (sorted[i] as number));
    }
    return area;
  };
}

/**
 * Share of the batch above the reference's top, which is the value that at most `tail` of the reference exceeds.
 *
 * @param pooled finite numbers. @param tail for instance .01 for the 99th percentile.
 * @returns in [0, 1]; about `tail` when both sides come from one population.
 */
export function shareAbove(pooled: ArrayLike<number>, tail: number): SplitStatistic {
  const { order, sorted } = sortOnce(pooled);
  return ({ inBatch, batch }) => {
    const allowed = Math.floor(tail * (order.length - batch.length));
    let reference = 0;
    let above = 0;
    let aboveNextValue = 0;
    for (let i = order.length - 1; i >= 0 && reference <= allowed; i--) {
      if (inBatch[order[i] as number] === 1) aboveNextValue++;
      else reference++;
      // Items that tie with the top itself are not above it, so that a value counts only once all of it has been passed.
      if (reference <= allowed && sorted[i] !== sorted[i - 1]) above = aboveNextValue;
    }
    return above / batch.length;
  };
}

/** {@link shareAbove} at the other end: the share of the batch below the reference's bottom. */
export function shareBelow(pooled: ArrayLike<number>, tail: number): SplitStatistic {
  return shareAbove(
    Float64Array.from(pooled, (value) => -value),
    tail,
  );
}

/** Distances between all pairs of the pooled items. */
export interface Distances {
  readonly count: number;
  /** count x count, row-major and symmetric. */
  readonly values: Float32Array;
}

/**
 * Energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| of the two sides, 0 exactly when they are equal in distribution (Szekely & Rizzo,
 * Journal of Statistical Planning and Inference 143(8), 2013). Means are over all ordered pairs, also of an item with itself.
 */
export function energyDistance(distances: Distances): SplitStatistic {
  const means = meanDistances(distances);
  return (split) => {
    const { between, inBatch, inReference } = means(split);
    return Math.max(0, 2 * between - inBatch - inReference);
  };
}

/** {@link energyDistance} as a share of 2 E|X - Y|: Szekely and Rizzo's coefficient of inhomogeneity, in [0, 1]. */
export function energyCoefficient(distances: Distances): SplitStatistic {
  const means = meanDistances(distances);
  return (split) => {
    const { between, inBatch, inReference } = means(split);
    return between > 0 ? Math.max(0, 1 - (inBatch + inReference) / (2 * between)) : 0;
  };
}

interface MeanDistances {
  readonly between: number;
  readonly inBatch: number;
  readonly inReference: number;
}

/** With the rows' sums known, a split costs only the distances inside its smaller side. */
function meanDistances({ count, values }: Distances): (split: Split) => MeanDistances {
  const rowSums = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let j = 0; j < count; j++) sum += values[i * count + j] as number;
    rowSums[i] = sum;
    total += sum;
  }
  return ({ batch, inBatch }) => {
    const others = count - batch.length;
    const batchIsSmaller = batch.length <= others;
    const side = batchIsSmaller ? batch : otherItems(inBatch, others);
    let rows = 0;
    let pairs = 0;
    for (let a = 0; a < side.length; a++) {
      const item = side[a] as number;
      const row = item * count;
      rows += rowSums[item] as number;
      for (let b = a + 1; b < side.length; b++) pairs += values[row + (side[b] as number)] as number;
    }
    const inside = 2 * pairs;
    const across = rows - inside;
    const outside = total - 2 * rows + inside;
    const [batchSum, referenceSum] = batchIsSmaller ? [inside, outside] : [outside, inside];
    return {
      between: across / (batch.length * others),
      inBatch: batchSum / batch.length ** 2,
      inReference: referenceSum / others ** 2,
    };
  };
}

function otherItems(inBatch: Uint8Array, count: number): Uint32Array {
  const items = new Uint32Array(count);
  let filled = 0;
  for (let i = 0; i < inBatch.length; i++) if (inBatch[i] === 0) items[filled++] = i;
  return items;
}

function sortOnce(pooled: ArrayLike<number>): { order: Uint32Array; sorted: Float64Array } {
  const order = Uint32Array.from(pooled, (_, i) => i).sort((a, b) => (pooled[a] as number) - (pooled[b] as number));
  return { order, sorted: Float64Array.from(order, (i) => pooled[i] as number) };
}
