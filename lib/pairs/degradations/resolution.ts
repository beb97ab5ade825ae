import { geometric } from "../kernels.js";
import { type Raster, resize, scaleOf } from "../raster.js";
import type { DegradationFamily } from "./family.js";

function reducedSize(raster: Raster, factor: number): [number, number] {
  return [Math.max(4, Math.round(raster.width / factor)), Math.max(4, Math.round(raster.height / factor))];
}

/** Reduced and enlarged again with smooth kernels: low resolution sold as high. */
export const downUpSampling: DegradationFamily = {
  name: "down-up-sampling",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  async apply(raster, severity, random) {
    const down = random.pick(["nearest", "linear", "cubic", "lanczos3"] as const);
    const up = random.pick(["linear", "cubic", "lanczos3"] as const);
    const [width, height] = reducedSize(raster, geometric(2, 11, severity) * Math.max(1, scaleOf(raster)));
    return resize(await resize(raster, width, height, down), raster.width, raster.height, up);
  },
};

/** Reduced, then enlarged by repeating pixels. */
export const pixelation: DegradationFamily = {
  name: "pixelation",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  async apply(raster, severity) {
    const [width, height] = reducedSize(raster, geometric(2, 14, severity) * Math.max(1, scaleOf(raster)));
    return resize(await resize(raster, width, height, "linear"), raster.width, raster.height, "nearest");
  },
};
