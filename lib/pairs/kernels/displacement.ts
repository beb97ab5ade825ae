/** Moving pixels by a field of offsets. */
import type { Raster } from "../raster.js";

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
