/** Colours of what surrounds a hole. */
import { type Raster, scaleOf } from "../raster.js";
import { channel } from "./planes.js";
import { pushPull } from "./push-pull.js";
import { enlargePlane, reduce } from "./reduction.js";

/**
 * Colours that continue the surroundings of holes smoothly into them, found at a reduced resolution.
 *
 * @param holes weight 0..1 of every pixel; 1 is fully hole.
 * @returns planes of red, green and blue of the whole picture, 8-bit units; smooth in holes, coarse elsewhere.
 */
export async function surroundings(
  raster: Raster,
  holes: Float32Array,
): Promise<[Float32Array, Float32Array, Float32Array]> {
  const small = await reduce(raster, Math.max(1, 3.3 * scaleOf(raster)));
  const { width, height } = small;
  const weights = new Float32Array(width * height);
  for (let y = 0, p = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * raster.height) / height) * raster.width;
    for (let x = 0; x < width; x++, p++) {
      const hole = holes[row + Math.floor(((x + 0.5) * raster.width) / width)] as number;
      // Even the rim of a hole bears the colour of what is taken away; only pixels quite outside count.
      weights[p] = hole > 0.02 ? 0 : 1;
    }
  }
  const plane = (c: number) =>
    enlargePlane(pushPull(channel(small, c), weights, width, height), width, height, raster.width, raster.height);
  return [plane(0), plane(1), plane(2)];
}
