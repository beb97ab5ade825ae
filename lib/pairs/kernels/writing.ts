/** Where a picture bears writing. */
import type { Raster } from "../raster.js";
import { luma } from "./planes.js";

/** A square block of a picture, px. */
export interface Block {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** Least difference of the dark and the bright tone of writing, 8-bit units. */
const leastContrast = 60;
/** Least share of pixels that are near one of the two tones. */
const leastShare = 0.62;

/**
 * Blocks that look like writing: two tones of clear contrast, few pixels in between, and several changes from one to the other along
 * rows and along columns, as strokes make them.
 *
 * @param side side of a block, px: one to three letters.
 */
export function writtenBlocks(raster: Raster, side: number): Block[] {
  const { width, height } = raster;
  const bright = luma(raster);
  const found: Block[] = [];
  for (let top = 0; top + side <= height; top += side)
    for (let left = 0; left + side <= width; left += side)
      if (looksWritten(bright, width, left, top, side)) found.push({ left, top, side });
  return found;
}

function looksWritten(bright: Float32Array, width: number, left: number, top: number, side: number): boolean {
  let [low, high] = [255, 0];
  for (let y = top; y < top + side; y++)
    for (let p = y * width + left, end = p + side; p < end; p++) {
      const value = bright[p] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  if (high - low < leastContrast) return false;
  const middle = (low + high) / 2;
  const reach = 0.25 * (high - low);
  let [near, dark, across, down] = [0, 0, 0, 0];
  for (let y = top; y < top + side; y++)
    for (let p = y * width + left, end = p + side; p < end; p++) {
      const value = bright[p] as number;
      if (value < low + reach || value > high - reach) near++;
      const below = value < middle;
      if (below) dark++;
      if (p + 1 < end && below !== (bright[p + 1] as number) < middle) across++;
      if (y + 1 < top + side && below !== (bright[p + width] as number) < middle) down++;
    }
  const area = side * side;
  const share = dark / area;
  return near >= leastShare * area && share > 0.08 && share < 0.92 && across >= 1.7 * side && down >= 1.1 * side;
}
