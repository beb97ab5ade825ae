import { reducedSize, reductionFactor } from "../../kernels/reduced-size.js";
import { byte, geometric } from "../../kernels/scalars.js";
import { type Raster, resize, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Reduction of each side of the colour planes. */
  factor: number;
  /** How far colour comes to lie beside its place, px. */
  lag: number;
  /** Distance between the values that the reduced colour differences can take, 8-bit steps. */
  step: number;
};

/** Colour kept at a fraction of the resolution of brightness, and in coarse steps. */
export const chromaSubsampling: DegradationFamily<Settings> = {
  name: "chroma-subsampling",
  summary: "Colour at a fraction of the resolution and in coarse steps: it bleeds over edges and blotches greys.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [{ what: "the edges in brightness", measure: "edge-energy-ratio", atLeast: 0.85 }],
  parameters(severity, random) {
    const factor = geometric(4, 24, severity);
    return {
      factor: tidy(factor),
      lag: tidy(random.sign() * random.uniform(0.3, 0.6) * factor),
      step: tidy(geometric(9, 30, severity)),
    };
  },
  async apply(raster, { factor, lag, step }) {
    const [width, height] = reducedSize(raster, reductionFactor(raster, factor));
    const coarse = roundColour(await resize(raster, width, height, "linear"), step);
    return recolour(
      raster,
      await resize(coarse, raster.width, raster.height, "linear"),
      Math.round(lag * scaleOf(raster)),
    );
  },
};

/**
 * Rounds Cb and Cr (Rec. 601) to odd multiples of half a step; grey is none of these values. The luma becomes a mid-grey, so that no
 * colour is clipped.
 */
function roundColour({ data, width, height }: Raster, step: number): Raster {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const luma = lumaAt(data, i);
    const cb = (Math.floor((0.564 * ((data[i + 2] as number) - luma)) / step) + 0.5) * step;
    const cr = (Math.floor((0.713 * ((data[i] as number) - luma)) / step) + 0.5) * step;
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
