/** Sizes of reduced pictures. */
import { type Raster, resize, scaleOf } from "../raster.js";

/** Side of the blocks of usual coders, px: a pattern that repeats with it looks like their traces. */
const block = 8;

/** How often such a pattern must get out of step with the blocks along a side; less where that leaves no ratio. */
const beats = 8;
const widestGap = 0.016;

/**
 * The size of a picture reduced by about `factor`, at least 4 px a side. The ratio is not near a multiple of 1/8: interpolation is
 * sharper near the reduced grid's pixels, and the picture, enlarged again, would bear a pattern of 2, 4 or 8 px, always in the same
 * place.
 */
export function reducedSize(raster: Raster, factor: number): [number, number] {
  return [reducedLength(raster.width, factor), reducedLength(raster.height, factor)];
}

/** The clear length nearest to the one wanted. */
function reducedLength(length: number, factor: number): number {
  const wanted = Math.max(4, Math.round(length / factor));
  for (let away = 0; away < length / block; away++)
    for (const reduced of [wanted + away, wanted - away])
      if (reduced >= 4 && reduced < length && isClear(reduced, length)) return reduced;
  return wanted;
}

/** Ratios next to 0 and 1 make no short pattern. */
function isClear(reduced: number, length: number): boolean {
  const nearest = Math.min(block - 1, Math.max(1, Math.round((block * reduced) / length)));
  return Math.abs(reduced / length - nearest / block) >= Math.min(beats / length, widestGap);
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
