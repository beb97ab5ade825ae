import { scaleChroma } from "../../kernels/chroma.js";
import { geometric } from "../../kernels/scalars.js";
import { type DegradationFamily, tidy } from "../family.js";

/** Colours turned up until they clip. */
export const overSaturation: DegradationFamily<{ gain: number }> = {
  name: "over-saturation",
  summary: "Garish: colours are turned up until skin turns orange and whole surfaces clip to one hue.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.45 }],
  parameters: (severity, random) => ({ gain: tidy(1 + geometric(0.8, 3, severity) * random.uniform(0.92, 1.08)) }),
  apply: (raster, { gain }) => scaleChroma(raster, gain),
};
