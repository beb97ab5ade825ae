import { luma, mean } from "../kernels/planes.js";
import type { Raster } from "../raster.js";

/** Root mean square of horizontal and vertical differences of luma. */
function edgeEnergy(raster: Raster): number {
  const { width, height } = raster;
  const bright = luma(raster);
  let sum = 0;
  for (let y = 1, p = width; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const here = bright[p] as number;
      sum += (here - (bright[p - width] as number)) ** 2;
      if (x > 0) sum += (here - (bright[p - 1] as number)) ** 2;
    }
  return Math.sqrt(sum / (2 * bright.length)) + 1e-6;
}

/** Edge energy (root mean square luma gradient), degraded over clean: below 1 softer, above 1 harsher or noisier. */
export function edgeEnergyRatio(clean: Raster, degraded: Raster): number {
  return edgeEnergy(degraded) / edgeEnergy(clean);
}

/** Mean over pixels of the difference between the largest and the smallest channel. */
function saturation({ data }: Raster): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    sum += Math.max(r, g, b) - Math.min(r, g, b);
  }
  return sum / (data.length / 3) + 1e-6;
}

/** Mean colourfulness (largest minus smallest channel), degraded over clean. */
export function saturationRatio(clean: Raster, degraded: Raster): number {
  return saturation(degraded) / saturation(clean);
}

function contrast(raster: Raster): number {
  const bright = luma(raster);
  const centre = mean(bright);
  let sum = 0;
  for (let i = 0; i < bright.length; i++) sum += ((bright[i] as number) - centre) ** 2;
  return Math.sqrt(sum / bright.length) + 1e-6;
}

/** Standard deviation of luma, degraded over clean. */
export function contrastRatio(clean: Raster, degraded: Raster): number {
  return contrast(degraded) / contrast(clean);
}

/** Mean luma, degraded minus clean, -255..255. */
export function lightnessShift(clean: Raster, degraded: Raster): number {
  return mean(luma(degraded)) - mean(luma(clean));
}
