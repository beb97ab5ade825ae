import { boxMean } from "../../kernels/box-mean.js";
import { smoothField } from "../../kernels/fields.js";
import { reducedSize } from "../../kernels/reduced-size.js";
import { enlargePlane } from "../../kernels/reduction.js";
import { byte, lerp } from "../../kernels/scalars.js";
import { type Segmentation, segment } from "../../kernels/segments.js";
import type { Random } from "../../random.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Diameter of the regions that are lit on their own, px. */
  region: number;
  /** Logarithm of the gain of a typical region. */
  strength: number;
  /** Shift from blue to yellow of a typical region, 8-bit units. */
  warmth: number;
};

/** Light from different sides and of different colour on neighbouring regions, without a cause in the scene. */
export const incoherentLight: DegradationFamily<Settings> = {
  name: "incoherent-light",
  summary: "Neighbouring regions are lit from different sides and in different colours, without a cause in the scene.",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [{ what: "the detail", measure: "edge-energy-ratio", atLeast: 0.6 }],
  parameters(severity, random) {
    return {
      region: tidy(random.uniform(85, 130)),
      strength: tidy(lerp(0.16, 0.78, severity)),
      warmth: tidy(lerp(7, 27, severity)),
    };
  },
  async apply(raster, settings, random) {
    const [width, height] = reducedSize(raster, 3.4 * Math.max(1, scaleOf(raster)));
    const [light, tint] = await regionLight(raster, settings.region, width, height, random);
    const enlarge = (plane: Float32Array) => enlargePlane(plane, width, height, raster.width, raster.height);
    const gains = enlarge(light.map((v) => Math.exp(settings.strength * v)));
    const shifts = enlarge(tint.map((v) => settings.warmth * v));
    return relight(raster, gains, shifts);
  },
};

/** Planes of about -1.7..1.3 on a reduced grid: brightness and warmth, a smooth part and one for each region with a gradient of its own. */
async function regionLight(
  raster: Raster,
  region: number,
  width: number,
  height: number,
  random: Random,
): Promise<[Float32Array, Float32Array]> {
  const pieces = await segment(raster, region);
  const spacing = (0.9 * region * width) / (raster.width / scaleOf(raster));
  const light = smoothField(width, height, spacing, random);
  const tint = smoothField(width, height, spacing, random);
  const own = ownLight(pieces, region * scaleOf(raster), width, height, random);
  for (let p = 0; p < light.length; p++) {
    light[p] = squash(0.8 * (light[p] as number) + (own[0][p] as number));
    tint[p] = squash(0.8 * (tint[p] as number) + (own[1][p] as number));
  }
  return [boxMean(light, width, height, 1), boxMean(tint, width, height, 1)];
}

/** Into -1.5..1.2, softly: highlights that a viewer would forgive are cut more than shadows. */
function squash(value: number): number {
  return value < 0 ? 1.5 * Math.tanh(value / 1.2) : 1.2 * Math.tanh(value);
}

/** Each piece's brightness and warmth on the reduced grid, brighter towards a side of its own. */
function ownLight(
  pieces: Segmentation,
  diameter: number,
  width: number,
  height: number,
  random: Random,
): [Float32Array, Float32Array] {
  const draws = Array.from({ length: pieces.count }, () => {
    const angle = random.uniform(0, 2 * Math.PI);
    return {
      cos: Math.cos(angle),
      sin: Math.sin(angle),
      level: random.uniform(-1, 0.8),
      warmth: random.uniform(-1, 1),
    };
  });
  const light = new Float32Array(width * height);
  const tint = new Float32Array(width * height);
  for (let y = 0, p = 0; y < height; y++) {
    const fullY = Math.floor(((y + 0.5) * pieces.height) / height);
    for (let x = 0; x < width; x++, p++) {
      const fullX = Math.floor(((x + 0.5) * pieces.width) / width);
      const k = pieces.labels[fullY * pieces.width + fullX] as number;
      const { cos, sin, level, warmth } = draws[k] as (typeof draws)[number];
      const dx = fullX - (pieces.centres[2 * k] as number);
      const dy = fullY - (pieces.centres[2 * k + 1] as number);
      light[p] = 0.8 * level + (1.3 * (dx * cos + dy * sin)) / diameter;
      tint[p] = warmth;
    }
  }
  return [light, tint];
}

function relight(raster: Raster, gains: Float32Array, shifts: Float32Array): Raster {
  const { data, width, height } = raster;
  const out = new Uint8Array(data.length);
  for (let p = 0, i = 0; p < gains.length; p++, i += 3) {
    const gain = gains[p] as number;
    const warm = shifts[p] as number;
    out[i] = byte((data[i] as number) * gain + warm);
    out[i + 1] = byte((data[i + 1] as number) * gain + 0.25 * warm);
    out[i + 2] = byte((data[i + 2] as number) * gain - warm);
  }
  return { data: out, width, height };
}
