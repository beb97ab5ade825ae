/** Agreement inside groups: what no difference between groups can feign. */
import { clusterMembers } from "./bootstrap.js";
import { at, checkPairs } from "./resample.js";

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
