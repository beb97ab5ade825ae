import type { Raster } from "../raster.js";

/** Peak signal-to-noise ratio in dB over the three 8-bit channels; infinite for equal pictures. Falls with damage. */
export function psnr(clean: Raster, degraded: Raster): number {
  let sum = 0;
  for (let i = 0; i < clean.data.length; i++) sum += ((clean.data[i] as number) - (degraded.data[i] as number)) ** 2;
  return 10 * Math.log10((255 * 255 * clean.data.length) / sum);
}

/** Mean absolute difference of the 8-bit channel values, 0..255. Rises with damage. */
export function meanAbsoluteDifference(clean: Raster, degraded: Raster): number {
  let sum = 0;
  for (let i = 0; i < clean.data.length; i++) sum += Math.abs((clean.data[i] as number) - (degraded.data[i] as number));
  return sum / clean.data.length;
}

/** Share of pixels, 0..1, of which some channel differs by more than 8 of 255. Rises with damage. */
export function changedShare(clean: Raster, degraded: Raster): number {
  const [a, b] = [clean.data, degraded.data];
  let changed = 0;
  for (let i = 0; i < a.length; i += 3)
    if (
      Math.abs((a[i] as number) - (b[i] as number)) > 8 ||
      Math.abs((a[i + 1] as number) - (b[i + 1] as number)) > 8 ||
      Math.abs((a[i + 2] as number) - (b[i + 2] as number)) > 8
    )
      changed++;
  return (3 * changed) / a.length;
}
