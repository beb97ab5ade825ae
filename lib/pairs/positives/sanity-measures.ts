/** Figures of a picture's soundness on luma planes of values 0..255: what the sanity filter compares with its thresholds. */

/** A plane of width * height values, row by row. */
export interface Plane {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Standard deviation of all values. */
export function deviation({ values }: Plane): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
}

/**
 * How colourful the most colourful hundredth of the pixels is at least: 99th percentile of max(R, G, B) - min(R, G, B), 0..255.
 * In a grey picture only the rounding of JPEG's or WebP's colour transform is left of it.
 */
export function colourSpread(rgb: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (let i = 0; i < rgb.length; i += 3) {
    const r = rgb[i] as number;
    const g = rgb[i + 1] as number;
    const b = rgb[i + 2] as number;
    (counts[Math.max(r, g, b) - Math.min(r, g, b)] as number)++;
  }
  let above = 0;
  for (let spread = 255; spread > 0; spread--) {
    above += counts[spread] as number;
    if (above > rgb.length / 300) return spread;
  }
  return 0;
}

/** Half the size, by means of 2 x 2. */
function halved({ values, width, height }: Plane): Plane {
  const [w, h] = [width >> 1, height >> 1];
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const at = 2 * y * width + 2 * x;
      out[y * w + x] =
        ((values[at] as number) +
          (values[at + 1] as number) +
          (values[at + width] as number) +
          (values[at + width + 1] as number)) /
        4;
    }
  return { values: out, width: w, height: h };
}

/** Mean square of the Laplacian (4 c - l - r - t - b) in each whole block of `side` pixels; columns is blocks a row. */
function laplacianEnergy({ values, width, height }: Plane, side: number): { energy: Float64Array; columns: number } {
  const columns = Math.max(0, Math.floor((width - 2) / side));
  const rows = Math.max(0, Math.floor((height - 2) / side));
  const energy = new Float64Array(columns * rows);
  for (let y = 0; y < rows * side; y++)
    for (let x = 0; x < columns * side; x++) {
      const at = (y + 1) * width + x + 1;
      const laplacian =
        4 * (values[at] as number) -
        (values[at - 1] as number) -
        (values[at + 1] as number) -
        (values[at - width] as number) -
        (values[at + width] as number);
      (energy[Math.floor(y / side) * columns + Math.floor(x / side)] as number) += laplacian * laplacian;
    }
  for (let i = 0; i < energy.length; i++) (energy[i] as number) /= side * side;
  return { energy, columns };
}

/** Laplacian energy that rounding to whole numbers leaves: 20 / 12, and a quarter of it at half size. */
const roundingEnergy = 20 / 12;
/** Laplacian energy at half size from which a block shows detail. */
const detailEnergy = 16;

export interface Sharpness {
  /**
   * Laplacian energy at native size over that at half size, in the sharpest tenth of the blocks with detail. 1/2 at a
   * sharp step; 1/16 where edges are much wider than a pixel; 4 in white noise. Undefined without detail.
   */
  readonly ratio: number | undefined;
  /** Share of the blocks of 32 x 32 px that show detail, 0..1. */
  readonly detail: number;
}

/**
 * How sharp the sharpest parts are. Enlarging and blurring take fine detail from all of a picture, a shallow depth of field only
 * from a part of it: hence the sharpest tenth.
 */
export function sharpness(plane: Plane): Sharpness {
  const fine = laplacianEnergy(plane, 32);
  const coarse = laplacianEnergy(halved(plane), 16);
  const columns = Math.min(fine.columns, coarse.columns);
  const rows = columns === 0 ? 0 : Math.min(fine.energy.length / fine.columns, coarse.energy.length / coarse.columns);
  const ratios: number[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const below = (coarse.energy[row * coarse.columns + column] as number) - roundingEnergy / 4;
      const above = (fine.energy[row * fine.columns + column] as number) - roundingEnergy;
      if (below > detailEnergy) ratios.push(Math.max(0, above) / below);
    }
  return { ratio: quantile(ratios, 0.9), detail: rows * columns === 0 ? 0 : ratios.length / (rows * columns) };
}

/** The value below which a share of the values lies; undefined without values. */
export function quantile(values: number[], share: number): number | undefined {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(share * values.length))];
}

/**
 * Standard deviation of the noise, in units of 8-bit luma, from the quietest tenth of the blocks of 16 x 16 px, since texture looks like noise
 * elsewhere. In a block: median absolute diagonal Haar detail / 0.6745 (D. Donoho, I. Johnstone, "Ideal spatial adaptation by wavelet
 * shrinkage", Biometrika 81, 1994). Near black and white, where noise is cut off, blocks do not count.
 */
export function noiseDeviation({ values, width, height }: Plane): number {
  const deviations: number[] = [];
  const details = new Float32Array(64);
  for (let top = 0; top + 16 <= height; top += 16)
    for (let left = 0; left + 16 <= width; left += 16) {
      let sum = 0;
      for (let i = 0; i < 64; i++) {
        const at = (top + 2 * (i >> 3)) * width + left + 2 * (i & 7);
        const diagonal =
          (values[at] as number) -
          (values[at + 1] as number) -
          (values[at + width] as number) +
          (values[at + width + 1] as number);
        details[i] = Math.abs(diagonal) / 2;
        sum += values[at] as number;
      }
      if (sum < 64 * 16 || sum > 64 * 239) continue;
      details.sort();
      deviations.push(((details[31] as number) + (details[32] as number)) / 2 / 0.6745);
    }
  return quantile(deviations, 0.1) ?? 0;
}

/** Bars at opposite edges: shares of the width and of the height that they take together, 0..1. */
export function bars(plane: Plane): number {
  return Math.max(barShare(plane, "rows"), barShare(plane, "columns"));
}

function barShare(plane: Plane, direction: "rows" | "columns"): number {
  const length = direction === "rows" ? plane.height : plane.width;
  const first = barDepth(plane, direction, 0, 1);
  const last = barDepth(plane, direction, length - 1, -1);
  return first === 0 || last === 0 ? 0 : (first + last) / length;
}

/** Lines of one value at an edge, if they end at once all along: 0 when there are none or when they only fade into the picture. */
function barDepth(plane: Plane, direction: "rows" | "columns", edge: number, step: number): number {
  const length = direction === "rows" ? plane.height : plane.width;
  const colour = lineMean(plane, direction, edge);
  for (let depth = 0; depth < length / 2; depth++) {
    const off = shareOff(plane, direction, edge + step * depth, colour);
    if (off < 0.005) continue;
    // A blurred or subsampled border may take a line or two.
    const inside = Math.min(depth + 2, length - 1);
    return shareOff(plane, direction, edge + step * inside, colour) > 0.75 ? depth : 0;
  }
  return 0;
}

function lineAt({ width, height }: Plane, direction: "rows" | "columns", line: number): [number, number, number] {
  return direction === "rows" ? [line * width, 1, width] : [line, width, height];
}

function lineMean(plane: Plane, direction: "rows" | "columns", line: number): number {
  const [start, stride, count] = lineAt(plane, direction, line);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += plane.values[start + i * stride] as number;
  return sum / count;
}

/** Share of a line's pixels that differ from a value by more than 8. */
function shareOff(plane: Plane, direction: "rows" | "columns", line: number, value: number): number {
  const [start, stride, count] = lineAt(plane, direction, line);
  let off = 0;
  for (let i = 0; i < count; i++) if (Math.abs((plane.values[start + i * stride] as number) - value) > 8) off++;
  return off / count;
}
