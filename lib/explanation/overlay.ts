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
  const heat = map.resize(info.width, info.height);
  blend(data, heat, map.max);
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Opacity of the colours at the maximum. */
const strongest = 0.72;
/** Share of grey in the image below. */
const toneDown = 0.55;

function blend(pixels: Uint8Array, heat: Float32Array, max: number): void {
  for (let i = 0, o = 0; i < heat.length; i++, o += 3) {
    const level = max > 0 ? Math.min(Math.max((heat[i] as number) / max, 0), 1) : 0;
    const colour = heatColours[Math.round(level * 255)] as Rgb;
    const opacity = strongest * Math.sqrt(level);
    const [red, green, blue] = [pixels[o] as number, pixels[o + 1] as number, pixels[o + 2] as number];
    // Rec. 709 luma, kept dark: the scale's own lightness must not drown in bright images.
    const grey = 0.8 * (0.2126 * red + 0.7152 * green + 0.0722 * blue);
    for (const channel of [0, 1, 2] as const) {
      const under = (pixels[o + channel] as number) * (1 - toneDown) + grey * toneDown;
      pixels[o + channel] = under * (1 - opacity) + colour[channel] * opacity;
    }
  }
}
