/** Sizes of reduced pictures. */
import { type Raster, resize, scaleOf } from "../raster.js";

/**
 * The size of a picture reduced by about `factor`, at least 4 px a side. The two grids seldom fall together, so that a picture
 * enlarged again bears no pattern of a short period.
 */
export function reducedSize(raster: Raster, factor: number): [number, number] {
  return [reducedLength(raster.width, factor), reducedLength(raster.height, factor)];
}

function reducedLength(length: number, factor: number): number {
  let reduced = Math.max(4, Math.round(length / factor));
  while (reduced < length && commonDivisor(length, reduced) > Math.max(1, length / 40)) reduced++;
  return reduced;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
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
