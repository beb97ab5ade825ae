/** sRGB bytes as amounts of light, and back (IEC 61966-2-1), for optics: light adds up, bytes do not. */
import type { Raster } from "../raster.js";

const toLight = Uint16Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return Math.round(65535 * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
});

let nearest: Uint8Array | undefined;

/** The byte whose light is nearest, per 16-bit light. */
function toByte(): Uint8Array {
  if (nearest) return nearest;
  nearest = new Uint8Array(65536);
  for (let light = 0, value = 0; light < 65536; light++) {
    while (value < 255 && (toLight[value] as number) + (toLight[value + 1] as number) < 2 * light) value++;
    nearest[light] = value;
  }
  return nearest;
}

/** Light per value, 0..65535, in the raster's order. */
export function lightOf(raster: Raster): Uint16Array {
  const { data } = raster;
  const out = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = toLight[data[i] as number] as number;
  return out;
}

/** The raster that shows these amounts of light. */
export function fromLight(light: Uint16Array, width: number, height: number): Raster {
  const bytes = toByte();
  const data = new Uint8Array(light.length);
  for (let i = 0; i < data.length; i++) data[i] = bytes[light[i] as number] as number;
  return { data, width, height };
}
