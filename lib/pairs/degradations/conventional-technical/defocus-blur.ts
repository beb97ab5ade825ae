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
    const pixels = Math.max(0.6, radius * scaleOf(raster));
    if (pixels <= exactRadius) return throughDisc(raster, pixels);
    const [width, height] = reducedSize(raster, pixels / exactRadius);
    const small = await resize(raster, width, height);
    const factor = Math.sqrt((raster.width * raster.height) / (width * height));
    return resize(throughDisc(small, pixels / factor), raster.width, raster.height);
  },
};

/** Discs smaller than this differ by whole pixels, so that a radius between two of them is their mixture. */
const mixedRadius = 2.5;

function throughDisc(raster: Raster, radius: number): Raster {
  const { width, height } = raster;
  const light = lightOf(raster);
  if (radius >= mixedRadius) return fromLight(discMean(light, width, height, radius), width, height);
  const smaller = Math.floor(2 * radius) / 2;
  const [a, b] = [smaller, smaller + 0.5].map((size) => discMean(light, width, height, size)) as [
    Uint16Array,
    Uint16Array,
  ];
  const share = 2 * (radius - smaller);
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) * (1 - share) + (b[i] as number) * share + 0.5;
  return fromLight(a, width, height);
}
