/** Summaries of many numbers: growing columns, quantiles, bins, and a sample of a stream. */
import { quantile } from "../evaluation/statistics/quantile.js";
import { Random } from "../pairs/random.js";

/** Numbers that are appended one by one; 8 bytes each. */
export class Column {
  #values = new Float64Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** What was appended so far, without a copy. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** Numbers in ascending order; the list given is left as it is. */
export function ascending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** What a distribution is told by. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** 5th, 25th, 50th, 75th and 95th percentile. */
  readonly quantiles: readonly [number, number, number, number, number];
}

/** @param values at least one. */
export function spreadOf(values: ArrayLike<number>): Spread {
  const sorted = ascending(values);
  const at = (share: number) => quantile(sorted, share);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { count: sorted.length, mean, quantiles: [at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)] };
}

/** A range of values and how many fell into it. */
export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Counts in `bins` ranges of one width from `low` to `high`; the last range holds its upper end. */
export function histogram(values: ArrayLike<number>, low: number, high: number, bins: number): Bin[] {
  const counts = new Uint32Array(bins);
  const width = (high - low) / bins;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor(((values[i] as number) - low) / width);
    const kept = Math.min(Math.max(bin, 0), bins - 1);
    counts[kept] = (counts[kept] as number) + 1;
  }
  return Array.from(counts, (count, i) => ({ low: low + i * width, high: low + (i + 1) * width, count }));
}

/** Bounds for an axis: the least and the greatest value of all lists, 1 apart where they are equal. */
export function boundsOf(...lists: ArrayLike<number>[]): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of lists) {
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i] as number);
      high = Math.max(high, values[i] as number);
    }
  }
  return low < high ? { low, high } : { low: low - 0.5, high: low + 0.5 };
}

/** Means of pairs whose first numbers lie next to each other. */
export interface PairBin {
  readonly count: number;
  readonly meanX: number;
  readonly meanY: number;
  /** Standard error of `meanY`. */
  readonly standardError: number;
}

/** Cuts pairs, ordered by x, into at most `bins` groups of nearly equal size, each of two pairs or more. */
export function equalCountBins(x: ArrayLike<number>, y: ArrayLike<number>, bins: number): PairBin[] {
  const order = Uint32Array.from(x, (_, i) => i).sort((a, b) => (x[a] as number) - (x[b] as number));
  const groups = Math.min(bins, Math.floor(order.length / 2));
  return Array.from({ length: groups }, (_, g) => {
    const start = Math.floor((g * order.length) / groups);
    const members = order.subarray(start, Math.floor(((g + 1) * order.length) / groups));
    return summarisePairs(members, x, y);
  });
}

function summarisePairs(members: Uint32Array, x: ArrayLike<number>, y: ArrayLike<number>): PairBin {
  const count = members.length;
  const mean = (of: ArrayLike<number>) => members.reduce((sum, i) => sum + (of[i] as number), 0) / count;
  const meanY = mean(y);
  const variance = members.reduce((sum, i) => sum + ((y[i] as number) - meanY) ** 2, 0) / (count - 1);
  return { count, meanX: mean(x), meanY, standardError: Math.sqrt(variance / count) };
}

/**
 * A sample of a stream whose length is not known: every item is in it with the same probability (algorithm R; Vitter, ACM
 * Transactions on Mathematical Software 11(1), 1985). The same stream gives the same sample.
 */
export class Sample<T> {
  readonly items: T[] = [];
  seen = 0;
  readonly #random: Random;

  constructor(
    readonly size: number,
    name: string,
  ) {
    this.#random = new Random("report sample", name);
  }

  /** @param make called only when the item is taken. */
  offer(make: () => T): void {
    this.seen++;
    if (this.items.length < this.size) {
      this.items.push(make());
      return;
    }
    const place = this.#random.integer(this.seen);
    if (place < this.size) this.items[place] = make();
  }
}

/** The `size` items with the greatest keys, in descending order; of equal keys the earlier one. */
export class Greatest<T> {
  readonly #entries: { key: number; item: T }[] = [];

  constructor(readonly size: number) {}

  offer(key: number, item: T): void {
    const last = this.#entries.at(-1);
    if (this.size === 0 || (this.#entries.length === this.size && last !== undefined && key <= last.key)) return;
    const place = this.#entries.findIndex((entry) => key > entry.key);
    this.#entries.splice(place < 0 ? this.#entries.length : place, 0, { key, item });
    this.#entries.length = Math.min(this.#entries.length, this.size);
  }

  get items(): T[] {
    return this.#entries.map(({ item }) => item);
  }
}
