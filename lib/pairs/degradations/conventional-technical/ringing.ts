import { luma } from "../../kernels/planes.js";
import { ripples } from "../../kernels/resonator.js";
import { byte, geometric } from "../../kernels/scalars.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Distance between ripples, px. */
  period: number;
  /** What is left of a ripple one period further away, 0..1. */
  decay: number;
  /** Height of the ripples. */
  strength: number;
};

/** Ripples beside edges, as where a spectrum is cut off sharply. */
export const ringing: DegradationFamily<Settings> = {
  name: "ringing",
  summary: "Every edge is echoed by ripples to both sides (Gibbs), as after a filter with too sharp a cut.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity, random) => ({
    period: tidy(random.uniform(6, 10)),
    decay: tidy(random.uniform(0.3, 0.5)),
    strength: tidy(geometric(1.1, 4, severity)),
  }),
  apply(raster, { period, decay, strength }) {
    const { width, height } = raster;
    const distance = Math.max(3.3, period * scaleOf(raster));
    const echo = ripples(luma(raster), width, height, distance, decay ** (1 / distance));
    // An edge's echo grows with the period.
    return addToAll(raster, echo, strength / distance);
  },
};

function addToAll({ data, width, height }: Raster, plane: Float32Array, strength: number): Raster {
  const out = new Uint8Array(data.length);
  for (let p = 0, i = 0; p < plane.length; p++) {
    const added = strength * (plane[p] as number);
    for (const end = i + 3; i < end; i++) out[i] = byte((data[i] as number) + added);
  }
  return { data: out, width, height };
}
