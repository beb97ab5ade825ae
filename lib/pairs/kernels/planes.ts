/** A raster as separate planes of floats, and back. */
import type { Raster } from "../raster.js";
import { byte } from "./scalars.js";

/** Rec. 601 luma per pixel, 0..255. */
export function luma(raster: Raster): Float32Array {
  const { data } = raster;
  const out = new Float32Array(raster.width * raster.height);
  for (let i = 0, p = 0; p < out.length; i += 3, p++)
    out[p] = 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
  return out;
}

/** Mean of `values`. */
export function mean(values: Float32Array | Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** One colour channel as floats. */
export function channel(raster: Raster, index: number): Float32Array {
  const out = new Float32Array(raster.width * raster.height);
  for (let p = 0, i = index; p < out.length; p++, i += 3) out[p] = raster.data[i] as number;
  return out;
}

/** Three channels back into a raster. */
export function join(planes: readonly Float32Array[], width: number, height: number): Raster {
  const data = new Uint8Array(3 * width * height);
  for (let c = 0; c < 3; c++) {
    const plane = planes[c] as Float32Array;
    for (let p = 0, i = c; p < plane.length; p++, i += 3) data[i] = byte(plane[p] as number);
  }
  return { data, width, height };
}
