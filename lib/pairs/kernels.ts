/** Typed-array building blocks of the degradations: noise fields, displacement, local means. */
import type { Random } from "./random.js";
import type { Raster } from "./raster.js";

/** Linear interpolation. */
export function lerp(from: number, to: number, t: number): number {
  return from + (to - from) * t;
}

/** Geometric interpolation, for quantities perceived as ratios (blur radius, JPEG quality). */
export function geometric(from: number, to: number, t: number): number {
  return from * (to / from) ** t;
}

/** Rounds into a byte. */
export function byte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
}

/** A raster of the same size, each channel value computed from its old value and its index. */
export function mapValues(raster: Raster, change: (value: number, index: number) => number): Raster {
  const { data } = raster;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = byte(change(data[i] as number, i));
  return { data: out, width: raster.width, height: raster.height };
}

/** A lookup table per channel. */
export function mapTables(raster: Raster, tables: readonly [Uint8Array, Uint8Array, Uint8Array]): Raster {
  const { data } = raster;
  const out = new Uint8Array(data.length);
  const [r, g, b] = tables;
  for (let i = 0; i < data.length; i += 3) {
    out[i] = r[data[i] as number] as number;
    out[i + 1] = g[data[i + 1] as number] as number;
    out[i + 2] = b[data[i + 2] as number] as number;
  }
  return { data: out, width: raster.width, height: raster.height };
}

/** Table of 256 entries of a function of the 8-bit value. */
export function table(change: (value: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => byte(change(value)));
}

/** Rec. 601 luma per pixel, 0..255. */
export function luma(raster: Raster): Float32Array {
  const { data } = raster;
  const out = new Float32Array(raster.width * raster.height);
  for (let i = 0, p = 0; p < out.length; i += 3, p++)
    out[p] = 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
  return out;
}

/** Mean of `values`. */
export function mean(values: Float32Array | Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

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

/** Samples the raster at (x + dx, y + dy) bilinearly; coordinates beyond the border are mirrored. */
export function displace(raster: Raster, dx: Float32Array, dy: Float32Array): Raster {
  const { data, width, height } = raster;
  const out = new Uint8Array(data.length);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const sx = mirror(x + (dx[p] as number), width - 1);
      const sy = mirror(y + (dy[p] as number), height - 1);
      const x0 = sx | 0;
      const y0 = sy | 0;
      const fx = sx - x0;
      const fy = sy - y0;
      const i = 3 * (y0 * width + x0);
      const right = x0 + 1 < width ? 3 : 0;
      const below = y0 + 1 < height ? 3 * width : 0;
      for (let c = 0; c < 3; c++) {
        const top = (data[i + c] as number) * (1 - fx) + (data[i + right + c] as number) * fx;
        const bottom = (data[i + below + c] as number) * (1 - fx) + (data[i + below + right + c] as number) * fx;
        out[3 * p + c] = (top * (1 - fy) + bottom * fy + 0.5) | 0;
      }
    }
  return { data: out, width, height };
}

/** Reflects a coordinate into [0, last]. */
export function mirror(position: number, last: number): number {
  if (last <= 0) return 0;
  let at = Math.abs(position) % (2 * last);
  if (at > last) at = 2 * last - at;
  return at;
}

/** Mean over the (2 radius + 1)-square window of one plane, edges repeated; running sums, so the cost is free of the radius. */
export function boxMean(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  const lines = new Float32Array(plane.length);
  const size = 2 * radius + 1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = (radius + 1) * (plane[row] as number);
    for (let x = 1; x <= radius; x++) sum += plane[row + Math.min(x, width - 1)] as number;
    for (let x = 0; x < width; x++) {
      lines[row + x] = sum / size;
      sum +=
        (plane[row + Math.min(x + radius + 1, width - 1)] as number) - (plane[row + Math.max(x - radius, 0)] as number);
    }
  }
  const out = new Float32Array(plane.length);
  const sums = new Float64Array(width);
  for (let y = -radius; y <= radius; y++) addRow(sums, lines, width, clampRow(y, height), 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[y * width + x] = (sums[x] as number) / size;
    addRow(sums, lines, width, clampRow(y + radius + 1, height), 1);
    addRow(sums, lines, width, clampRow(y - radius, height), -1);
  }
  return out;
}

function clampRow(y: number, height: number): number {
  return Math.max(0, Math.min(height - 1, y));
}

function addRow(sums: Float64Array, lines: Float32Array, width: number, y: number, sign: number): void {
  for (let x = 0; x < width; x++) (sums[x] as number) += sign * (lines[y * width + x] as number);
}

/** One colour channel as floats. */
export function channel(raster: Raster, index: number): Float32Array {
  const out = new Float32Array(raster.width * raster.height);
  for (let p = 0, i = index; p < out.length; p++, i += 3) out[p] = raster.data[i] as number;
  return out;
}

/** Three channels back into a raster. */
export function join(planes: readonly Float32Array[], width: number, height: number): Raster {
  const data = new Uint8Array(3 * width * height);
  for (let c = 0; c < 3; c++) {
    const plane = planes[c] as Float32Array;
    for (let p = 0, i = c; p < plane.length; p++, i += 3) data[i] = byte(plane[p] as number);
  }
  return { data, width, height };
}

/** Per-pixel blend: `weights` 0 keeps `from`, 1 takes `to`. Same sizes. */
export function blend(from: Raster, to: Raster, weights: Float32Array): Raster {
  const data = new Uint8Array(from.data.length);
  for (let p = 0, i = 0; p < weights.length; p++)
    for (let c = 0; c < 3; c++, i++) {
      const a = from.data[i] as number;
      data[i] = (a + ((to.data[i] as number) - a) * (weights[p] as number) + 0.5) | 0;
    }
  return { data, width: from.width, height: from.height };
}
