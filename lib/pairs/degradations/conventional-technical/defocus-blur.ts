import { discMean } from "../../kernels/disc-mean.js";
import { fromLight, lightOf } from "../../kernels/linear-light.js";
import { reducedSize } from "../../kernels/reduced-size.js";
import { geometric } from "../../kernels/scalars.js";
import { type Raster, resize, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Radius of the disc of confusion, px. */
  radius: number;
};

/** Radius up to which a disc is worth its exact edge; larger ones are laid over a reduced picture. */
const exactRadius = 4;

/** Every point of light spread into a disc. */
export const defocusBlur: DegradationFamily<Settings> = {
  name: "defocus-blur",
  summary: "Out of focus: every point of light becomes a disc.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "edge-energy-ratio", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.85 }],
  parameters: (severity) => ({ radius: tidy(geometric(2.3, 13, severity)) }),
  async apply(raster, { radius }) {
    const pixels = Math.max(1, radius * scaleOf(raster));
    if (pixels <= exactRadius) return throughDisc(raster, pixels);
    const [width, height] = reducedSize(raster, pixels / exactRadius);
    const small = await resize(raster, width, height);
    const factor = Math.sqrt((raster.width * raster.height) / (width * height));
    return resize(throughDisc(small, pixels / factor), raster.width, raster.height);
  },
};

function throughDisc(raster: Raster, radius: number): Raster {
  const { width, height } = raster;
  return fromLight(discMean(lightOf(raster), width, height, radius), width, height);
}
