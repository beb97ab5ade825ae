// @ts-check
import { decodeImage } from "../../dist/images/decode.js";

/**
 * Pixels of an image as the critic's decoder gives them, for the baselines: both see the same.
 *
 * @param {string | Uint8Array} source path or encoded bytes
 * @param {string} [name] what messages call it
 */
export function decodeRgb(source, name = typeof source === "string" ? source : "The image") {
  return decodeImage(source, name, 64 * 1024 * 1024);
}
