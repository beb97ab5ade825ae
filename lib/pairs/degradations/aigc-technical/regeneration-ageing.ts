import { cutOut } from "../../kernels/borders.js";
import { byte, lerp } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import { collect, pipeline, type Raster, resize, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Times that the picture has been made anew. */
  generations: number;
  /** Size of a latent pixel's finest detail, px. */
  detail: number;
  /** Sharpening per generation. */
  sharpening: number;
  /** Gain of each channel per generation: the drift of colour. */
  drift: [number, number, number];
  /** Saturation per generation. */
  saturation: number;
};

/**
 * A picture fed back to a generator again and again: each generation resamples it a little differently, loses fine detail,
 * sharpens what is left, and drifts in colour.
 */
export const regenerationAgeing: DegradationFamily<Settings> = {
  name: "regeneration-ageing",
  summary:
    "The picture has been regenerated from itself several times: smoothed, resharpened, warmer or colder each time.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical", "aesthetic"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.8 }],
  parameters(severity, random) {
    const warm = random.uniform() < 0.75 ? 1 : -1;
    const [r, g, b] = [random.uniform(0.008, 0.018), random.uniform(-0.002, 0.007), random.uniform(0.016, 0.03)];
    return {
      generations: 2 + Math.round(4 * severity),
      detail: tidy(random.uniform(1.6, 1.85)),
      sharpening: tidy(lerp(0.35, 0.62, severity) * random.uniform(0.9, 1.1)),
      drift: [tidy(1 + warm * r), tidy(1 + warm * g), tidy(1 - warm * b)],
      saturation: tidy(1 + random.uniform(0.04, 0.065)),
    };
  },
  async apply(raster, settings, random) {
    const { width, height } = raster;
    const reduction = settings.detail * Math.max(1, scaleOf(raster));
    // Enlarged to a few pixels more and cut out at random, so that no grid keeps its phase.
    const extra = Math.min(3, Math.floor(Math.min(width, height) / 16));
    const [left, top] = [random.integer(extra + 1), random.integer(extra + 1)];
    let current = raster;
    for (let i = 0; i < settings.generations; i++)
      current = await regenerate(current, raster, reduction, settings.sharpening, random);
    return cutOut(await resize(drift(current, settings), width + extra, height + extra), left, top, width, height);
  },
};

/** One generation: a slightly different window at a slightly different size, sharpened. */
async function regenerate(
  current: Raster,
  original: Raster,
  reduction: number,
  sharpening: number,
  random: Random,
): Promise<Raster> {
  const size = random.uniform(0.9, 1.1) / reduction;
  const side = (length: number) => Math.max(8, Math.round(length * size));
  const cut = (length: number) => Math.floor(random.uniform(0, 0.0025) * length + random.uniform(0, 0.55));
  const [left, top] = [cut(current.width), cut(current.height)];
  return collect(
    pipeline(current)
      .extract({ left, top, width: current.width - 2 * left, height: current.height - 2 * top })
      .resize(side(original.width), side(original.height), { fit: "fill", kernel: "cubic" })
      .convolve({ width: 3, height: 3, kernel: sharpener(sharpening) }),
  );
}

/** Identity plus `amount` times the negative Laplacian of eight neighbours. */
function sharpener(amount: number): number[] {
  const a = -amount / 8;
  return [a, a, a, a, 1 + amount, a, a, a, a];
}

/** The colour drift of all generations together: saturation about Rec. 601 luma, then a gain per channel. */
function drift(raster: Raster, { drift: [red, green, blue], saturation, generations }: Settings): Raster {
  const { data } = raster;
  const out = new Uint8Array(data.length);
  const vivid = saturation ** generations;
  const [r, g, b] = [red ** generations, green ** generations, blue ** generations];
  for (let i = 0; i < data.length; i += 3) {
    const y = 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
    out[i] = byte(r * (y + ((data[i] as number) - y) * vivid));
    out[i + 1] = byte(g * (y + ((data[i + 1] as number) - y) * vivid));
    out[i + 2] = byte(b * (y + ((data[i + 2] as number) - y) * vivid));
  }
  return { data: out, width: raster.width, height: raster.height };
}
