/** A heat map drawn on its image. */
import sharp from "sharp";
import type { RgbImage } from "../images/pixels.js";
import { heatColours, type Rgb } from "./colours.js";
import type { HeatMap } from "./heat-map.js";

/** Longer sides are scaled down to this. */
const longestSide = 1600;

/**
 * Draws the map over the image, which is toned down so that the colours stand out: where the map is at its maximum the colour
 * is strongest, where it is at zero the image alone is seen.
 *
 * @returns a PNG of the image's aspect ratio, at most 1600 pixels a side.
 */
export async function renderOverlay(image: RgbImage, map: HeatMap): Promise<Buffer> {
  const { data, info } = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize(longestSide, longestSide, { fit: "inside", withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  blend(data, await smoothLevels(map, info.width, info.height));
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .png()
    .toBuffer();
}

/**
 * The map as `width` x `height` levels, 0 for zero and 255 for its maximum. Linear interpolation alone would show its kinks
 * as stars around the cells' centres, so it is blurred by a third of a cell.
 */
export async function smoothLevels(map: HeatMap, width: number, height: number): Promise<Uint8Array> {
  const levels = Uint8Array.from(map.resize(width, height), (value) => scaled(value, map.max));
  const cell = Math.min(width / map.gridWidth, height / map.gridHeight);
  const smooth = sharp(levels, { raw: { width, height, channels: 1 } }).blur(Math.max(cell / 3, 0.3));
  const blurred = await smooth.toColourspace("b-w").raw().toBuffer();
  const max = blurred.reduce((a, b) => Math.max(a, b), 0);
  return blurred.map((level) => scaled(level, max));
}

function scaled(value: number, max: number): number {
  return max > 0 ? Math.round(Math.min(Math.max(value / max, 0), 1) * 255) : 0;
}

/** Opacity of the colours at the maximum. */
const strongest = 0.72;
/** Share of grey in the image below. */
const toneDown = 0.55;

function blend(pixels: Uint8Array, levels: Uint8Array): void {
  for (let i = 0, o = 0; i < levels.length; i++, o += 3) {
    const level = levels[i] as number;
    const colour = heatColours[level] as Rgb;
    const opacity = (strongest * level) / 255;
    const [red, green, blue] = [pixels[o] as number, pixels[o + 1] as number, pixels[o + 2] as number];
    // Rec. 709 luma, kept dark: the scale's own lightness must not drown in bright images.
    const grey = 0.8 * (0.2126 * red + 0.7152 * green + 0.0722 * blue);
    for (const channel of [0, 1, 2] as const) {
      const under = (pixels[o + channel] as number) * (1 - toneDown) + grey * toneDown;
      pixels[o + channel] = under * (1 - opacity) + colour[channel] * opacity;
    }
  }
}
