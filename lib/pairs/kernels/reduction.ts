/** Working at a reduced resolution: rasters through the resampler of libvips, planes of floats bilinearly. */
import { type Raster, resize } from "../raster.js";
import { linearTaps } from "./linear-taps.js";
import { reducedSize } from "./reduced-size.js";

/** The raster with both sides divided by about `factor`, at least 4 px a side. */
export function reduce(raster: Raster, factor: number): Promise<Raster> {
  const [width, height] = reducedSize(raster, factor);
  return resize(raster, width, height);
}

/** A plane enlarged bilinearly with the centres of the outer pixels kept inside, edges repeated. */
export function enlargePlane(
  plane: Float32Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Float32Array {
  const columns = linearTaps(toWidth, width, (i) => ((i + 0.5) * width) / toWidth - 0.5);
  const rows = linearTaps(toHeight, height, (i) => ((i + 0.5) * height) / toHeight - 0.5);
  const out = new Float32Array(toWidth * toHeight);
  const line = new Float32Array(width);
  for (let y = 0; y < toHeight; y++) {
    const above = (rows.first[y] as number) * width;
    const below = (rows.second[y] as number) * width;
    const t = rows.weight[y] as number;
    for (let x = 0; x < width; x++) {
      const a = plane[above + x] as number;
      line[x] = a + ((plane[below + x] as number) - a) * t;
    }
    for (let x = 0, p = y * toWidth; x < toWidth; x++, p++) {
      const a = line[columns.first[x] as number] as number;
      out[p] = a + ((line[columns.second[x] as number] as number) - a) * (columns.weight[x] as number);
    }
  }
  return out;
}
