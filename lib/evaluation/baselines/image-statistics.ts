/** Statistics of one image that read no opinion and learn nothing, for scale; all with **higher = better**. */
import sharp from "sharp";
import { luma, type RgbPixels } from "../scene-statistics.js";

/**
 * Logarithm of the mean squared Laplacian (four neighbours) of the luma.
 *
 * @returns any number; NaN for an image with fewer than 3 x 3 pixels, which has no inner pixel.
 */
export function sharpness(image: RgbPixels): number {
  const { data, width, height } = luma(image, image.width, image.height);
  if (width < 3 || height < 3) return Number.NaN;
  const at = (i: number) => data[i] as number;
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      sum += (at(i - 1) + at(i + 1) + at(i - width) + at(i + width) - 4 * at(i)) ** 2;
    }
  }
  return Math.log(sum / ((width - 2) * (height - 2)) + 1e-12);
}

/**
 * Logarithm of the bytes per pixel that the image takes as a JPEG of quality 75: a file-size statistic that does not depend on how
 * the file at hand happens to be encoded.
 */
export async function jpegSize({ data, width, height }: RgbPixels): Promise<number> {
  const encoded = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 75 })
    .toBuffer();
  return Math.log(encoded.length / (width * height));
}

/** Logarithm of the number of pixels. */
export function pixelCount({ width, height }: RgbPixels): number {
  return Math.log(width * height);
}

/**
 * Logarithm of the bytes per pixel of the file as it is.
 *
 * @param bytes size of the file.
 */
export function fileSize(bytes: number, { width, height }: RgbPixels): number {
  return Math.log(bytes / (width * height));
}
