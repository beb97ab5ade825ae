import { smoothField } from "../../kernels/fields.js";
import { gaussianBlur } from "../../kernels/gaussian.js";
import { byte, geometric } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Period of the grid, px. */
  period: number;
  /** Where it begins, in periods. */
  phase: [number, number];
  /** Standard deviation of the grid's gain where it is strongest. */
  strength: number;
  /** Standard deviation of the blur, px. */
  softness: number;
};

/**
 * Uneven overlap of transposed convolutions, described by A. Odena, V. Dumoulin and C. Olah, "Deconvolution and checkerboard
 * artifacts" (Distill, 2016): a fine grid over the picture, stronger in some regions, with a coarser one from the layer before.
 */
export const checkerboardUpsampling: DegradationFamily<Settings> = {
  name: "checkerboard-upsampling",
  summary: "A fine grid lies over parts of the picture, left by the uneven overlap of transposed convolutions.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters(severity, random) {
    return {
      period: random.pick([3, 5, 7]),
      phase: [tidy(random.uniform()), tidy(random.uniform())],
      strength: tidy(geometric(0.045, 0.28, severity)),
      softness: tidy(geometric(0.5, 1.1, severity)),
    };
  },
  async apply(raster, { period, phase, strength, softness }, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const soft = await gaussianBlur(raster, softness * Math.max(1, scale));
    const side = Math.max(3, 2 * Math.round((period * scale - 1) / 2) + 1);
    const across = overlap(width, side, phase[0], random);
    const down = overlap(height, side, phase[1], random);
    const region = smoothField(width, height, 60 * scale, random);
    const tint = [1, random.uniform(0.75, 1), random.uniform(0.6, 1)] as const;
    const out = new Uint8Array(soft.data.length);
    for (let y = 0, p = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, p++) {
        const patch = Math.max(0.12, Math.min(1.5, 0.7 + 0.75 * (region[p] as number)));
        const [a, b] = [across[x] as number, down[y] as number];
        const grid = strength * patch * (0.55 * (a + b) + a * b);
        for (let c = 0; c < 3; c++, i++) {
          const value = soft.data[i] as number;
          out[i] = byte(value + (value + 30) * grid * (tint[c] as number));
        }
      }
    return { data: out, width, height };
  },
};

/** Gain along one axis, mean 0: how often kernels overlap there, plus the grid of the layer before, three times as coarse. */
function overlap(length: number, period: number, phase: number, random: Random): Float32Array {
  const fine = centred(period, random);
  const coarse = centred(3 * period, random);
  const first = Math.floor(phase * 3 * period);
  return Float32Array.from(
    { length },
    (_, i) => (fine[(i + first) % period] as number) + 0.45 * (coarse[(i + first) % (3 * period)] as number),
  );
}

/** One period: a raised run of random width on a lower one with slight unevenness, mean 0, standard deviation 1/sqrt(2). */
function centred(period: number, random: Random): Float32Array {
  const run = Math.max(1, Math.round(period * random.uniform(0.25, 0.45)));
  const values = Float32Array.from({ length: period }, (_, i) => (i < run ? 1 : 0) + random.uniform(-0.15, 0.15));
  const average = values.reduce((sum, v) => sum + v, 0) / period;
  const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - average) ** 2, 0) / period);
  return values.map((v) => (v - average) / (spread * Math.SQRT2));
}
