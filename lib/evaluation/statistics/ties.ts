/** Lists with ties: ranks and tied pairs inside a resample, without sorting again. */
import { at } from "./resample.js";

/** The values of a list, sorted once, in groups of equal ones. */
export class TieGroups {
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

  /** Pairs of items with equal values. */
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
