/** Moving whole columns and whole rows. */
import type { Raster } from "../raster.js";
import { linearTaps } from "./linear-taps.js";

/**
 * Samples the raster bilinearly at column `xs[x]` and row `ys[y]` for every pixel (x, y) of a raster of the same size; positions in px, those
 * outside the raster take its border.
 */
export function separableWarp(raster: Raster, xs: Float32Array, ys: Float32Array): Raster {
  const { data, width, height } = raster;
  const columns = linearTaps(width, width, (x) => xs[x] as number);
  const rows = linearTaps(height, height, (y) => ys[y] as number);
  const out = new Uint8Array(data.length);
  const line = new Float32Array(3 * width);
  for (let y = 0, o = 0; y < height; y++) {
    const above = 3 * width * (rows.first[y] as number);
    const below = 3 * width * (rows.second[y] as number);
    const t = rows.weight[y] as number;
    for (let i = 0; i < line.length; i++) {
      const a = data[above + i] as number;
      line[i] = a + ((data[below + i] as number) - a) * t;
    }
    for (let x = 0; x < width; x++) {
      const [i, j] = [3 * (columns.first[x] as number), 3 * (columns.second[x] as number)];
      const f = columns.weight[x] as number;
      for (let c = 0; c < 3; c++, o++) {
        const a = line[i + c] as number;
        out[o] = a + ((line[j + c] as number) - a) * f + 0.5;
      }
    }
  }
  return { data: out, width, height };
}
