/** Linear interpolation along one axis. */

/** Where each of some positions lies between two neighbours. */
export interface LinearTaps {
  /** The neighbour before it, and the one after it (the same at the end). */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Of the second, 0..1. */
  readonly weight: Float32Array;
}

/**
 * Taps of `count` positions among `length` samples; positions beyond an end take the end.
 *
 * @param position of the i-th, in samples.
 */
export function linearTaps(count: number, length: number, position: (i: number) => number): LinearTaps {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const weight = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.max(0, Math.min(length - 1, position(i)));
    first[i] = Math.floor(at);
    second[i] = Math.min(length - 1, Math.floor(at) + 1);
    weight[i] = at - Math.floor(at);
  }
  return { first, second, weight };
}
