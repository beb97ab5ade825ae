import { core } from "../../kernels/coring.js";
import { gaussianBlur } from "../../kernels/gaussian.js";
import { geometric } from "../../kernels/scalars.js";
import { mapTables, table } from "../../kernels/tables.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Values that a channel can take. */
  values: number;
  /** Where each channel's first step lies, in steps, -.5..0.5. */
  phases: [number, number, number];
};

/** Few values per channel over smooth parts without noise, so that the steps show as contours. */
export const banding: DegradationFamily<Settings> = {
  name: "banding",
  summary: "Skies and skin fall into steps with contours between them: too few values per channel.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.85 }],
  parameters(severity, random) {
    const [r, g, b] = [random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4)];
    const coloured = random.uniform() < 0.5;
    return {
      values: Math.round(geometric(17, 4, severity)),
      phases: [tidy(r), tidy(coloured ? g : r), tidy(coloured ? b : r)],
    };
  },
  async apply(raster, { values, phases }) {
    const smooth = core(raster, await gaussianBlur(raster, Math.max(0.8, 2 * scaleOf(raster))), 12);
    const [r, g, b] = phases.map((phase) => steps(values, phase));
    return mapTables(smooth, [r as Uint8Array, g as Uint8Array, b as Uint8Array]);
  },
};

/** Table that rounds to `values` evenly spaced values. */
function steps(values: number, phase: number): Uint8Array {
  const last = values - 1;
  return table((value) => ((Math.round((value / 255) * last + phase) - phase) * 255) / last);
}
