import { boxMean } from "../../kernels/box-mean.js";
import { displace } from "../../kernels/displacement.js";
import { smoothField } from "../../kernels/fields.js";
import { luma } from "../../kernels/planes.js";
import { enlargePlane, reduce } from "../../kernels/reduction.js";
import { byte, geometric, lerp } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import { type Raster, resize, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Size of the generator's own pixels, px. */
  pixel: number;
  /** Standard deviation of the bending, in generator pixels, and its correlation length. */
  bend: number;
  spacing: number;
  /** Invented texture, as a share of the local contrast. */
  texture: number;
  /** Correlation length of the texture, px. */
  grain: number;
  /** Strength of the woven grid beside the texture, and its period, px. */
  woven: number;
  period: number;
};

/**
 * What an early text-to-image network draws: a small, bent picture enlarged, with texture invented around edges and a faint woven
 * grid left by transposed convolutions.
 */
export const coarseGenerator: DegradationFamily<Settings> = {
  name: "coarse-generator",
  summary:
    "A small, bent picture enlarged, with invented texture and a faint woven grid, as early text-to-image networks draw.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical", "aesthetic"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.7 }],
  parameters(severity, random) {
    return {
      pixel: tidy(geometric(2.2, 7.5, severity) * random.uniform(0.93, 1.07)),
      bend: tidy(lerp(0.35, 1.25, severity)),
      spacing: tidy(random.uniform(3.5, 8)),
      texture: tidy(lerp(0.12, 0.5, severity)),
      grain: tidy(random.uniform(1.5, 5)),
      woven: tidy(random.uniform(0.1, 0.8)),
      period: tidy(random.pick([5, 6.7, 9, 13]) * random.uniform(0.96, 1.04)),
    };
  },
  async apply(raster, settings, random) {
    const small = await reduce(raster, Math.max(1.3, settings.pixel * scaleOf(raster)));
    const bending = () => {
      const field = smoothField(small.width, small.height, settings.spacing, random);
      return field.map((v) => settings.bend * v);
    };
    const bent = displace(small, bending(), bending());
    const contrast = localContrast(bent);
    const large = await resize(bent, raster.width, raster.height);
    return inventTexture(
      large,
      enlargePlane(contrast, bent.width, bent.height, large.width, large.height),
      settings,
      random,
    );
  },
};

/** Standard deviation of luma around each pixel, 8-bit units. */
function localContrast(raster: Raster): Float32Array {
  const { width, height } = raster;
  const bright = luma(raster);
  const average = boxMean(bright, width, height, 2);
  for (let p = 0; p < bright.length; p++) bright[p] = (bright[p] as number) ** 2;
  const square = boxMean(bright, width, height, 2);
  return square.map((v, p) => Math.sqrt(Math.max(0, v - (average[p] as number) ** 2)));
}

/** Adds noise and a woven pattern, both in proportion to the local contrast of the picture. */
function inventTexture(
  raster: Raster,
  contrast: Float32Array,
  { texture, grain, woven, period }: Settings,
  random: Random,
): Raster {
  const { data, width, height } = raster;
  const scale = scaleOf(raster);
  const noise = smoothField(width, height, Math.max(1, grain * scale), random);
  const wave = wovenLine(Math.max(width, height), Math.max(2.7, period * scale), 0.5 * woven, random);
  const out = new Uint8Array(data.length);
  for (let y = 0, p = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++, i += 3) {
      const grid = (wave[x] as number) + (wave[y] as number);
      const added = texture * ((contrast[p] as number) + 5) * ((noise[p] as number) + grid);
      out[i] = byte((data[i] as number) + added);
      out[i + 1] = byte((data[i + 1] as number) + added);
      out[i + 2] = byte((data[i + 2] as number) + added);
    }
  return { data: out, width, height };
}

function wovenLine(length: number, period: number, amplitude: number, random: Random): Float32Array {
  const phase = random.uniform(0, 2 * Math.PI);
  return Float32Array.from({ length }, (_, i) => amplitude * Math.cos((2 * Math.PI * i) / period + phase));
}
