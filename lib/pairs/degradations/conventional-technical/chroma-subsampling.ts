import { reducedSize, reductionFactor } from "../../kernels/reduced-size.js";
import { byte, geometric } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import { type Raster, resize, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Reduction of each side of the colour planes. */
  factor: number;
  /** How far colour comes to lie beside its place, px. */
  lag: number;
  /** Standard deviation of the error of the reduced colour differences, 8-bit steps. */
  error: number;
};

/** Colour kept at a fraction of the resolution of brightness, and inexactly. */
export const chromaSubsampling: DegradationFamily<Settings> = {
  name: "chroma-subsampling",
  summary: "Colour at a fraction of the resolution, as on video tape: it bleeds over edges and blotches greys.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [{ what: "the edges in brightness", measure: "edge-energy-ratio", atLeast: 0.85 }],
  parameters(severity, random) {
    const factor = geometric(4, 24, severity);
    return {
      factor: tidy(factor),
      lag: tidy(random.sign() * random.uniform(0.3, 0.6) * factor),
      error: tidy(geometric(5, 11, severity)),
    };
  },
  async apply(raster, { factor, lag, error }, random) {
    const [width, height] = reducedSize(raster, reductionFactor(raster, factor));
    const coarse = colourOnly(await resize(raster, width, height, "linear"), error, random);
    return recolour(
      raster,
      await resize(coarse, raster.width, raster.height, "linear"),
      Math.round(lag * scaleOf(raster)),
    );
  },
};

/** Cb and Cr (Rec. 601) with errors of a normal distribution; the luma becomes a mid-grey, so that no colour is clipped. */
function colourOnly({ data, width, height }: Raster, error: number, random: Random): Raster {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const luma = lumaAt(data, i);
    const cb = 0.564 * ((data[i + 2] as number) - luma) + error * random.normal();
    const cr = 0.713 * ((data[i] as number) - luma) + error * random.normal();
    out[i] = byte(128 + 1.402 * cr);
    out[i + 1] = byte(128 - 0.344 * cb - 0.714 * cr);
    out[i + 2] = byte(128 + 1.772 * cb);
  }
  return { data: out, width, height };
}

/** The colour differences of `colour`, moved to the right by `lag` px, on the luma of `raster`. */
function recolour({ data, width, height }: Raster, colour: Raster, lag: number): Raster {
  const out = new Uint8Array(data.length);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 3) {
      const from = 3 * (y * width + Math.max(0, Math.min(width - 1, x - lag)));
      const lift = lumaAt(data, i) - lumaAt(colour.data, from);
      out[i] = byte((colour.data[from] as number) + lift);
      out[i + 1] = byte((colour.data[from + 1] as number) + lift);
      out[i + 2] = byte((colour.data[from + 2] as number) + lift);
    }
  return { data: out, width, height };
}

/** Rec. 601 luma of the pixel whose red value is at `i`. */
function lumaAt(data: Uint8Array, i: number): number {
  return 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
}
