import { luma } from "../kernels/planes.js";
import { type Raster, scaleOf } from "../raster.js";

/** Pixels of the reduced pictures that are compared, about. */
const reducedSide = 56;
const patchSide = 13;
/** Between the patches that are looked for. */
const stride = 5;
/** Standard deviation of luma below which a patch has nothing to be recognised by. */
const flattest = 4;

interface Small {
  readonly values: Float64Array;
  readonly width: number;
  readonly height: number;
}

/**
 * How far things have moved, as a share of the picture's diagonal, 0..1: patches of the reduced clean picture are looked for in the
 * degraded one (normalised cross-correlation of luma, every place), and the distances of the well recognised ones averaged, those
 * of higher correlation counting more. Rises as content is pushed aside. 0 where nothing is recognised.
 */
export function contentShift(clean: Raster, degraded: Raster): number {
  const from = reduced(clean);
  const to = reduced(degraded);
  let [sum, weights] = [0, 1e-9];
  for (let top = 0; top + patchSide <= from.height; top += stride)
    for (let left = 0; left + patchSide <= from.width; left += stride) {
      const found = search(from, to, left, top);
      const weight = Math.max(0, found.correlation - 0.6) ** 2;
      sum += weight * Math.hypot(found.left - left, found.top - top);
      weights += weight;
    }
  return sum / weights / Math.hypot(from.width, from.height);
}

/** Luma averaged over equal cells. */
function reduced(raster: Raster): Small {
  const factor = Math.max(1, (512 * scaleOf(raster)) / reducedSide);
  const width = Math.max(1, Math.round(raster.width / factor));
  const height = Math.max(1, Math.round(raster.height / factor));
  const bright = luma(raster);
  const values = new Float64Array(width * height);
  const counts = new Float64Array(width * height);
  for (let y = 0, p = 0; y < raster.height; y++)
    for (let x = 0; x < raster.width; x++, p++) {
      const cell = Math.floor((y * height) / raster.height) * width + Math.floor((x * width) / raster.width);
      (values[cell] as number) += bright[p] as number;
      (counts[cell] as number)++;
    }
  return { values: values.map((value, i) => value / Math.max(1, counts[i] as number)), width, height };
}

/** Where the patch at (left, top) of `from` is found in `to`. */
function search(from: Small, to: Small, left: number, top: number): { left: number; top: number; correlation: number } {
  const patch = new Float64Array(patchSide * patchSide);
  let [mean, energy] = [0, 0];
  for (let i = 0; i < patch.length; i++) {
    patch[i] = from.values[(top + Math.floor(i / patchSide)) * from.width + left + (i % patchSide)] as number;
    mean += (patch[i] as number) / patch.length;
  }
  for (let i = 0; i < patch.length; i++) {
    patch[i] = (patch[i] as number) - mean;
    energy += (patch[i] as number) ** 2;
  }
  let best = { left, top, correlation: 0 };
  if (energy < patch.length * flattest ** 2) return best;
  for (let y = 0; y + patchSide <= to.height; y++)
    for (let x = 0; x + patchSide <= to.width; x++) {
      const correlation = correlate(patch, energy, to, x, y);
      if (correlation > best.correlation) best = { left: x, top: y, correlation };
    }
  return best;
}

function correlate(patch: Float64Array, energy: number, { values, width }: Small, left: number, top: number): number {
  let [sum, squares, product] = [0, 0, 0];
  for (let j = 0, i = 0; j < patchSide; j++)
    for (let k = 0, p = (top + j) * width + left; k < patchSide; k++, i++, p++) {
      const value = values[p] as number;
      sum += value;
      squares += value * value;
      product += value * (patch[i] as number);
    }
  const own = squares - (sum * sum) / patch.length;
  return own < patch.length ? 0 : product / Math.sqrt(own * energy);
}
