/** From any encoded source to pixels. */
import { EliqError, throwIfAborted } from "../errors.js";
import type { AllowUrls } from "./fetch.js";
import type { RgbImage } from "./pixels.js";
import type { ImageSource } from "./source.js";

/** A source that must be decoded. */
export type EncodedSource = Exclude<ImageSource, { kind: "pixels" }>;

/** What may be read. */
export interface ReadLimits {
  /** Images of more pixels are refused before they are decoded. */
  readonly maxPixels: number;
  readonly allowUrls: AllowUrls;
}

/**
 * Reads and decodes an image. Bytes must not change until this resolves.
 *
 * @throws EliqError ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE, ERR_URL_REFUSED, ERR_URL_FETCH, ERR_IO,
 * ERR_SETUP or ERR_ABORTED.
 */
export async function readImage(source: EncodedSource, limits: ReadLimits, signal?: AbortSignal): Promise<RgbImage> {
  const { decodeImage } = await loadDecoder();
  const input = await encodedOf(source, limits.allowUrls, signal);
  const image = await decodeImage(input, source.name, limits.maxPixels);
  throwIfAborted(signal);
  return image;
}

async function encodedOf(
  source: EncodedSource,
  allowUrls: AllowUrls,
  signal: AbortSignal | undefined,
): Promise<string | Uint8Array> {
  if (source.kind === "file") return source.path;
  if (source.kind === "bytes") return source.bytes;
  const { fetchImage } = await import("./fetch.js");
  return fetchImage(source.url, allowUrls, signal);
}

/**
 * The decoder, imported when it is first needed: sharp takes longer to load than all else in JavaScript.
 *
 * @throws EliqError ERR_SETUP when sharp does not load.
 */
export async function loadDecoder(): Promise<typeof import("./decode.js")> {
  try {
    return await import("./decode.js");
  } catch (cause) {
    throw new EliqError(
      "ERR_SETUP",
      `The image decoder sharp does not load: ${(cause as Error).message} Install the package again on this machine with \`npm ci\`.`,
      { cause },
    );
  }
}
