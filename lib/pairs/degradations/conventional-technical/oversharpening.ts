import { gaussianBlur } from "../../kernels/gaussian.js";
import { byte, geometric, lerp } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Standard deviation of the unsharp mask, px. */
  sigma: number;
  /** How much of the difference from the mask is added. */
  amount: number;
};

/** Unsharp masking turned up too far. */
export const oversharpening: DegradationFamily<Settings> = {
  name: "oversharpening",
  summary: "Sharpened too much: bright and dark halos along edges, gritty texture.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "edge-energy-ratio", direction: "rises" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity, random) => ({
    sigma: tidy(random.uniform(0.9, 1.5) * lerp(1, 1.7, severity)),
    amount: tidy(geometric(1.8, 6, severity)),
  }),
  async apply(raster, { sigma, amount }) {
    const { data, width, height } = raster;
    const mask = (await gaussianBlur(raster, Math.max(0.7, sigma * scaleOf(raster)))).data;
    const out = new Uint8Array(data.length);
    for (let i = 0; i < out.length; i++) {
      const value = data[i] as number;
      out[i] = byte(value + amount * (value - (mask[i] as number)));
    }
    return { data: out, width, height };
  },
};
