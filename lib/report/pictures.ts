/** Pictures for the page: read once, made small, and never fatal. */
import sharp from "sharp";
import { type EliqError, toEliqError } from "../errors.js";
import type { RgbImage } from "../images/pixels.js";
import { type ReadLimits, readImage } from "../images/read.js";
import { toSource } from "../images/source.js";

/** Longer side in px of the pictures on the contact sheets. */
export const thumbnailSide = 160;
/** Longer side in px of the pictures in the panel. */
export const pictureSide = 480;

/** Pixels, or why there are none. */
export type Reading =
  | { readonly ok: true; readonly image: RgbImage }
  | { readonly ok: false; readonly error: EliqError };

/** Reads an image; a missing or broken one is told of, and only an abort is thrown. @throws EliqError ERR_ABORTED. */
export async function readPicture(
  location: string,
  limits: ReadLimits,
  signal: AbortSignal | undefined,
): Promise<Reading> {
  try {
    const source = toSource(location);
    if (source.kind === "pixels") throw new TypeError("A location is a path or URL.");
    return { ok: true, image: await readImage(source, limits, signal) };
  } catch (cause) {
    return { ok: false, error: unlessAborted(cause) };
  }
}

/** What failed, for what is told of and is not fatal. @throws EliqError ERR_ABORTED. */
export function unlessAborted(cause: unknown): EliqError {
  const error = toEliqError(cause);
  if (error.code === "ERR_ABORTED") throw error;
  return error;
}

/** A picture as it stands in the page. */
export interface Picture {
  /** Data URL of a WebP file. */
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

/** Scales an image down to at most `side` px and encodes it. */
export async function encodePicture(image: RgbImage, side: number): Promise<Picture> {
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const { data, info } = await sharp(image.data, { raw })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer({ resolveWithObject: true });
  return { src: dataUrl(data), width: info.width, height: info.height };
}

/** A WebP file as a data URL. */
export function dataUrl(webp: Buffer): string {
  return `data:image/webp;base64,${webp.toString("base64")}`;
}
