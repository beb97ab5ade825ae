import { createRequire } from "node:module";
import { luma, mean } from "../kernels/planes.js";
import type { Raster } from "../raster.js";

type Ssim = typeof import("ssim.js").ssim;
type Image = Parameters<Ssim>[0];
const { ssim } = createRequire(import.meta.url)("ssim.js") as { ssim: Ssim };

function rgba(raster: Raster): { data: Uint8ClampedArray; width: number; height: number } {
  const data = new Uint8ClampedArray((raster.data.length / 3) * 4).fill(255);
  for (let i = 0, o = 0; i < raster.data.length; i += 3, o += 4) data.set(raster.data.subarray(i, i + 3), o);
  return { data, width: raster.width, height: raster.height };
}

/**
 * Structural similarity, -1..1, 1 for equal pictures. Falls with damage. The library's implementation of Z. Wang, A. Bovik,
 * H. Sheikh and E. Simoncelli, "Image quality assessment: from error visibility to structural similarity" (IEEE TIP 2004), on
 * luma, pictures above 256 px reduced as their authors recommend.
 */
export function structuralSimilarity(clean: Raster, degraded: Raster): number {
  return ssim(rgba(clean) as Image, rgba(degraded) as Image, { ssim: "fast" }).mssim;
}

/** Means of luma over a grid of 16 x 16 cells. */
function layout(raster: Raster): Float32Array {
  const { width, height } = raster;
  const bright = luma(raster);
  const cells = new Float32Array(256);
  const counts = new Float32Array(256);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const cell = 16 * Math.floor((16 * y) / height) + Math.floor((16 * x) / width);
      (cells[cell] as number) += bright[p] as number;
      (counts[cell] as number)++;
    }
  return cells.map((sum, i) => sum / Math.max(1, counts[i] as number));
}

/** Pearson correlation of mean lumas over a grid of 16 x 16 cells, -1..1: whether things are still where they were. */
export function layoutCorrelation(clean: Raster, degraded: Raster): number {
  const [a, b] = [layout(clean), layout(degraded)];
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [(a[i] as number) - ma, (b[i] as number) - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(Math.max(1e-9, aa * bb));
}
