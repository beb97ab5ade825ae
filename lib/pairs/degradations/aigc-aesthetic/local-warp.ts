import { displace } from "../../kernels/displacement.js";
import { smoothField } from "../../kernels/fields.js";
import { regionWeights } from "../../kernels/regions.js";
import { lerp } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Correlation length of the bending, px, and its standard deviation, px. */
  spacing: number;
  bend: number;
  /** How far melted parts sag, px. */
  sag: number;
  /** Share of the picture that is bent, 0..1. */
  share: number;
};

/** Parts of the picture bent out of shape and sagging: melted faces, wavy frames. */
export const localWarp: DegradationFamily<Settings> = {
  name: "local-warp",
  summary: "Parts of the picture are bent out of shape and sag: melted faces, wavy frames, hands without joints.",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["technical", "aesthetic"],
  local: true,
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.75 }],
  parameters(severity, random) {
    const spacing = random.uniform(16, 38);
    return {
      spacing: tidy(spacing),
      bend: tidy(spacing * lerp(0.22, 0.62, severity)),
      sag: tidy(lerp(4.5, 24, severity)),
      share: tidy(lerp(0.36, 0.55, severity)),
    };
  },
  apply(raster, { spacing, bend, sag, share }, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const size = Math.max(4, spacing * scale);
    const dx = smoothField(width, height, size, random);
    const dy = smoothField(width, height, size, random);
    const region = smoothField(width, height, 95 * scale, random);
    const weights = regionWeights(region, share, 0.55);
    for (let p = 0; p < weights.length; p++) {
      const weight = scale * (weights[p] as number);
      dx[p] = weight * bend * (dx[p] as number);
      // Sampled from above, so that what is there hangs down.
      dy[p] = weight * (bend * (dy[p] as number) - sag);
    }
    return displace(raster, dx, dy);
  },
};
