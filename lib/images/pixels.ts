/** Raw pixels of 1 or 4 channels as RGB. */
import type { RawPixels } from "./source.js";

/** 8-bit RGB, interleaved, row by row from the top left: what the addon takes. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The pixels as RGB: grey is repeated, alpha is flattened on white. RGB input is not copied. */
export function toRgb({ data, width, height, channels }: RawPixels): RgbImage {
  if (channels === 3) {
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
  }
  return { data: channels === 1 ? repeatGrey(data) : flattenOnWhite(data), width, height };
}

function repeatGrey(grey: ArrayLike<number>): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0, o = 0; i < grey.length; i++) {
    const value = grey[i] as number;
    rgb[o++] = value;
    rgb[o++] = value;
    rgb[o++] = value;
  }
  return rgb;
}

/** Truncating division, as libvips flattens: an RGBA file and its own raw pixels give the same score. */
function flattenOnWhite(rgba: ArrayLike<number>): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, o = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] as number;
    const white = 255 * (255 - alpha);
    rgb[o++] = ((rgba[i] as number) * alpha + white) / 255;
    rgb[o++] = ((rgba[i + 1] as number) * alpha + white) / 255;
    rgb[o++] = ((rgba[i + 2] as number) * alpha + white) / 255;
  }
  return rgb;
}
