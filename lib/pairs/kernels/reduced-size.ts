/** Sizes of reduced pictures. */
import { type Raster, resize, scaleOf } from "../raster.js";

/** Periods of a pattern, px, that would show on the grid of 8 px blocks. */
const periods = [2, 4, 8];

/** How far a ratio keeps from a fraction with such a denominator, times the denominator. */
const clearance = 0.06;

/**
 * The size of a picture reduced by about `factor`, at least 4 px a side. The ratio is not near n / 2, n / 4 or n / 8: interpolation
 * is sharper near the reduced grid's pixels, and enlarged again, the picture would bear a pattern of that period, always in the
 * same place.
 */
export function reducedSize(raster: Raster, factor: number): [number, number] {
  return [reducedLength(raster.width, factor), reducedLength(raster.height, factor)];
}

/** Where no ratio is clear, as in tiny pictures and for factors near 1, just the nearest length. */
function reducedLength(length: number, factor: number): number {
  const nearest = Math.max(4, Math.round(length / factor));
  for (let reduced = nearest; reduced < length; reduced++) if (isClear(reduced / length)) return reduced;
  return nearest;
}

function isClear(ratio: number): boolean {
  return periods.every((period) => Math.abs(ratio * period - Math.round(ratio * period)) >= clearance);
}

/** A reduction that looks alike at all sizes: in proportion above 512 px, somewhat less in small pictures, which have fewer pixels to lose. */
export function reductionFactor(raster: Raster, factor: number): number {
  const scale = scaleOf(raster);
  return 1 + (factor - 1) * Math.max(scale, Math.sqrt(scale));
}

/** What `change` makes of a reduced picture, enlarged again; factors near 1 leave the size as it is. */
export async function atReducedSize(
  raster: Raster,
  factor: number,
  change: (reduced: Raster) => Promise<Raster>,
): Promise<Raster> {
  if (factor < 1.05) return change(raster);
  const [width, height] = reducedSize(raster, factor);
  return resize(await change(await resize(raster, width, height)), raster.width, raster.height);
}
