/** Point operations on a raster: each value replaced by a function of it. */
import type { Raster } from "../raster.js";
import { byte } from "./scalars.js";

/** A lookup table per channel. */
export function mapTables(raster: Raster, tables: readonly [Uint8Array, Uint8Array, Uint8Array]): Raster {
  const { data } = raster;
  const out = new Uint8Array(data.length);
  const [r, g, b] = tables;
  for (let i = 0; i < data.length; i += 3) {
    out[i] = r[data[i] as number] as number;
    out[i + 1] = g[data[i + 1] as number] as number;
    out[i + 2] = b[data[i + 2] as number] as number;
  }
  return { data: out, width: raster.width, height: raster.height };
}

/** Table of 256 entries of a function of the 8-bit value. */
export function table(change: (value: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => byte(change(value)));
}
