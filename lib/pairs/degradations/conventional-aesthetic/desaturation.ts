import { scaleChroma } from "../../kernels/chroma.js";
import { lerp } from "../../kernels/scalars.js";
import { mapTables, table } from "../../kernels/tables.js";
import { type DegradationFamily, tidy } from "../family.js";

/** Colours washed out towards grey, with the slight fading that goes with it. */
export const desaturation: DegradationFamily<{ kept: number; fade: number }> = {
  name: "desaturation",
  summary: "Colours are washed out to a dull near-grey, a little faded, as of a bleached print.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "saturation-ratio", direction: "falls" },
  keeps: [
    { what: "the layout", measure: "layout-correlation", atLeast: 0.9 },
    { what: "the contrast", measure: "contrast-ratio", atLeast: 0.5 },
  ],
  parameters(severity, random) {
    const fade = lerp(0.07, 0.24, severity) * random.uniform(0.8, 1.1);
    return { kept: tidy(lerp(0.58, 0.03, severity)), fade: tidy(fade) };
  },
  apply(raster, { kept, fade }) {
    const faded = table((value) => value + (150 - value) * fade);
    return mapTables(scaleChroma(raster, kept), [faded, faded, faded]);
  },
};
