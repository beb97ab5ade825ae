/**
 * Encoded image to 8-bit sRGB pixels. sharp decodes and never resizes: the size that the model sees is made by the addon.
 *
 * What every image goes through: EXIF orientation is applied, an embedded ICC profile (or, for CMYK without one, libvips's
 * own) is converted to sRGB, 16 bits become 8, alpha is flattened on white, of several frames or pages the first is taken.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import sharp from "sharp";
import { EliqError } from "../errors.js";
import { formatNames, guessContent, signatureLength, sniffFormat } from "./format.js";
import { checkSize } from "./limits.js";
import type { RgbImage } from "./pixels.js";

/** A path, or the encoded bytes, which must not change until the image is decoded. */
export type Encoded = string | Uint8Array;

/**
 * Decodes one image. Nothing larger than the header is read before the size is known to be allowed.
 *
 * @param input path or encoded bytes.
 * @param name how messages call the image.
 * @param maxPixels greatest allowed width * height.
 * @throws EliqError ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE or ERR_IO.
 */
export async function decodeImage(input: Encoded, name: string, maxPixels: number): Promise<RgbImage> {
  checkFormat(typeof input === "string" ? await readHead(input, name) : input, name);
  try {
    const { width, height, wide } = await readHeader(input);
    checkSize(name, width, height, maxPixels);
    return await decodePixels(input, maxPixels, wide);
  } catch (error) {
    throw decodeError(error, name);
  }
}

interface Header {
  width: number;
  height: number;
  /** 16-bit colour with a profile. */
  wide: boolean;
}

async function readHeader(input: Encoded): Promise<Header> {
  const { width, height, depth, hasProfile, channels } = await sharp(input, { limitInputPixels: false }).metadata();
  return { width, height, wide: depth === "ushort" && hasProfile && channels >= 3 };
}

/**
 * sharp converts wide colour to Display P3 in between; only a named output profile brings it to sRGB then. For all other
 * images that would be a second, needless conversion.
 */
async function decodePixels(input: Encoded, maxPixels: number, wide: boolean): Promise<RgbImage> {
  const pipeline = sharp(input, { limitInputPixels: maxPixels, failOn: "error", autoOrient: true })
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb");
  if (wide) pipeline.withIccProfile("srgb", { attach: false });
  const { data, info } = await pipeline.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels`);
  return { data, width: info.width, height: info.height };
}

function checkFormat(head: Uint8Array, name: string): void {
  if (head.length === 0) throw new EliqError("ERR_IMAGE_DECODE", `${name} is empty (0 bytes).`);
  if (sniffFormat(head)) return;
  const guess = guessContent(head);
  throw new EliqError(
    "ERR_IMAGE_DECODE",
    `${name} is not an image that eliq reads (${formatNames}).${guess ? ` ${guess}.` : ""}`,
  );
}

async function readHead(path: string, name: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await file.stat();
    if (stat.isDirectory()) {
      throw new EliqError("ERR_IMAGE_DECODE", `${name} is a folder, not an image. Pass the images in it.`);
    }
    if (!stat.isFile()) throw new EliqError("ERR_IMAGE_DECODE", `${name} is not a regular file.`);
    const head = new Uint8Array(signatureLength);
    const { bytesRead } = await file.read(head, 0, signatureLength, 0);
    return head.subarray(0, bytesRead);
  } catch (error) {
    throw fileError(error, name);
  } finally {
    await file?.close();
  }
}

function fileError(error: unknown, name: string): EliqError {
  if (error instanceof EliqError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new EliqError("ERR_IMAGE_NOT_FOUND", `There is no file ${name}.`, { cause: error });
  }
  return new EliqError("ERR_IO", `${name} cannot be read: ${message}.`, { cause: error });
}

function decodeError(error: unknown, name: string): EliqError {
  if (error instanceof EliqError) return error;
  const reason = ((error as Error).message ?? String(error)).split("\n")[0]?.trim().replace(/\.$/, "");
  return new EliqError(
    "ERR_IMAGE_DECODE",
    `${name} cannot be decoded: ${reason}. The file is damaged, cut short, or not quite what its format demands.`,
    { cause: error },
  );
}
