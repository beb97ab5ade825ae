/** Distances between points, and which points lie far from a reference. */
import { Pauses } from "../evaluation/pause.js";
import type { Distances } from "./two-sample.js";

/** How near the reference is to a point: the distance to the nearest member but four, which one odd member does not change. */
const neighbours = 5;

/**
 * Euclidean distances between all pairs of points, without holding up the event loop.
 *
 * @param points vectors of one length.
 * @throws EliqError ERR_ABORTED.
 */
export async function distancesBetween(
  points: readonly Float32Array[],
  signal?: AbortSignal | undefined,
): Promise<Distances> {
  const count = points.length;
  const values = new Float32Array(count * count);
  const pauses = new Pauses(signal);
  for (let i = 0; i < count; i++) {
    const a = points[i] as Float32Array;
    for (let j = i + 1; j < count; j++) {
      const distance = euclidean(a, points[j] as Float32Array);
      values[i * count + j] = distance;
      values[j * count + i] = distance;
    }
    if (pauses.due()) await pauses.take();
  }
  return { count, values };
}

/**
 * Share of the batch that is unlike the reference: farther from its fifth nearest member than all but `tail` of the members are from
 * theirs.
 *
 * @param distances of batch and reference together, the batch first.
 * @returns in [0, 1]; about `tail` when both come from one population.
 */
export function shareUnfamiliar({ count, values }: Distances, batchSize: number, tail: number): number {
  const members = count - batchSize;
  const remoteness = Float64Array.from({ length: count }, (_, i) => {
    const row = values.subarray(i * count + batchSize, (i + 1) * count);
    // A member finds itself first, at distance 0.
    return nthSmallest(row, i < batchSize ? neighbours : neighbours + 1);
  });
  const sorted = remoteness.slice(batchSize).sort();
  const limit = sorted[members - 1 - Math.floor(tail * members)] as number;
  return remoteness.subarray(0, batchSize).filter((value) => value > limit).length / batchSize;
}

function euclidean(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) {
    const difference = (a[k] as number) - (b[k] as number);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

/** One pass, since n is small. */
function nthSmallest(values: Float32Array, n: number): number {
  const smallest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  for (const value of values) {
    if (value >= (smallest[n - 1] as number)) continue;
    let place = n - 1;
    while (place > 0 && (smallest[place - 1] as number) > value) {
      smallest[place] = smallest[place - 1] as number;
      place--;
    }
    smallest[place] = value;
  }
  return smallest[n - 1] as number;
}
