// @ts-check
// Images made on the spot.
import sharp from "sharp";

/**
 * One colour. @param {number} width @param {number} height @param {number[]} colour RGB or RGBA, 0 to 255
 */
export function plain(width, height, [r = 0, g = 0, b = 0, a] = []) {
  const background = a === undefined ? { r, g, b } : { r, g, b, alpha: a / 255 };
  return sharp({ create: { width, height, channels: a === undefined ? 3 : 4, background } });
}

/** Gaussian noise around grey. @param {number} width @param {number} height */
export function noise(width, height) {
  const gaussian = { type: /** @type {const} */ ("gaussian"), mean: 128, sigma: 40 };
  return sharp({ create: { width, height, channels: 3, background: "#000", noise: gaussian } });
}

/** A decompression bomb: few bytes, many pixels. @param {number} width @param {number} height */
export function bomb(width, height) {
  return plain(1, 1, [90, 90, 90]).resize(width, height, { kernel: "nearest" }).png({ compressionLevel: 9 }).toBuffer();
}
