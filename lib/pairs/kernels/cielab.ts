/** CIELAB, the space in which colour distances are meant to look equal. */
import type { Raster } from "../raster.js";

/** sRGB byte to linear light 0..1 (IEC 61966-2-1). */
export const linearLight = Float32Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

/** The cube root of the definition, with its straight part near black, at 4096 steps over 0..1. */
const compressed = Float32Array.from({ length: 4097 }, (_, i) => {
  const t = i / 4096;
  return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
});

/** L* 0..100, a* and b* (about -128..128) of every pixel, three planes; white point D65; accurate to about .1 by lookup tables. */
export function cielab({ data, width, height }: Raster): readonly [Float32Array, Float32Array, Float32Array] {
  const pixels = width * height;
  const planes = [new Float32Array(pixels), new Float32Array(pixels), new Float32Array(pixels)] as const;
  for (let p = 0, i = 0; p < pixels; p++, i += 3) {
    const r = linearLight[data[i] as number] as number;
    const g = linearLight[data[i + 1] as number] as number;
    const b = linearLight[data[i + 2] as number] as number;
    // Rows of the sRGB to XYZ matrix, divided by the white point, so that each sums to 1.
    const x = compressed[(4096 * (0.43395 * r + 0.37622 * g + 0.18983 * b) + 0.5) | 0] as number;
    const y = compressed[(4096 * (0.21267 * r + 0.71516 * g + 0.07217 * b) + 0.5) | 0] as number;
    const z = compressed[(4096 * (0.01776 * r + 0.10947 * g + 0.87277 * b) + 0.5) | 0] as number;
    planes[0][p] = 116 * y - 16;
    planes[1][p] = 500 * (x - y);
    planes[2][p] = 200 * (y - z);
  }
  return planes;
}
