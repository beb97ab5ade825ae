/**
 * Natural scene statistics of a picture's patches: the 36 numbers that NIQE is made of (Mittal, Soundararajan & Bovik, "Making a
 * completely blind image quality analyzer", IEEE Signal Processing Letters 20(3), 2013; the local normalisation and the products
 * are those of Mittal, Moorthy & Bovik, "No-reference image quality assessment in the spatial domain", IEEE TIP 21(12), 2012).
 */
import { EliqError } from "../errors.js";
import { fitAsymmetricGaussian, type Moments } from "./generalized-gaussian.js";

/** Numbers per patch: 2 for the normalised luma and 4 for each of four products, at two scales. */
export const FEATURES = 36;
/** Side of a patch in pixels of the full picture. */
export const PATCH = 96;

/** 8-bit RGB, interleaved, row-major, no padding. */
export interface RgbPixels {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Statistics of the patches of one picture, in row-major order of patches. */
export interface SceneStatistics {
  patches: number;
  /** [patches, 36]. A row with a NaN belongs to a patch that is too flat to have statistics. */
  features: Float64Array;
  /** [patches]: mean local standard deviation of the luma, at full size. */
  sharpness: Float64Array;
}

/** A plane of luma in 0 … 255. */
interface Plane {
  data: Float64Array;
  width: number;
  height: number;
}

/** [dy, dx] of the neighbours that a value is multiplied with; neighbours wrap round inside the patch. */
const NEIGHBOURS = [
  [0, 1],
  [1, 0],
  [1, 1],
  [1, -1],
] as const;

/** Deviations from the local mean below this are rounding error of a flat area, and count as neither negative nor positive. */
const ROUNDING = 1e-9;

/**
 * @param image at its own size; what is left over at the right and bottom beyond whole 96 x 96 patches is not looked at.
 * @throws EliqError ERR_INVALID_ARGUMENT when the picture holds no whole patch.
 */
export function sceneStatistics(image: RgbPixels): SceneStatistics {
  const rows = Math.floor(image.height / PATCH);
  const columns = Math.floor(image.width / PATCH);
  if (rows * columns === 0) {
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `Scene statistics need a picture of at least ${PATCH} x ${PATCH} pixels; this one has ${image.width} x ${image.height}.`,
    );
  }
  const full = luma(image, columns * PATCH, rows * PATCH);
  const patches = rows * columns;
  const statistics = {
    patches,
    features: new Float64Array(patches * FEATURES),
    sharpness: new Float64Array(patches),
  };
  const normalised = normalise(full);
  patchFeatures(normalised.values, columns, rows, PATCH, statistics.features, 0);
  patchMeans(normalised.deviation, columns, rows, statistics.sharpness);
  const half = normalise(halve(full));
  patchFeatures(half.values, columns, rows, PATCH / 2, statistics.features, FEATURES / 2);
  return statistics;
}

/**
 * Luma of the upper left `width` x `height` pixels as MATLAB's rgb2gray computes it (NIQE's authors used it): the BT.601 weights as
 * the inverse of the rounded NTSC matrix gives them, rounded to whole numbers.
 */
export function luma(image: RgbPixels, width: number, height: number): Plane {
  const data = new Float64Array(width * height);
  for (let y = 0, o = 0; y < height; y++) {
    let i = y * image.width * 3;
    for (let x = 0; x < width; x++, i += 3) {
      const red = image.data[i] as number;
      const green = image.data[i + 1] as number;
      const blue = image.data[i + 2] as number;
      data[o++] = Math.round(0.298936021293776 * red + 0.587043074451121 * green + 0.114020904255103 * blue);
    }
  }
  return { data, width, height };
}

/** Mean-subtracted contrast-normalised values (x - mu) / (sigma + 1), and sigma; both in the plane's own shape. */
function normalise(plane: Plane): { values: Plane; deviation: Plane } {
  const { width, height } = plane;
  const mean = smooth(plane.data, width, height);
  const squares = new Float64Array(plane.data.length);
  for (let i = 0; i < squares.length; i++) squares[i] = (plane.data[i] as number) ** 2;
  const deviation = smooth(squares, width, height);
  for (let i = 0; i < mean.length; i++) {
    const mu = mean[i] as number;
    const sigma = Math.sqrt(Math.abs((deviation[i] as number) - mu * mu));
    const difference = (plane.data[i] as number) - mu;
    mean[i] = Math.abs(difference) < ROUNDING ? 0 : difference / (sigma + 1);
    deviation[i] = sigma;
  }
  return { values: { data: mean, width, height }, deviation: { data: deviation, width, height } };
}

/** 7 x 7 Gaussian of standard deviation 7/6, edges replicated: as a column of 7 after a row of 7. */
function smooth(source: Float64Array, width: number, height: number): Float64Array {
  const taps = [0, 1, 2, 3].map((d) => Math.exp((-d * d) / (2 * (7 / 6) ** 2)));
  const total = 2 * taps.reduce((sum, tap) => sum + tap, 0) - 1;
  const [w0, w1, w2, w3] = taps.map((tap) => tap / total) as [number, number, number, number];
  const rows = new Float64Array(source.length);
  const line = new Float64Array(width + 6);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let x = 0; x < width; x++) line[x + 3] = source[start + x] as number;
    line.fill(line[3] as number, 0, 3);
    line.fill(line[width + 2] as number, width + 3);
    for (let x = 0; x < width; x++) {
      rows[start + x] =
        w0 * (line[x + 3] as number) +
        w1 * ((line[x + 2] as number) + (line[x + 4] as number)) +
        w2 * ((line[x + 1] as number) + (line[x + 5] as number)) +
        w3 * ((line[x] as number) + (line[x + 6] as number));
    }
  }
  const result = new Float64Array(source.length);
  for (let y = 0; y < height; y++) {
    const [up3, up2, up1, here, down1, down2, down3] = [-3, -2, -1, 0, 1, 2, 3].map(
      (d) => Math.min(height - 1, Math.max(0, y + d)) * width,
    ) as [number, number, number, number, number, number, number];
    for (let x = 0; x < width; x++) {
      result[here + x] =
        w0 * (rows[here + x] as number) +
        w1 * ((rows[up1 + x] as number) + (rows[down1 + x] as number)) +
        w2 * ((rows[up2 + x] as number) + (rows[down2 + x] as number)) +
        w3 * ((rows[up3 + x] as number) + (rows[down3 + x] as number));
    }
  }
  return result;
}

