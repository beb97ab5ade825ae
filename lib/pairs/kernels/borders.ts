/** Growing a raster beyond its border, and cutting it out again. */
import type { Raster } from "../raster.js";
import { mirror } from "./displacement.js";

/** Adds `left` columns and `top` rows that mirror the picture. */
export function padMirrored(raster: Raster, left: number, top: number): Raster {
  const { data, width, height } = raster;
  const wide = width + left;
  const out = new Uint8Array(3 * wide * (height + top));
  for (let y = 0; y < height + top; y++) {
    const from = 3 * width * mirror(y - top, height - 1);
    const to = 3 * wide * y;
    out.set(data.subarray(from, from + 3 * width), to + 3 * left);
    for (let x = 0; x < left; x++) {
      const source = from + 3 * mirror(x - left, width - 1);
      for (let c = 0; c < 3; c++) out[to + 3 * x + c] = data[source + c] as number;
    }
  }
  return { data: out, width: wide, height: height + top };
}

/** The part of `width` x `height` px whose first pixel is at (left, top). */
export function cutOut(raster: Raster, left: number, top: number, width: number, height: number): Raster {
  const out = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((y + top) * raster.width + left);
    out.set(raster.data.subarray(from, from + 3 * width), 3 * width * y);
  }
  return { data: out, width, height };
}
