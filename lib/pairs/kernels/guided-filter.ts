/** Edge-preserving smoothing guided by the picture itself. */
import type { Raster } from "../raster.js";
import { boxMean } from "./box-mean.js";
import { channel, join } from "./planes.js";
import { enlargePlane, reduce } from "./reduction.js";

/**
 * Gain and offset per pixel of the self-guided filter, so that `gain * plane + offset` is smooth where the local variance is well
 * below `epsilon` (in squared units of the plane) and follows the plane where it is well above. K. He, J. Sun and X. Tang, "Guided
 * image filtering" (ECCV 2010), equations 5, 6 and 8.
 */
export function guidedCoefficients(
  plane: Float32Array,
  width: number,
  height: number,
  radius: number,
  epsilon: number,
): { gain: Float32Array; offset: Float32Array } {
  const average = boxMean(plane, width, height, radius);
  const squares = new Float32Array(plane.length);
  for (let i = 0; i < plane.length; i++) squares[i] = (plane[i] as number) ** 2;
  const gain = boxMean(squares, width, height, radius);
  const offset = squares;
  for (let i = 0; i < plane.length; i++) {
    const m = average[i] as number;
    const variance = Math.max(0, (gain[i] as number) - m * m);
    gain[i] = variance / (variance + epsilon);
    offset[i] = m * (1 - (gain[i] as number));
  }
  return { gain: boxMean(gain, width, height, radius), offset: boxMean(offset, width, height, radius) };
}

/** The self-guided filter of each channel at full resolution. `radius` in px, `epsilon` in squared 8-bit units. */
export function guidedFilter(raster: Raster, radius: number, epsilon: number): Raster {
  const { width, height } = raster;
  const planes = [0, 1, 2].map((c) => {
    const plane = channel(raster, c);
    const { gain, offset } = guidedCoefficients(plane, width, height, radius, epsilon);
    for (let i = 0; i < plane.length; i++)
      plane[i] = (gain[i] as number) * (plane[i] as number) + (offset[i] as number);
    return plane;
  });
  return join(planes, width, height);
}

/**
 * The same with the coefficients computed on the picture reduced by `subsampling` and enlarged: K. He and J. Sun, "Fast guided
 * filter" (arXiv 1505.00996, 2015). Their cost falls with the square of `subsampling`, which should not exceed the radius.
 */
export async function fastGuidedFilter(
  raster: Raster,
  radius: number,
  epsilon: number,
  subsampling: number,
): Promise<Raster> {
  if (subsampling <= 1) return guidedFilter(raster, radius, epsilon);
  const { data, width, height } = raster;
  const small = await reduce(raster, subsampling);
  const smallRadius = Math.max(1, Math.round(radius / subsampling));
  const out = new Uint8Array(data.length);
  for (let c = 0; c < 3; c++) {
    const { gain, offset } = guidedCoefficients(channel(small, c), small.width, small.height, smallRadius, epsilon);
    const gains = enlargePlane(gain, small.width, small.height, width, height);
    const offsets = enlargePlane(offset, small.width, small.height, width, height);
    // Both are means of values that keep the result within 0..255.
    for (let p = 0, i = c; p < gains.length; p++, i += 3)
      out[i] = ((gains[p] as number) * (data[i] as number) + (offsets[p] as number) + 0.5) | 0;
  }
  return { data: out, width, height };
}
