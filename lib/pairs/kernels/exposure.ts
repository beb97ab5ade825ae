/** Brightness as a camera changes it: in linear light. */
import { table } from "./tables.js";

/** sRGB value 0..255 to linear light 0..1 (IEC 61966-2-1). */
function decode(value: number): number {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}

/** Linear light to an sRGB value; light above 1 gives more than 255. */
function encode(light: number): number {
  return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
}

/**
 * Table of sRGB values at another exposure: light times `gain`, less `flare` (what is lost in the dark), clipped.
 *
 * @param gain 2 is one stop more.
 * @param flare linear light, 0..1, taken away before the gain; negative adds a veil.
 */
export function exposureTable(gain: number, flare = 0): Uint8Array {
  return table((value) => encode(Math.max(0, (decode(value) - flare) * gain)));
}
