/** Quantiles of numbers in ascending order. */

/**
 * A quantile, linear between the two nearest numbers (definition 7 of Hyndman and Fan, The American Statistician 50(4), 1996). NaN for
 * no numbers.
 *
 * @param share in [0, 1].
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below];
  if (low === undefined) return Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (place - below) * (high - low);
}
