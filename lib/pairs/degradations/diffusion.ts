import { geometric, lerp, mapValues, smoothField } from "../kernels.js";
import { blur, type Raster, scaleOf } from "../raster.js";
import type { DegradationFamily } from "./family.js";

/** Orthonormal 8-point DCT-II, row k = frequency. */
const dct = Float32Array.from({ length: 64 }, (_, i) => {
  const [k, n] = [i >> 3, i & 7];
  return (k === 0 ? Math.sqrt(1 / 8) : 0.5) * Math.cos(((2 * n + 1) * k * Math.PI) / 16);
});

/**
 * A latent decoder with too few codes: each 8x8 cell keeps few coarsely quantised frequencies, and two half-shifted cell grids are
 * averaged, so that cells melt into each other instead of showing JPEG edges.
 */
export const latentQuantisation: DegradationFamily = {
  name: "latent-quantisation",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical"],
  apply(raster, severity) {
    const step = lerp(28, 150, severity);
    const kept = lerp(4.6, 1.5, severity);
    const { data, width, height } = raster;
    const sums = new Float32Array(data.length);
    for (const offset of [0, -4])
      for (let top = offset; top < height; top += 8)
        for (let left = offset; left < width; left += 8)
          for (let c = 0; c < 3; c++) quantiseCell(raster, sums, left, top, c, step, kept);
    const out = new Uint8Array(data.length);
    for (let i = 0; i < out.length; i++) out[i] = Math.max(0, Math.min(255, (sums[i] as number) / 2 + 0.5));
    return { data: out, width, height };
  },
};

const cell = new Float32Array(64);
const work = new Float32Array(64);

function quantiseCell(
  raster: Raster,
  sums: Float32Array,
  left: number,
  top: number,
  c: number,
  step: number,
  kept: number,
): void {
  const { data, width, height } = raster;
  for (let y = 0; y < 8; y++) {
    const row = Math.max(0, Math.min(height - 1, top + y)) * width;
    for (let x = 0; x < 8; x++)
      cell[8 * y + x] = data[3 * (row + Math.max(0, Math.min(width - 1, left + x))) + c] as number;
  }
  const used = Math.min(8, Math.ceil(kept));
  // Only the frequencies (u, v) with u + v < kept are wanted; the last diagonal fades, so that severity acts continuously.
  for (let y = 0; y < 8; y++)
    for (let u = 0; u < used; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += (dct[8 * u + x] as number) * (cell[8 * y + x] as number);
      work[8 * y + u] = sum;
    }
  cell.fill(0);
  for (let u = 0; u < used; u++)
    for (let v = 0; v + u < used; v++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) sum += (dct[8 * v + y] as number) * (work[8 * y + u] as number);
      const weight = Math.min(1, kept - u - v);
      const coarse = u + v === 0 ? step / 2 : step;
      cell[8 * v + u] = weight * Math.round(sum / coarse) * coarse;
    }
  for (let v = 0; v < used; v++)
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u + v < used; u++) sum += (dct[8 * u + x] as number) * (cell[8 * v + u] as number);
      work[8 * v + x] = sum;
    }
  for (let y = Math.max(0, -top); y < 8 && top + y < height; y++)
    for (let x = Math.max(0, -left); x < 8 && left + x < width; x++) {
      let sum = 0;
      for (let v = 0; v < used; v++) sum += (dct[8 * v + y] as number) * (work[8 * v + x] as number);
      (sums[3 * ((top + y) * width + left + x) + c] as number) += sum;
    }
}

/** Denoising stopped too early: fine structure missing, noise of several scales left, as a latent decoder shows it. */
export const earlyDenoising: DegradationFamily = {
  name: "early-denoising",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical"],
  async apply(raster, severity, random) {
    const scale = scaleOf(raster);
    const { width, height } = raster;
    const soft = await blur(raster, geometric(0.9, 6, severity) * scale);
    const amount = lerp(3.5, 24, severity);
    const scales = [1.2, 3.5, 9].map((spacing) => Math.max(1, spacing * Math.max(0.6, scale)));
    const fields = scales.map((spacing) => smoothField(width, height, spacing, random));
    const tints = scales.map(() => [random.uniform(0.5, 1.2), random.uniform(0.5, 1.2), random.uniform(-1, 1)]);
    return mapValues(soft, (value, i) => {
      const p = (i / 3) | 0;
      const c = i - 3 * p;
      let noise = 0;
      for (let k = 0; k < 3; k++)
        noise += ((fields[k] as Float32Array)[p] as number) * ((tints[k] as number[])[c] as number);
      return value + (amount * noise) / 1.6;
    });
  },
};
