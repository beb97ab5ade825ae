/** Colours of heat maps. */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/**
 * Stops of the scale from nothing (dark violet) through magenta and orange to the maximum (pale yellow). Lightness rises
 * all the way, so that the order can be read without telling the hues apart.
 */
const stops: readonly Rgb[] = [
  [26, 14, 62],
  [92, 22, 116],
  [168, 42, 108],
  [228, 84, 66],
  [250, 154, 48],
  [252, 232, 156],
];

/** A table of 256 colours along the scale. */
export const heatColours: readonly Rgb[] = Array.from({ length: 256 }, (_, i) => {
  const place = (i / 255) * (stops.length - 1);
  const first = Math.min(Math.floor(place), stops.length - 2);
  const low = stops[first] as Rgb;
  const high = stops[first + 1] as Rgb;
  const mix = (channel: 0 | 1 | 2) => low[channel] + (high[channel] - low[channel]) * (place - first);
  return [mix(0), mix(1), mix(2)];
});
