import { fastGuidedFilter } from "../../kernels/guided-filter.js";
import { geometric, lerp } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Radius of the filter's window, px. */
  radius: number;
  /** Standard deviation below which detail counts as texture and is smoothed away, 8-bit units. */
  texture: number;
};

/** Edge-preserving smoothing by the self-guided filter: skin and foliage turn to plastic. */
export const plasticSmoothing: DegradationFamily<Settings> = {
  name: "plastic-smoothing",
  summary: "Skin, fabric and foliage are smoothed to plastic while strong edges stay.",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["technical", "aesthetic"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.95 }],
  parameters(severity, random) {
    return {
      radius: tidy(lerp(5.5, 11, severity) * random.uniform(0.9, 1.1)),
      texture: tidy(geometric(19, 46, severity) * random.uniform(0.92, 1.08)),
    };
  },
  apply(raster, { radius, texture }) {
    const pixels = Math.max(1, Math.round(radius * scaleOf(raster)));
    return fastGuidedFilter(raster, pixels, texture * texture, Math.min(4.3, pixels / 1.7));
  },
};
