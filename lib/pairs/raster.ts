import sharp, { type Sharp } from "sharp";
import { EliqError } from "../errors.js";

/** A picture in memory: sRGB, 8 bits, interleaved, `width * height * 3` bytes. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * How both sides of every pair are finally encoded. `lossless` (PNG without compression) leaves no trace in the pixels and makes
 * all files of one size equally long, so that neither says anything about quality; `jpeg` resembles files found in the wild, but
 * smooth pictures show its blocks more than rough ones do.
 */
export type FinalEncoding = { readonly format: "lossless" } | ({ readonly format: "jpeg" } & JpegSettings);

export interface JpegSettings {
  /** JPEG quality, 1..100. */
  readonly quality: number;
  readonly chromaSubsampling: "4:2:0" | "4:4:4";
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
 * @param fit which size to reduce to.
 * @throws EliqError ERR_IMAGE_DECODE when the file is missing, damaged or not an image.
 */
export async function readRaster(path: string, maxPixels: number, fit = fitWithin): Promise<Raster> {
  try {
    const image = sharp(path, { failOn: "error" }).autoOrient();
    const metadata = await image.metadata();
    const size = fit(metadata.autoOrient.width, metadata.autoOrient.height, maxPixels);
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

/** The file of a raster: PNG without compression, or JPEG. */
export async function encode(raster: Raster, encoding: FinalEncoding): Promise<Buffer> {
  if (encoding.format === "jpeg") return encodeJpeg(raster, encoding);
  return pipeline(raster).png({ compressionLevel: 0, adaptiveFiltering: false }).toBuffer();
}

/** The pixels of an encoded file. */
export async function decode(file: Uint8Array): Promise<Raster> {
  return collect(sharp(file));
}

/** The pixels that a reader of the encoded file would see. */
export async function reencode(raster: Raster, encoding: FinalEncoding): Promise<Raster> {
  return encoding.format === "jpeg" ? throughJpeg(raster, encoding) : raster;
}

async function encodeJpeg(raster: Raster, { quality, chromaSubsampling }: JpegSettings): Promise<Buffer> {
  return pipeline(raster).jpeg({ quality, chromaSubsampling }).toBuffer();
}

/** One JPEG generation: encoded and decoded again. */
export async function throughJpeg(raster: Raster, settings: JpegSettings): Promise<Raster> {
  return decode(await encodeJpeg(raster, settings));
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

/** Side of the square of the same area, in units of 512 px: makes severities given in pixels mean the same at every size. */
export function scaleOf(raster: Raster): number {
  return Math.sqrt(raster.width * raster.height) / 512;
}
