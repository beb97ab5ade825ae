/** How source pictures are decoded before anything is made from them: so that the way a source was coded gives nothing away. */
import sharp from "sharp";
import { EliqError } from "../errors.js";
import { type Raster, readRaster } from "./raster.js";

/** A picture's sides in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Sides become at most this part of the original's. */
const largestRatio = 0.93;

/** Nearest that a side's ratio may come to a fraction with a denominator up to `denominators`, times the denominator. */
const clearance = 0.01;
const denominators = 8;

/** How much smaller than necessary a picture may become in search of a good ratio, and in which steps. */
const furthestSearch = 0.95;
const searchStep = 0.0025;

/** So that a product which is a whole number but for floating-point error keeps its pixel. */
const rounding = 1e-6;

/**
 * Decodes a file as `readRaster` does, always reduced by at least 7 % in each direction and to at most `maxPixels`.
 *
 * Block coders leave traces along lines 4, 8 or 16 px apart. Damage that moves or smooths pixels takes them away from the worse
 * side of a pair only, and a critic could learn that instead of quality. A reduction moves them to distances that do not repeat
 * with the 8 px of a block, provided that the ratio is no simple fraction; see `preparedSize`.
 *
 * @param maxPixels of the result, at least 1.
 * @throws EliqError ERR_IMAGE_DECODE when the file is missing, damaged or not an image.
 */
export function prepare(path: string, maxPixels: number): Promise<Raster> {
  return readRaster(path, maxPixels, preparedSize);
}

/**
 * The size that `prepare` gives a picture: the largest that is at most .93 of each side, at most `maxPixels`, and whose ratio to
 * the original is not near a fraction p / q with q up to 8. Near 1/2, lines 16 px apart would fall on every eighth pixel; near
 * 2/3, the resampling itself would alternate between sharp and soft columns. Where a small picture has no such size within 5 %,
 * the first condition alone decides.
 */
export function preparedSize(width: number, height: number, maxPixels: number): Size {
  const largest = Math.min(largestRatio, Math.sqrt(maxPixels / (width * height)));
  for (let ratio = largest; ratio >= largest * furthestSearch; ratio -= largest * searchStep) {
    const size = scaled(width, height, ratio);
    if (isClear(size.width / width) && isClear(size.height / height)) return size;
  }
  return scaled(width, height, largest);
}

function scaled(width: number, height: number, ratio: number): Size {
  return {
    width: Math.max(1, Math.floor(width * ratio + rounding)),
    height: Math.max(1, Math.floor(height * ratio + rounding)),
  };
}

function isClear(ratio: number): boolean {
  for (let q = 1; q <= denominators; q++) if (Math.abs(ratio * q - Math.round(ratio * q)) < clearance) return false;
  return true;
}

/**
 * The size of a picture as it is shown, EXIF orientation applied, from its header alone.
 *
 * @throws EliqError ERR_IMAGE_DECODE when the file is missing, damaged or not an image.
 */
export async function readSize(path: string): Promise<Size> {
  try {
    const { width, height } = (await sharp(path).metadata()).autoOrient;
    return { width, height };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EliqError("ERR_IMAGE_DECODE", `Could not read the image ${path}: ${reason}`, { cause });
  }
}
