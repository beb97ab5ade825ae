import { createRequire } from "node:module";
import type { Raster } from "../raster.js";

// CommonJS build: the package's ES modules are slower to load and the same code.
const { differenceCiede2000 } = createRequire(import.meta.url)("culori") as typeof import("culori");
const difference = differenceCiede2000();

/** Pixels compared: enough that the mean is within a few hundredths, few enough for a test of many pictures. */
const samples = 4096;

/** Mean colour difference CIEDE2000 (CIE 142-2001) over a regular lattice of pixels; 1 is about just noticeable. Rises with damage. */
export function ciede2000(clean: Raster, degraded: Raster): number {
  const pixels = clean.data.length / 3;
  // A stride without common factors with the width, so that the lattice is no column pattern.
  let stride = Math.max(1, Math.floor(pixels / samples));
  while (stride > 1 && clean.width % stride === 0) stride++;
  let sum = 0;
  let count = 0;
  for (let p = 0; p < pixels; p += stride, count++) sum += difference(colour(clean, p), colour(degraded, p));
  return sum / count;
}

function colour({ data }: Raster, pixel: number): { mode: "rgb"; r: number; g: number; b: number } {
  const [r, g, b] = [data[3 * pixel] as number, data[3 * pixel + 1] as number, data[3 * pixel + 2] as number];
  return { mode: "rgb", r: r / 255, g: g / 255, b: b / 255 };
}
