/** Mixing two rasters. */
import type { Raster } from "../raster.js";

/** Per-pixel blend: `weights` 0 keeps `from`, 1 takes `to`. Same sizes. */
export function blend(from: Raster, to: Raster, weights: Float32Array): Raster {
  const data = new Uint8Array(from.data.length);
  for (let p = 0, i = 0; p < weights.length; p++)
    for (let c = 0; c < 3; c++, i++) {
      const a = from.data[i] as number;
      data[i] = (a + ((to.data[i] as number) - a) * (weights[p] as number) + 0.5) | 0;
    }
  return { data, width: from.width, height: from.height };
}
