import { cosineOfTurns } from "../../kernels/cosine.js";
import { smoothField } from "../../kernels/fields.js";
import { byte, geometric } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Height of the fringes in mid-tones, 8-bit steps. */
  amplitude: number;
  /** Distance between fringes, px. */
  period: number;
  /** Direction across the fringes, radians. */
  angle: number;
  /** How far fringes bend, in periods. */
  bend: number;
  /** How far red and blue are ahead of and behind green, in periods. */
  colour: number;
  /** Distance between the lines of the fine screen under the fringes, px. */
  screen: number;
};

/** Fringes where a fine pattern meets the sensor's: a photographed screen, woven cloth. */
export const moire: DegradationFamily<Settings> = {
  name: "moire",
  summary: "Wavy coloured fringes over a fine screen, as when a display or woven cloth is photographed.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.8 }],
  parameters: (severity, random) => ({
    amplitude: tidy(geometric(13, 46, severity)),
    period: tidy(random.uniform(11, 30)),
    angle: tidy(random.uniform(0, Math.PI)),
    bend: tidy(random.uniform(1, 2.5)),
    colour: tidy(random.uniform(0.12, 0.33)),
    screen: tidy(random.uniform(2.3, 3.4)),
  }),
  apply: (raster, settings, random) => addFringes(raster, settings, random),
};

/** Patterns show most in mid-tones; black and white leave them no room. */
const byBrightness = Float32Array.from(
  { length: 256 },
  (_, value) => 0.45 + (0.55 * 4 * value * (255 - value)) / 255 ** 2,
);

function addFringes({ data, width, height }: Raster, settings: Settings, random: Random): Raster {
  const { amplitude, bend, colour, angle } = settings;
  const scale = scaleOf({ data, width, height });
  const bends = smoothField(width, height, 130 * scale, random);
  const presence = smoothField(width, height, 110 * scale, random);
  const [fx, fy] = frequency(Math.max(5, settings.period * scale), angle);
  const [gx, gy] = frequency(settings.screen, angle + 0.4);
  const out = new Uint8Array(data.length);
  for (let y = 0, p = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++, i += 3) {
      const turns = fx * x + fy * y + bend * (bends[p] as number);
      const screen = 0.3 * (cosineOfTurns(gx * x + gy * y) + cosineOfTurns(gx * y - gy * x));
      const here = 0.7 + 0.45 * (presence[p] as number);
      const strength = amplitude * (here < 0.15 ? 0.15 : here > 1 ? 1 : here);
      for (let c = 0; c < 3; c++) {
        const value = data[i + c] as number;
        const fringe = cosineOfTurns(turns + colour * (c - 1)) + screen;
        out[i + c] = byte(value + strength * (byBrightness[value] as number) * fringe);
      }
    }
  return { data: out, width, height };
}

/** Turns per px along x and y. */
function frequency(period: number, angle: number): [number, number] {
  return [Math.cos(angle) / period, Math.sin(angle) / period];
}
