/** Counts of photons. */
import type { Random } from "../random.js";
import type { Raster } from "../raster.js";
import { byte } from "./scalars.js";

/** Quantiles per value; 10 bits, so that one draw of 32 bits serves three channels. */
const quantiles = 1024;

/**
 * Per 8-bit value 1,024 equally likely outcomes, in rising order, of counting photons of which white sends `photons` on average
 * (Poisson), as 8-bit values again. Row v holds the outcomes of value v.
 *
 * @param photons above 0, below about 700 (where e^-photons leaves the range of doubles).
 */
export function poissonOutcomes(photons: number): Uint8Array {
  const outcomes = new Uint8Array(256 * quantiles);
  for (let value = 0; value < 256; value++) {
    const expected = (photons * value) / 255;
    let count = 0;
    let probability = Math.exp(-expected);
    let cumulative = probability;
    for (let q = 0; q < quantiles; q++) {
      while (cumulative < (q + 0.5) / quantiles && count < 4 * photons + 40) {
        count++;
        probability *= expected / count;
        cumulative += probability;
      }
      outcomes[value * quantiles + q] = byte((255 * count) / photons);
    }
  }
  return outcomes;
}

/** A raster in which every value is one of its row's outcomes, drawn independently. */
export function drawOutcomes(raster: Raster, outcomes: Uint8Array, random: Random): Raster {
  const { data, width, height } = raster;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const bits = random.uint32();
    out[i] = outcomes[((data[i] as number) << 10) | (bits & 1023)] as number;
    out[i + 1] = outcomes[((data[i + 1] as number) << 10) | ((bits >>> 10) & 1023)] as number;
    out[i + 2] = outcomes[((data[i + 2] as number) << 10) | ((bits >>> 20) & 1023)] as number;
  }
  return { data: out, width, height };
}
