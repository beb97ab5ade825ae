/** Stretching colours away from grey, or drawing them towards it. */
import type { Raster } from "../raster.js";
import { byte } from "./scalars.js";

/** Each pixel's distance from the grey of its own Rec. 601 luma times `gain`; 0 leaves grey, above 1 is more vivid, clipped. */
export function scaleChroma(raster: Raster, gain: number): Raster {
  const { data } = raster;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    const grey = (0.299 * r + 0.587 * g + 0.114 * b) * (1 - gain);
    out[i] = byte(grey + gain * r);
    out[i + 1] = byte(grey + gain * g);
    out[i + 2] = byte(grey + gain * b);
  }
  return { data: out, width: raster.width, height: raster.height };
}
