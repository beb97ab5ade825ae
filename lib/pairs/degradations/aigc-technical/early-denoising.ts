import { smoothField } from "../../kernels/fields.js";
import { gaussianBlur } from "../../kernels/gaussian.js";
import { reducedSize } from "../../kernels/reduced-size.js";
import { enlargePlane } from "../../kernels/reduction.js";
import { byte, geometric } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Standard deviation of the blur, px. */
  blur: number;
  /** Standard deviation of the remaining noise, 8-bit units. */
  noise: number;
  /** Correlation lengths of fine, middle and coarse noise, px. */
  grains: [number, number, number];
  /** How much of the coarse noise is colour, 0..1. */
  colour: number;
  /** Side of a pixel of the noise, px; not a whole number, so that no period of the pixel grid shows. */
  pixel: number;
};

/** Denoising stopped too early: fine structure missing, noise of several scales left, as a latent decoder shows it. */
export const earlyDenoising: DegradationFamily<Settings> = {
  name: "early-denoising",
  summary:
    "Fine structure is missing and mottled noise of several scales is left, as when denoising is stopped too early.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.85 }],
  parameters(severity, random) {
    return {
      blur: tidy(geometric(0.9, 4.6, severity)),
      noise: tidy(geometric(4, 21, severity)),
      grains: [random.uniform(2.2, 2.8), random.uniform(4, 6), random.uniform(8, 13)].map(tidy) as Settings["grains"],
      colour: tidy(random.uniform(0.5, 0.9)),
      pixel: tidy(random.uniform(1.7, 1.95)),
    };
  },
  async apply(raster, settings, random) {
    return addMottle(await gaussianBlur(raster, Math.max(0.6, settings.blur * scaleOf(raster))), settings, random);
  },
};

/** Adds fine, middle and coarse noise in brightness and coarse noise in two opponent colours. */
function addMottle(raster: Raster, settings: Settings, random: Random): Raster {
  const { data, width, height } = raster;
  const [bright, red, yellow] = mottle(raster, settings, random);
  const out = new Uint8Array(data.length);
  for (let p = 0, i = 0; p < bright.length; p++, i += 3) {
    const l = bright[p] as number;
    const r = red[p] as number;
    const y = yellow[p] as number;
    out[i] = byte((data[i] as number) + l + 0.7 * r + 0.35 * y);
    out[i + 1] = byte((data[i + 1] as number) + l - 0.4 * r + 0.25 * y);
    out[i + 2] = byte((data[i + 2] as number) + l + 0.2 * r - 0.9 * y);
  }
  return { data: out, width, height };
}

/** Planes of noise in brightness, red against green, and yellow against blue, 8-bit units. */
function mottle(
  raster: Raster,
  { noise, grains, colour, pixel }: Settings,
  random: Random,
): [Float32Array, Float32Array, Float32Array] {
  const scale = scaleOf(raster);
  const step = Math.max(1, pixel * scale);
  const [columns, rows] = reducedSize(raster, step);
  const field = (grain: number) =>
    smoothField(columns, rows, Math.max(1, (grain * Math.max(0.6, scale)) / step), random);
  const [fine, middle, coarse] = [field(grains[0]), field(grains[1]), field(grains[2])];
  for (let p = 0; p < fine.length; p++)
    fine[p] = noise * (0.65 * (fine[p] as number) + 0.65 * (middle[p] as number) + 0.5 * (coarse[p] as number));
  const tint = noise * colour;
  const planes = [fine, field(grains[2]).map((v) => tint * v), field(grains[1]).map((v) => tint * v)];
  return planes.map((plane) => enlargePlane(plane, columns, rows, raster.width, raster.height)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
}
