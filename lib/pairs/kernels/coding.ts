/** Lossy coding again and again. */
import type { Random } from "../random.js";
import type { Raster } from "../raster.js";
import { cutOut, padMirrored } from "./borders.js";

/** One time that a picture is coded and decoded. */
export type Generation = {
  /** As the coder understands it. */
  readonly quality: number;
  /** Where the coder's block grid begins, in px before the picture's first column and row. */
  readonly left: number;
  readonly top: number;
};

/**
 * Generations of about one quality, each on a block grid of its own; the same draws whatever the quality.
 *
 * @param grid period of the coder's blocks in px.
 */
export function drawGenerations(count: number, quality: number, grid: number, random: Random): Generation[] {
  return Array.from({ length: count }, () => ({
    quality: Math.max(1, Math.round(quality * random.uniform(0.88, 1.12))),
    left: random.integer(grid),
    top: random.integer(grid),
  }));
}

/** A raster after all generations, in order. */
export async function throughGenerations(
  raster: Raster,
  generations: readonly Generation[],
  code: (raster: Raster, quality: number) => Promise<Raster>,
): Promise<Raster> {
  let current = raster;
  for (const { quality, left, top } of generations)
    current = cutOut(await code(padMirrored(current, left, top), quality), left, top, raster.width, raster.height);
  return current;
}
