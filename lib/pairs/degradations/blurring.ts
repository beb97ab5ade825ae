import { byte, geometric } from "../kernels.js";
import { blur, type Raster, scaleOf } from "../raster.js";
import type { DegradationFamily } from "./family.js";

/** Gaussian blur. */
export const gaussianBlur: DegradationFamily = {
  name: "gaussian-blur",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  apply: (raster, severity) => blur(raster, Math.max(0.5, geometric(1, 8, severity) * scaleOf(raster))),
};

/** Mean of the pixels along a straight line, borders repeated: a camera that moved. */
export const motionBlur: DegradationFamily = {
  name: "motion-blur",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  apply(raster, severity, random) {
    const angle = random.uniform(0, Math.PI);
    const length = Math.max(2, geometric(5, 44, severity) * scaleOf(raster));
    const taps = 1 + 2 * Math.max(1, Math.min(10, Math.round(length / 2)));
    const offsets: [number, number][] = [];
    for (let i = 0; i < taps; i++) {
      const at = (i / (taps - 1) - 0.5) * length;
      offsets.push([Math.round(at * Math.cos(angle)), Math.round(at * Math.sin(angle))]);
    }
    return meanOfShifts(raster, offsets);
  },
};

function meanOfShifts(raster: Raster, offsets: readonly [number, number][]): Raster {
  const { data, width, height } = raster;
  const sums = new Uint16Array(data.length);
  for (const [dx, dy] of offsets)
    for (let y = 0; y < height; y++) {
      const from = 3 * width * Math.max(0, Math.min(height - 1, y + dy));
      const to = 3 * width * y;
      const start = Math.max(0, Math.min(width, -dx));
      const end = Math.max(start, Math.min(width, width - dx));
      for (let x = 0; x < start; x++) addPixel(sums, to + 3 * x, data, from);
      for (let i = 3 * start; i < 3 * end; i++) (sums[to + i] as number) += data[from + i + 3 * dx] as number;
      for (let x = end; x < width; x++) addPixel(sums, to + 3 * x, data, from + 3 * (width - 1));
    }
  const out = new Uint8Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = byte((sums[i] as number) / offsets.length);
  return { data: out, width, height };
}

function addPixel(sums: Uint16Array, to: number, data: Uint8Array, from: number): void {
  for (let c = 0; c < 3; c++) (sums[to + c] as number) += data[from + c] as number;
}
