/** Cells without a fixed grid: the places where cells of about one size begin. */
import type { Random } from "../random.js";

/**
 * Cuts 0..length into cells whose sizes vary by up to a fifth (and at least .45 px) around `size`, the first one cut at random, so
 * that the borders fall on even and odd pixels, on multiples of 8 and between them alike.
 *
 * @param size mean size in px, at least 1.
 * @returns for every pixel the index of its cell, from 0.
 */
export function cellIndices(length: number, size: number, random: Random): Int32Array {
  const indices = new Int32Array(length);
  let end = random.uniform(0.2, 1) * size;
  for (let x = 0, cell = 0; x < length; x++) {
    while (x + 0.5 >= end && x > 0) {
      end += size + random.uniform(-1, 1) * Math.max(0.45, size / 5);
      cell++;
    }
    indices[x] = cell;
  }
  return indices;
}