/**
 * Half size with antialiasing, as MATLAB's imresize(plane, 0.5): cubic convolution (Keys, IEEE TASSP 29(6), 1981, a = -1/2) stretched
 * to eight taps, edges mirrored with the edge pixel repeated. Both sides are even.
 */
function halve(plane: Plane): Plane {
  const width = plane.width / 2;
  const height = plane.height / 2;
  const taps = [0.25, 0.75, 1.25, 1.75].map((distance) => keysCubic(distance) / 2);
  const columns = new Float64Array(plane.width * height);
  const mirror = (i: number, size: number): number => (i < 0 ? -1 - i : i >= size ? 2 * size - 1 - i : i);
  for (let y = 0; y < height; y++) {
    for (let d = 0; d < 4; d++) {
      const tap = taps[d] as number;
      const above = mirror(2 * y - d, plane.height) * plane.width;
      const below = mirror(2 * y + 1 + d, plane.height) * plane.width;
      const o = y * plane.width;
      for (let x = 0; x < plane.width; x++) {
        columns[o + x] =
          (columns[o + x] as number) + tap * ((plane.data[above + x] as number) + (plane.data[below + x] as number));
      }
    }
  }
  const data = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = y * plane.width;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let d = 0; d < 4; d++) {
        const left = columns[row + mirror(2 * x - d, plane.width)] as number;
        const right = columns[row + mirror(2 * x + 1 + d, plane.width)] as number;
        sum += (taps[d] as number) * (left + right);
      }
      data[y * width + x] = sum;
    }
  }
  return { data, width, height };
}

function keysCubic(x: number): number {
  return x <= 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2;
}

/** Writes 18 features a patch at `offset` of each row of `into`. */
function patchFeatures(
  plane: Plane,
  columns: number,
  rows: number,
  side: number,
  into: Float64Array,
  offset: number,
): void {
  const patch = new Float64Array(side * side);
  const product = new Float64Array(side * side);
  for (let index = 0; index < rows * columns; index++) {
    const top = Math.floor(index / columns) * side;
    const left = (index % columns) * side;
    for (let y = 0; y < side; y++) {
      const start = (top + y) * plane.width + left;
      patch.set(plane.data.subarray(start, start + side), y * side);
    }
    let o = index * FEATURES + offset;
    const own = fitAsymmetricGaussian(moments(patch));
    into[o++] = own ? own.shape : Number.NaN;
    into[o++] = own ? (own.left + own.right) / 2 : Number.NaN;
    for (const [dy, dx] of NEIGHBOURS) {
      multiply(patch, side, dy, dx, product);
      const fit = fitAsymmetricGaussian(moments(product));
      into[o++] = fit ? fit.shape : Number.NaN;
      into[o++] = fit ? fit.mean : Number.NaN;
      into[o++] = fit ? fit.left : Number.NaN;
      into[o++] = fit ? fit.right : Number.NaN;
    }
  }
}

/** Each value of a patch times its neighbour at (-dy, -dx), wrapping round. */
function multiply(patch: Float64Array, side: number, dy: number, dx: number, into: Float64Array): void {
  for (let y = 0; y < side; y++) {
    const row = y * side;
    const other = ((y - dy + side) % side) * side;
    const shifted = other - dx;
    for (let x = Math.max(0, dx); x < Math.min(side, side + dx); x++) {
      into[row + x] = (patch[row + x] as number) * (patch[shifted + x] as number);
    }
    const wrapped = dx > 0 ? 0 : side - 1;
    if (dx !== 0)
      into[row + wrapped] = (patch[row + wrapped] as number) * (patch[other + side - 1 - wrapped] as number);
  }
}

function moments(values: Float64Array): Moments {
  let negatives = 0;
  let zeros = 0;
  let squares = 0;
  let signedSquares = 0;
  let absolute = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const magnitude = Math.abs(value);
    absolute += magnitude;
    squares += value * value;
    signedSquares += value * magnitude;
    if (value < 0) negatives++;
    if (value === 0) zeros++;
  }
  return {
    count: values.length,
    absolute,
    negatives,
    negativeSquares: (squares - signedSquares) / 2,
    positives: values.length - negatives - zeros,
    positiveSquares: (squares + signedSquares) / 2,
  };
}

function patchMeans(plane: Plane, columns: number, rows: number, into: Float64Array): void {
  for (let y = 0; y < rows * PATCH; y++) {
    for (let x = 0; x < columns * PATCH; x++) {
      const index = Math.floor(y / PATCH) * columns + Math.floor(x / PATCH);
      into[index] = (into[index] as number) + (plane.data[y * plane.width + x] as number) / (PATCH * PATCH);
    }
  }
}
