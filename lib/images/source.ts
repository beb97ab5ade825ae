/** What callers may pass as an image, and how it is told apart. */
import { fileURLToPath } from "node:url";
import { EliqError } from "../errors.js";

/** Pixels that are decoded already: 8 bits, interleaved, row by row from the top left, `width * height * channels` bytes. */
export interface RawPixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1: grey; 3: RGB; 4: RGBA, flattened on white. All are taken as sRGB. */
  readonly channels: 1 | 3 | 4;
}

/**
 * An image: a path, a URL (`file:`; `http:` and `https:` only where `allowUrls` permits them, as URL object or string), the
 * bytes of an encoded image, or raw pixels.
 */
export type ImageInput = string | URL | Uint8Array | RawPixels;

/** An input of known kind. `name` is how messages call it. */
export type ImageSource =
  | { readonly kind: "file"; readonly path: string; readonly name: string }
  | { readonly kind: "url"; readonly url: URL; readonly name: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly name: string }
  | { readonly kind: "pixels"; readonly pixels: RawPixels; readonly name: string };

const expected =
  "a path, a URL, a Buffer or Uint8Array with an encoded image, or raw pixels { data, width, height, channels }";

/**
 * Tells what `input` is, without touching a disk or network.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT for what is no image; ERR_URL_REFUSED for a scheme other than file, http and https.
 */
export function toSource(input: ImageInput): ImageSource {
  if (typeof input === "string") return fromString(input);
  if (input instanceof URL) return fromUrl(input);
  if (input instanceof Uint8Array) return { kind: "bytes", bytes: input, name: "the image" };
  if (typeof input === "object" && input !== null && "data" in input) {
    return { kind: "pixels", pixels: checkPixels(input), name: "the raw pixels" };
  }
  throw invalid(`The image must be ${expected}; ${describe(input)} was given.`);
}

/** Whether a text is a URL that an image may be at, rather than a path. */
export function isUrl(text: string): boolean {
  return /^(https?|file):\/\//i.test(text);
}

/** Whether a text is a URL to fetch rather than a path. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

function fromString(text: string): ImageSource {
  if (text === "") throw invalid(`The image's path is empty; pass ${expected}.`);
  if (text.includes("\0")) throw invalid("The image's path holds a NUL character, which no path can have.");
  return isUrl(text) ? fromUrl(parseUrl(text)) : { kind: "file", path: text, name: text };
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new EliqError("ERR_INVALID_ARGUMENT", `"${text}" is not a valid URL.`, { cause });
  }
}

function fromUrl(url: URL): ImageSource {
  if (url.protocol === "http:" || url.protocol === "https:") return { kind: "url", url, name: displayUrl(url) };
  if (url.protocol !== "file:") {
    throw new EliqError(
      "ERR_URL_REFUSED",
      `URLs of scheme "${url.protocol}" are not read; use file:, http: or https:.`,
    );
  }
  try {
    const path = fileURLToPath(url);
    return { kind: "file", path, name: path };
  } catch (cause) {
    throw new EliqError("ERR_INVALID_ARGUMENT", `${url.href} names no file on this machine.`, { cause });
  }
}

/** A URL for messages: without user name, password and query, which may hold secrets. */
export function displayUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function checkPixels(pixels: RawPixels): RawPixels {
  const { data, width, height, channels } = pixels;
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw invalid("Raw pixels need their `data` in a Uint8Array, Uint8ClampedArray or Buffer.");
  }
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height) || width < 1 || height < 1) {
    throw invalid(`Raw pixels need a width and height of 1 or more, in whole pixels; they are ${width} x ${height}.`);
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw invalid(`Raw pixels have 1 (grey), 3 (RGB) or 4 (RGBA) channels; ${String(channels)} was given.`);
  }
  const length = width * height * channels;
  if (data.length !== length) {
    throw invalid(
      `Raw pixels of ${width} x ${height} with ${channels} channels have ${length} bytes; \`data\` has ${data.length}.`,
    );
  }
  return { data, width, height, channels };
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `an object (${value.constructor?.name ?? "no class"})` : `a ${typeof value}`;
}

function invalid(message: string): EliqError {
  return new EliqError("ERR_INVALID_ARGUMENT", message);
}
