import sharp, { type Sharp } from "sharp";
import { EliqError } from "../errors.js";

/** A picture in memory: sRGB, 8 bits, interleaved, `width * height * 3` bytes. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** How every member of a chain is finally encoded, so that file history says nothing about quality. */
export interface FinalEncoding {
  /** JPEG quality, 1..100. */
  quality: number;
  chromaSubsampling: "4:2:0" | "4:4:4";
}

/** sharp on a raster's pixels. */
export function pipeline(raster: Raster): Sharp {
  return sharp(raster.data, { raw: { width: raster.width, height: raster.height, channels: 3 } });
}

/** Runs a pipeline to its end and takes the RGB pixels. */
export async function collect(image: Sharp): Promise<Raster> {
  const { data, info } = await image.removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new EliqError("ERR_IMAGE_DECODE", `Expected 3 channels, found ${info.channels}.`);
  return { data, width: info.width, height: info.height };
}

/**
 * Decodes a file: EXIF orientation applied, transparency on white, reduced (never enlarged) to at most `maxPixels`.
 *
 * @throws EliqError ERR_IMAGE_DECODE when the file is missing, damaged or not an image.
 */
export async function readRaster(path: string, maxPixels: number): Promise<Raster> {
  try {
    const image = sharp(path, { failOn: "error" }).autoOrient();
    const metadata = await image.metadata();
    const size = fitWithin(metadata.autoOrient.width, metadata.autoOrient.height, maxPixels);
    return await collect(
      image.flatten({ background: "#ffffff" }).resize(size.width, size.height, { fit: "fill", kernel: "lanczos3" }),
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EliqError("ERR_IMAGE_DECODE", `Could not read the image ${path}: ${reason}`, { cause });
  }
}

/** Greatest size of the same shape with at most `maxPixels` pixels, not larger than the original. */
export function fitWithin(width: number, height: number, maxPixels: number): { width: number; height: number } {
  const ratio = Math.min(1, Math.sqrt(maxPixels / (width * height)));
  return { width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio)) };
}

/** Encodes as JPEG. */
export async function encode(raster: Raster, encoding: FinalEncoding): Promise<Buffer> {
  return pipeline(raster).jpeg({ quality: encoding.quality, chromaSubsampling: encoding.chromaSubsampling }).toBuffer();
}

/** Encodes and decodes again: the pixels that a reader of the JPEG file would see. */
export async function reencode(raster: Raster, encoding: FinalEncoding): Promise<Raster> {
  return collect(sharp(await encode(raster, encoding)));
}

/** Resizes to an exact size. */
export async function resize(
  raster: Raster,
  width: number,
  height: number,
  kernel: "nearest" | "linear" | "cubic" | "lanczos3" = "cubic",
): Promise<Raster> {
  return collect(pipeline(raster).resize(width, height, { fit: "fill", kernel, fastShrinkOnLoad: false }));
}

/** Gaussian blur; below .3 px, where sharp refuses, the raster comes back as it is. */
export async function blur(raster: Raster, sigma: number): Promise<Raster> {
  return sigma < 0.3 ? raster : collect(pipeline(raster).blur({ sigma, minAmplitude: 0.05 }));
}

/** Side of the square of the same area, in units of 512 px: makes severities given in pixels mean the same at every size. */
export function scaleOf(raster: Raster): number {
  return Math.sqrt(raster.width * raster.height) / 512;
}
