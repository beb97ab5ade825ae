/** What every statistic here is: a function of how often a resample holds each item. */
import { EliqError } from "../../errors.js";

/** A statistic of the resample in which item i occurs `counts[i]` times; NaN where it is undefined (one value only). */
export type Statistic = (counts: Uint32Array) => number;

/** a - b on the same resample: what a paired bootstrap is made of. */
export function difference(a: Statistic, b: Statistic): Statistic {
  return (counts) => a(counts) - b(counts);
}

/** The resample that is the data itself. */
export function ones(count: number): Uint32Array {
  return new Uint32Array(count).fill(1);
}

/** Number of items in a resample, each as often as it occurs. */
export function sum(counts: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += at(counts, i);
  return total;
}

/** An element known to exist. */
export function at(values: ArrayLike<number>, i: number): number {
  return values[i] as number;
}

/**
 * Two lists of equal length and finite numbers.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT.
 */
export function checkPairs(x: ArrayLike<number>, y: ArrayLike<number>, smallest: number): void {
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
