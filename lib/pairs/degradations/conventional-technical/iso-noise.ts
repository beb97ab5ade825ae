import { core } from "../../kernels/coring.js";
import { smoothField } from "../../kernels/fields.js";
import { gaussianBlur } from "../../kernels/gaussian.js";
import { byte, geometric, lerp } from "../../kernels/scalars.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Standard deviation of the grain in brightness in the shadows, 8-bit steps. */
  grain: number;
  /** The same of the blotches in colour. */
  blotches: number;
  /** Correlation lengths of both, px. */
  grainSize: number;
  blotchSize: number;
  /** Deviations from the smooth picture that the camera's denoising took for noise, 8-bit steps. */
  denoising: number;
};

/** A shot at high sensitivity: texture smeared by denoising, and the noise that it left. */
export const isoNoise: DegradationFamily<Settings> = {
  name: "iso-noise",
  summary: "A shot in poor light: coarse grain and blotches of colour, strongest in the shadows, and smeared texture.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters(severity, random) {
    const colour = random.uniform(0.5, 1);
    const grain = geometric(6, 30, severity);
    return {
      grain: tidy(grain),
      blotches: tidy(colour * grain),
      grainSize: tidy(random.uniform(1.3, 2.2)),
      blotchSize: tidy(random.uniform(4, 8)),
      denoising: tidy(lerp(5, 22, severity)),
    };
  },
  async apply(raster, { grain, blotches, grainSize, blotchSize, denoising }, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const smooth = await gaussianBlur(raster, Math.max(0.8, 1.6 * scale));
    const size = Math.max(2, blotchSize * scale);
    return addNoise(core(raster, smooth, denoising), {
      brightness: smoothField(width, height, Math.max(1.2, grainSize * scale), random),
      blue: smoothField(width, height, size, random),
      red: smoothField(width, height, size, random),
      grain,
      blotches,
    });
  },
};

interface Noise {
  /** Fields of variance 1: luma, Cb and Cr. */
  readonly brightness: Float32Array;
  readonly blue: Float32Array;
  readonly red: Float32Array;
  readonly grain: number;
  readonly blotches: number;
}

/** After the tone curve the noise of a sensor is greatest in the shadows and small in the lights. */
const byBrightness = Float32Array.from({ length: 256 }, (_, value) => 1.1 - (0.8 * value) / 255);

function addNoise({ data, width, height }: Raster, noise: Noise): Raster {
  const out = new Uint8Array(data.length);
  for (let p = 0, i = 0; i < data.length; p++, i += 3) {
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    const amount = byBrightness[(r + 2 * g + b) >> 2] as number;
    const grain = amount * noise.grain * (noise.brightness[p] as number);
    const cb = 0.6 * amount * noise.blotches * (noise.blue[p] as number);
    const cr = 0.6 * amount * noise.blotches * (noise.red[p] as number);
    // Rec. 601: RGB of a difference in Cb and Cr.
    out[i] = byte(r + grain + 1.402 * cr);
    out[i + 1] = byte(g + grain - 0.344 * cb - 0.714 * cr);
    out[i + 2] = byte(b + grain + 1.772 * cb);
  }
  return { data: out, width, height };
}
