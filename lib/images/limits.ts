/** How large an image may be. */
import { EliqError } from "../errors.js";

/** Default of `maxPixels`: 64 megapixels, which are 192 MB of RGB. */
export const defaultMaxPixels = 64 * 1024 * 1024;

/**
 * @param name how the message calls the image.
 * @throws EliqError ERR_IMAGE_TOO_LARGE when width * height is above maxPixels.
 */
export function checkSize(name: string, width: number, height: number, maxPixels: number): void {
  const pixels = width * height;
  if (pixels <= maxPixels) return;
  throw new EliqError(
    "ERR_IMAGE_TOO_LARGE",
    `${name}: ${width} x ${height} = ${pixels} pixels are more than the ${maxPixels} that maxPixels allows. Scale the image down or raise maxPixels.`,
  );
}
