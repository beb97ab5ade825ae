/** Quantiles of a reference population, and where a score stands in it. */

/** Numbers in a quantile table: every half per cent, both ends included. */
export const tableSize = 201;

/** A sample whose items count differently. */
export interface Weighted {
  /** Finite numbers, at least one. */
  readonly values: readonly number[];
  /** As many, above 0; all alike unless told. */
  readonly weights?: readonly number[] | undefined;
}

/**
 * A quantile: the sorted values stand at the middles of their weights (Hazen, Storage to be provided in impounding reservoirs, 1914;
 * type 5 of Hyndman and Fan, Sample quantiles in statistical packages, 1996) and are joined by lines.
 *
 * @returns a function of a probability in [0, 1]. With equal weights, its value at .5 is the usual median.
 */
export function quantileFunction({ values, weights }: Weighted): (probability: number) => number {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const total = values.reduce((sum, _, i) => sum + (weights?.[i] ?? 1), 0);
  let below = 0;
  const middles = order.map((i) => {
    const weight = weights?.[i] ?? 1;
    below += weight;
    return (below - weight / 2) / total;
  });
  const sorted = order.map((i) => values[i] as number);
  return (probability) => {
    const after = middles.findIndex((middle) => middle >= probability);
    if (after <= 0) return (after === 0 ? sorted[0] : sorted.at(-1)) as number;
    const [p0, p1] = [middles[after - 1] as number, middles[after] as number];
    const [x0, x1] = [sorted[after - 1] as number, sorted[after] as number];
    return x0 + ((probability - p0) / (p1 - p0)) * (x1 - x0);
  };
}

/** The weighted median. */
export function median(sample: Weighted): number {
  return quantileFunction(sample)(0.5);
}

/**
 * Quantiles 0, 1/200, ... 1 of a population's raw scores, in 7 significant digits (a float32 has no more).
 *
 * @returns {@link tableSize} numbers that never descend.
 */
export function quantileTable(sample: Weighted): number[] {
  const quantile = quantileFunction(sample);
  return Array.from({ length: tableSize }, (_, i) => roundRaw(quantile(i / (tableSize - 1))));
}

/** A raw score in as many digits as it has. */
export function roundRaw(raw: number): number {
  return Number(raw.toPrecision(7));
}

/**
 * Percentage of the population that scores lower, half of those that score the same among them.
 *
 * @param table as {@link quantileTable} makes it.
 * @returns in [0, 100], never decreasing with `raw`; 0 below the whole population, 100 above it.
 */
export function percentileOf(raw: number, table: readonly number[]): number {
  const last = table.length - 1;
  const lower = countBelow(raw, table, false);
  const notAbove = countBelow(raw, table, true);
  if (lower === 0 && notAbove === 0) return 0;
  if (lower > last) return 100;
  if (notAbove > lower) return (50 * (lower + notAbove - 1)) / last;
  const [x0, x1] = [table[lower - 1] as number, table[lower] as number];
  return (100 * (lower - 1 + (raw - x0) / (x1 - x0))) / last;
}

/** How many of the sorted numbers are below `raw`, or not above it. */
function countBelow(raw: number, table: readonly number[], inclusive: boolean): number {
  let [low, high] = [0, table.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = table[middle] as number;
    if (value < raw || (inclusive && value === raw)) low = middle + 1;
    else high = middle;
  }
  return low;
}
