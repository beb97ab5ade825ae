/** Showing a part of a picture at the picture's own size. */
import { collect, pipeline, type Raster } from "../raster.js";

/** Takes a window given in pixels and enlarges it to the raster's own size, so that size tells nothing. */
export async function enlargeWindow(
  raster: Raster,
  window: { left: number; top: number; width: number; height: number },
): Promise<Raster> {
  return collect(
    pipeline(raster).extract(window).resize(raster.width, raster.height, { fit: "fill", kernel: "cubic" }),
  );
}

/**
 * A window of the raster's own shape in whole pixels.
 *
 * @param side its side as a share of the raster's, 0..1.
 * @param x where it lies in the room that is left, 0 (left edge) to 1 (right edge); `y` likewise, 0 at the top.
 */
export function windowOf(
  { width, height }: Raster,
  side: number,
  x: number,
  y: number,
): { left: number; top: number; width: number; height: number } {
  const w = Math.max(1, Math.min(width, Math.round(width * side)));
  const h = Math.max(1, Math.min(height, Math.round(height * side)));
  const clamp = (value: number) => Math.max(0, Math.min(1, value));
  return { left: Math.round((width - w) * clamp(x)), top: Math.round((height - h) * clamp(y)), width: w, height: h };
}
