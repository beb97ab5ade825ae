import { blend, boxMean, byte, channel, geometric, join, lerp, smoothField } from "../kernels.js";
import { collect, pipeline, type Raster, resize, scaleOf } from "../raster.js";
import type { DegradationFamily } from "./family.js";

/** Edge-preserving smoothing by the self-guided filter (He, Sun and Tang, ECCV 2010): skin and foliage turn to plastic. */
export const plasticSmoothing: DegradationFamily = {
  name: "plastic-smoothing",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["technical", "aesthetic"],
  apply(raster, severity) {
    const radius = Math.max(1, Math.round(lerp(3, 11, severity) * scaleOf(raster)));
    const epsilon = geometric(0.004, 0.04, severity) * 255 * 255;
    const { width, height } = raster;
    const smooth = [0, 1, 2].map((c) => guided(channel(raster, c), width, height, radius, epsilon));
    return join(smooth, width, height);
  },
};

function guided(plane: Float32Array, width: number, height: number, radius: number, epsilon: number): Float32Array {
  const average = boxMean(plane, width, height, radius);
  const gain = boxMean(
    plane.map((v) => v * v),
    width,
    height,
    radius,
  );
  const offset = new Float32Array(plane.length);
  for (let i = 0; i < plane.length; i++) {
    const m = average[i] as number;
    const variance = Math.max(0, (gain[i] as number) - m * m);
    gain[i] = variance / (variance + epsilon);
    offset[i] = m * (1 - (gain[i] as number));
  }
  const gains = boxMean(gain, width, height, radius);
  const offsets = boxMean(offset, width, height, radius);
  return plane.map((v, i) => (gains[i] as number) * v + (offsets[i] as number));
}

/**
 * Guidance turned up too far: clipped, over-saturated, detail flattened into patches of colour with hard borders, as in small
 * diffusion models enlarged from 64 px.
 */
export const overBakedGuidance: DegradationFamily = {
  name: "over-baked-guidance",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["technical", "aesthetic"],
  async apply(raster, severity, random) {
    const { width, height } = raster;
    const factor = geometric(1.2, 4, severity) * Math.max(1, scaleOf(raster));
    const small = await resize(
      raster,
      Math.max(8, Math.round(width / factor)),
      Math.max(8, Math.round(height / factor)),
    );
    const flat = await collect(pipeline(small).median(severity < 0.5 ? 3 : 5));
    const contrast = lerp(1.25, 2.6, severity);
    const saturation = lerp(1.3, 3.2, severity);
    const pivot = random.uniform(90, 165);
    return resize(bake(flat, contrast, saturation, pivot), width, height);
  },
};

function bake(raster: Raster, contrast: number, saturation: number, pivot: number): Raster {
  const { data } = raster;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const y = 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
    for (let c = 0; c < 3; c++) {
      const vivid = y + ((data[i + c] as number) - y) * saturation;
      out[i + c] = byte(pivot + (vivid - pivot) * contrast);
    }
  }
  return { data: out, width: raster.width, height: raster.height };
}

/** Light and colour temperature that change from region to region without a cause. */
export const incoherentLight: DegradationFamily = {
  name: "incoherent-light",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  apply(raster, severity, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const light = smoothField(width, height, random.uniform(45, 110) * scale, random);
    const tint = smoothField(width, height, random.uniform(45, 110) * scale, random);
    const strength = lerp(0.15, 0.95, severity);
    const colour = lerp(8, 60, severity);
    const planes = [0, 1, 2].map((c) => channel(raster, c));
    for (let p = 0; p < light.length; p++) {
      const gain = Math.exp(strength * Math.max(-1.5, Math.min(1.2, light[p] as number)));
      const warm = colour * Math.max(-1.5, Math.min(1.5, tint[p] as number));
      (planes[0] as Float32Array)[p] = ((planes[0] as Float32Array)[p] as number) * gain + warm;
      (planes[1] as Float32Array)[p] = ((planes[1] as Float32Array)[p] as number) * gain;
      (planes[2] as Float32Array)[p] = ((planes[2] as Float32Array)[p] as number) * gain - warm;
    }
    return join(planes, width, height);
  },
};

/** Some regions sharp, some smeared, borders where no object ends. */
export const patchySharpness: DegradationFamily = {
  name: "patchy-sharpness",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical"],
  async apply(raster, severity, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const region = smoothField(width, height, 70 * scale, random);
    const factor = geometric(3, 10, severity) * Math.max(1, scale);
    const small = await resize(
      raster,
      Math.max(4, Math.round(width / factor)),
      Math.max(4, Math.round(height / factor)),
    );
    const soft = await resize(small, width, height);
    const edge = lerp(0.4, -0.5, severity);
    const weights = region.map((v) => Math.max(0, Math.min(1, 4 * (v - edge))));
    return blend(raster, soft, weights);
  },
};
