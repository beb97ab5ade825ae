/** Denoising by coring: small deviations from a smooth picture are taken for noise, large ones for edges. */
import type { Raster } from "../raster.js";
import { byte } from "./scalars.js";

/**
 * `smooth` plus what of `raster` stands out from it: a deviation d is kept as d^3 / (d^2 + threshold^2).
 *
 * @param smooth a blurred version of `raster`.
 * @param threshold deviation of which half is kept, in 8-bit steps, above 0.
 */
export function core(raster: Raster, smooth: Raster, threshold: number): Raster {
  const kept = Float32Array.from({ length: 511 }, (_, i) => {
    const d = i - 255;
    return d ** 3 / (d * d + threshold * threshold);
  });
  const data = new Uint8Array(raster.data.length);
  for (let i = 0; i < data.length; i++) {
    const base = smooth.data[i] as number;
    data[i] = byte(base + (kept[(raster.data[i] as number) - base + 255] as number));
  }
  return { data, width: raster.width, height: raster.height };
}
