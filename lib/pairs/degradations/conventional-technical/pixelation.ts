import { cellIndices } from "../../kernels/odd-cells.js";
import { geometric } from "../../kernels/scalars.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Mean side of a cell, px. */
  cell: number;
  /** Width over height of a cell. */
  shape: number;
};

/** Every cell of a coarse grid replaced by its mean colour. */
export const pixelation: DegradationFamily<Settings> = {
  name: "pixelation",
  summary: "Too few pixels, each shown as a visible rectangle of one colour.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.85 }],
  parameters: (severity, random) => ({
    cell: tidy(geometric(2.8, 12, severity)),
    shape: tidy(random.uniform(0.9, 1.1)),
  }),
  apply(raster, { cell, shape }, random) {
    const scale = scaleOf(raster);
    const size = 1 + (cell - 1) * Math.max(scale, Math.sqrt(scale));
    const columns = cellIndices(raster.width, size * shape, random);
    const rows = cellIndices(raster.height, size / shape, random);
    return paintMeans(raster, columns, rows);
  },
};

/** Paints every cell, given as the cell index per column and per row, in its mean colour. */
function paintMeans({ data, width, height }: Raster, columns: Int32Array, rows: Int32Array): Raster {
  const across = (columns[width - 1] as number) + 1;
  const out = new Uint8Array(data.length);
  const sums = new Float64Array(3 * across);
  const counts = new Float64Array(across);
  for (const column of columns) (counts[column] as number)++;
  for (let top = 0, bottom = 0; top < height; top = bottom) {
    while (bottom < height && rows[bottom] === rows[top]) bottom++;
    sums.fill(0);
    for (let y = top, i = 3 * top * width; y < bottom; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0, to = 3 * (columns[x] as number); c < 3; c++, i++, to++)
          (sums[to] as number) += data[i] as number;
    for (let k = 0; k < sums.length; k++)
      sums[k] = (sums[k] as number) / ((counts[(k / 3) | 0] as number) * (bottom - top)) + 0.5;
    for (let y = top, i = 3 * top * width; y < bottom; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0, from = 3 * (columns[x] as number); c < 3; c++, i++, from++) out[i] = sums[from] as number;
  }
  return { data: out, width, height };
}
