/** Moving whole columns and whole rows. */
import type { Raster } from "../raster.js";

/**
 * Samples the raster bilinearly at column `xs[x]` and row `ys[y]` for every pixel (x, y) of a raster of the same size; positions in px, those
 * outside the raster take its border.
 */
export function separableWarp(raster: Raster, xs: Float32Array, ys: Float32Array): Raster {
  const { data, width, height } = raster;
  const first = new Int32Array(width);
  const second = new Int32Array(width);
  const share = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    const at = Math.max(0, Math.min(width - 1, xs[x] as number));
    first[x] = 3 * Math.floor(at);
    second[x] = 3 * Math.min(width - 1, Math.floor(at) + 1);
    share[x] = at - Math.floor(at);
  }
  const out = new Uint8Array(data.length);
  const line = new Float32Array(3 * width);
  for (let y = 0, o = 0; y < height; y++) {
    const at = Math.max(0, Math.min(height - 1, ys[y] as number));
    const above = 3 * width * Math.floor(at);
    const below = 3 * width * Math.min(height - 1, Math.floor(at) + 1);
    const t = at - Math.floor(at);
    for (let i = 0; i < line.length; i++) {
      const a = data[above + i] as number;
      line[i] = a + ((data[below + i] as number) - a) * t;
    }
    for (let x = 0; x < width; x++) {
      const [i, j, f] = [first[x] as number, second[x] as number, share[x] as number];
      for (let c = 0; c < 3; c++, o++) {
        const a = line[i + c] as number;
        out[o] = a + ((line[j + c] as number) - a) * f + 0.5;
      }
    }
  }
  return { data: out, width, height };
}
