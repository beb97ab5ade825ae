/** Random fields over a picture. */
import type { Random } from "../random.js";

/**
 * Smooth random field, mean 0 and variance 1 (over the ensemble): normals on a grid of `spacing` px joined by uniform cubic
 * B-splines. The autocorrelation length is about one `spacing`.
 */
export function smoothField(width: number, height: number, spacing: number, random: Random): Float32Array {
  const columns = Math.ceil(width / spacing) + 4;
  const rows = Math.ceil(height / spacing) + 4;
  const grid = random.fillNormal(new Float32Array(columns * rows));
  const horizontal = splineWeights(width, spacing);
  const vertical = splineWeights(height, spacing);
  const lines = new Float32Array(rows * width);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < width; x++) {
      const at = y * columns + (horizontal.first[x] as number);
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += (grid[at + k] as number) * (horizontal.weights[4 * x + k] as number);
      lines[y * width + x] = sum;
    }
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const first = vertical.first[y] as number;
    for (let k = 0; k < 4; k++) {
      const weight = vertical.weights[4 * y + k] as number;
      const from = (first + k) * width;
      for (let x = 0; x < width; x++) (out[y * width + x] as number) += weight * (lines[from + x] as number);
    }
  }
  return out;
}

/** B-spline weights scaled to unit root-mean-square sum, so that the field keeps the grid's variance. */
function splineWeights(length: number, spacing: number): { first: Int32Array; weights: Float32Array } {
  const first = new Int32Array(length);
  const weights = new Float32Array(4 * length);
  for (let i = 0; i < length; i++) {
    const position = i / spacing;
    const cell = Math.floor(position);
    const t = position - cell;
    first[i] = cell;
    const w = [(1 - t) ** 3, 3 * t ** 3 - 6 * t ** 2 + 4, -3 * t ** 3 + 3 * t ** 2 + 3 * t + 1, t ** 3];
    const norm = Math.hypot(...w);
    for (let k = 0; k < 4; k++) weights[4 * i + k] = (w[k] as number) / norm;
  }
  return { first, weights };
}
