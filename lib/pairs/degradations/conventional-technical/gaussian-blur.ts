import { gaussianBlur as blurred } from "../../kernels/gaussian.js";
import { geometric } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Standard deviation, px. */
  sigma: number;
};

/** Gaussian blur. */
export const gaussianBlur: DegradationFamily<Settings> = {
  name: "gaussian-blur",
  summary: "Evenly soft, as by a Gaussian filter or a poor lens.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "edge-energy-ratio", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity) => ({ sigma: tidy(geometric(1.35, 7.5, severity)) }),
  apply: (raster, { sigma }) => blurred(raster, Math.max(0.5, sigma * scaleOf(raster))),
};
