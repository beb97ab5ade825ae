import { addCodedCells } from "../../kernels/cell-transform.js";
import { byte, geometric } from "../../kernels/scalars.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Side of a latent cell, px. */
  cell: number;
  /** Where the cells begin, in cells, 0..1. */
  phase: [number, number];
  /** Frequencies left per cell and axis. */
  kept: number;
  /** Step between code words, 8-bit units. */
  step: number;
};

/**
 * A latent decoder with too few codes: each cell keeps few coarsely quantised frequencies, and two half-shifted grids of cells are
 * averaged, so that cells melt into each other instead of showing the edges of JPEG blocks.
 */
export const latentQuantisation: DegradationFamily<Settings> = {
  name: "latent-quantisation",
  summary: "Texture turns to mushy, repeating cells, as when a latent decoder has too few codes.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters(severity, random) {
    return {
      cell: random.pick([7, 9, 11]),
      phase: [tidy(random.uniform()), tidy(random.uniform())],
      kept: tidy(geometric(3.4, 1.12, severity)),
      step: tidy(geometric(38, 150, severity)),
    };
  },
  apply(raster, { cell, phase, kept, step }) {
    // Odd, so that no multiple of a coding block's side is met at a fixed phase.
    const size = Math.max(5, 2 * Math.round((cell * scaleOf(raster) - 1) / 2) + 1);
    return throughLuma(raster, (plane, chroma) => {
      const sums = new Float32Array(plane.length);
      for (const shift of [0, 0.5]) {
        const [left, top] = phase.map((at) => -Math.floor(((at + shift) % 1) * size)) as [number, number];
        const coding = chroma
          ? { size, left, top, kept: 0.7 * kept, step: 0.7 * step }
          : { size, left, top, kept, step };
        addCodedCells(sums, plane, raster.width, raster.height, coding);
      }
      for (let p = 0; p < sums.length; p++) (sums[p] as number) /= 2;
      return sums;
    });
  },
};

/** Changes luma and two colour differences (B - Y and R - Y of Rec. 601, unscaled), each as a plane. */
function throughLuma(raster: Raster, change: (plane: Float32Array, chroma: boolean) => Float32Array): Raster {
  const { data, width, height } = raster;
  const [luma, red, blue] = [0, 1, 2].map(() => new Float32Array(width * height)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let p = 0, i = 0; p < luma.length; p++, i += 3) {
    const y = 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
    luma[p] = y;
    red[p] = (data[i] as number) - y;
    blue[p] = (data[i + 2] as number) - y;
  }
  const [y, r, b] = [change(luma, false), change(red, true), change(blue, true)];
  const out = new Uint8Array(data.length);
  for (let p = 0, i = 0; p < y.length; p++, i += 3) {
    const bright = y[p] as number;
    out[i] = byte(bright + (r[p] as number));
    out[i + 1] = byte(bright - (0.299 * (r[p] as number) + 0.114 * (b[p] as number)) / 0.587);
    out[i + 2] = byte(bright + (b[p] as number));
  }
  return { data: out, width, height };
}
