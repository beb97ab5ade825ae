import { drawOutcomes, poissonOutcomes } from "../../kernels/poisson.js";
import { geometric } from "../../kernels/scalars.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Photons that a white pixel receives on average, per channel. */
  photons: number;
};

/** Poisson noise: few photons per pixel, counted one by one. */
export const shotNoise: DegradationFamily<Settings> = {
  name: "shot-noise",
  summary: "Too few photons per pixel, so that their counts scatter (Poisson): stronger where it is brighter.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity) => ({ photons: tidy(geometric(300, 7, severity)) }),
  apply: (raster, { photons }, random) => drawOutcomes(raster, poissonOutcomes(photons), random),
};
