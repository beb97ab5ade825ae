import { reducedSize, reductionFactor } from "../../kernels/reduced-size.js";
import { geometric } from "../../kernels/scalars.js";
import { resize } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

const downKernels = ["nearest", "linear", "cubic", "lanczos3"] as const;
const upKernels = ["linear", "cubic"] as const;

type Settings = {
  /** Reduction of each side. */
  factor: number;
  down: (typeof downKernels)[number];
  up: (typeof upKernels)[number];
};

/** Reduced and enlarged again: low resolution sold as high. */
export const downUpSampling: DegradationFamily<Settings> = {
  name: "down-up-sampling",
  summary: "A small picture enlarged: soft, and jagged where it was reduced carelessly.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "ssim", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.85 }],
  parameters(severity, random) {
    const down = random.pick(downKernels);
    const careless = down === "nearest";
    return {
      factor: tidy(geometric(careless ? 2 : 2.5, careless ? 7 : 10, severity)),
      down,
      up: random.pick(upKernels),
    };
  },
  async apply(raster, { factor, down, up }) {
    const [width, height] = reducedSize(raster, reductionFactor(raster, factor));
    return resize(await resize(raster, width, height, down), raster.width, raster.height, up);
  },
};
