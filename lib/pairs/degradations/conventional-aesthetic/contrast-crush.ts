import { luma, mean } from "../../kernels/planes.js";
import { lerp } from "../../kernels/scalars.js";
import { mapTables, table } from "../../kernels/tables.js";
import { type DegradationFamily, tidy } from "../family.js";

/** Everything drawn towards one grey: flat, without black or white. */
export const contrastCrush: DegradationFamily<{ gain: number; grey: number }> = {
  name: "contrast-crush",
  summary: "Flat and dull: all tones are drawn towards one grey, neither black nor white is left.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "contrast-ratio", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity, random) => ({ gain: tidy(lerp(0.74, 0.23, severity)), grey: tidy(random.uniform(85, 165)) }),
  apply(raster, { gain, grey }) {
    const centre = 0.5 * mean(luma(raster)) + 0.5 * grey;
    const crushed = table((value) => centre + (value - centre) * gain);
    return mapTables(raster, [crushed, crushed, crushed]);
  },
};
