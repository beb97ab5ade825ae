/** Gaussian blur that keeps brightness: libvips' fast integer convolution is off by up to two levels in a hundred for some widths. */
import { type Raster, resize } from "../raster.js";
import { reduce } from "./reduction.js";

/** Widest blur, px, that is computed at full resolution. */
const direct = 1.5;

/**
 * Gaussian blur, borders repeated; mean brightness changes by less than a tenth of a level. Wide blurs work on a reduced picture,
 * whose own softness is taken into account, and are right within some per cent.
 *
 * @param sigma standard deviation, px; below .3 the raster comes back as it is.
 */
export async function gaussianBlur(raster: Raster, sigma: number): Promise<Raster> {
  if (sigma < 0.3) return raster;
  if (sigma <= direct || Math.min(raster.width, raster.height) < 12) return convolve(raster, sigma);
  const factor = sigma / 1.35;
  // Reducing and enlarging linearly blur by about .4 px of the reduced picture each.
  const small = convolve(await reduce(raster, factor), Math.sqrt(1.35 ** 2 - 2 * 0.4 ** 2));
  return resize(small, raster.width, raster.height, "linear");
}

/** Half of a normalised Gaussian, the centre first. */
function halfKernel(sigma: number): Float64Array {
  const radius = Math.ceil(2.4 * sigma);
  const weights = Float64Array.from({ length: radius + 1 }, (_, k) => Math.exp((-k * k) / (2 * sigma * sigma)));
  let sum = -(weights[0] as number);
  for (const weight of weights) sum += 2 * weight;
  return weights.map((weight) => weight / sum);
}

function convolve({ data, width, height }: Raster, sigma: number): Raster {
  const weights = halfKernel(sigma);
  const radius = weights.length - 1;
  const length = 3 * width;
  const out = new Uint8Array(data.length);
  // A line with its ends repeated on either side, so that the inner loop asks no questions.
  const line = new Float32Array(length + 6 * radius);
  for (let y = 0; y < height; y++) {
    columnSums(line.subarray(3 * radius), data, length, height, y, weights);
    for (let k = 1; k <= radius; k++)
      for (let c = 0; c < 3; c++) {
        line[3 * (radius - k) + c] = line[3 * radius + c] as number;
        line[3 * (radius + width - 1 + k) + c] = line[3 * (radius + width - 1) + c] as number;
      }
    for (let i = 0, at = 3 * radius, o = y * length; i < length; i++, at++, o++) {
      let sum = (weights[0] as number) * (line[at] as number);
      for (let k = 1, step = 3; k <= radius; k++, step += 3)
        sum += (weights[k] as number) * ((line[at - step] as number) + (line[at + step] as number));
      out[o] = sum + 0.5;
    }
  }
  return { data: out, width, height };
}

/** One row, blurred vertically, into the beginning of `line`. */
function columnSums(
  line: Float32Array,
  data: Uint8Array,
  length: number,
  height: number,
  y: number,
  weights: Float64Array,
): void {
  const centre = weights[0] as number;
  for (let i = 0, p = y * length; i < length; i++, p++) line[i] = centre * (data[p] as number);
  for (let k = 1; k < weights.length; k++) {
    const weight = weights[k] as number;
    let above = Math.max(0, y - k) * length;
    let below = Math.min(height - 1, y + k) * length;
    for (let i = 0; i < length; i++, above++, below++)
      (line[i] as number) += weight * ((data[above] as number) + (data[below] as number));
  }
}
