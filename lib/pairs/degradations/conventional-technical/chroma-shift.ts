import { type LinearTaps, linearTaps } from "../../kernels/linear-taps.js";
import { geometric } from "../../kernels/scalars.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Displacement of red, px; blue goes the other way. */
  right: number;
  down: number;
  /** Growth of red away from the centre, in px at the border of a 512 px picture; blue shrinks. */
  growth: number;
};

/** Red and blue out of register with green. */
export const chromaShift: DegradationFamily<Settings> = {
  name: "chroma-shift",
  summary: "Red and blue out of register: coloured fringes, as by a poor lens or misaligned printing plates.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters(severity, random) {
    const amount = geometric(3.4, 14, severity);
    const angle = random.uniform(0, 2 * Math.PI);
    // Misregistration, lateral chromatic aberration, or some of both.
    const lens = random.uniform(0, 1);
    return {
      right: tidy((1 - lens) * amount * Math.cos(angle)),
      down: tidy((1 - lens) * amount * Math.sin(angle)),
      growth: tidy(random.sign() * lens * 1.5 * amount),
    };
  },
  apply(raster, { right, down, growth }) {
    const scale = scaleOf(raster);
    const out: Raster = { data: Uint8Array.from(raster.data), width: raster.width, height: raster.height };
    moveChannel(raster, out, 0, right * scale, down * scale, growth / 256);
    moveChannel(raster, out, 2, -right * scale, -down * scale, -growth / 256);
    return out;
  },
};

/** Writes one channel of `from`, moved and magnified about the centre, into `out`; bilinear, borders repeated. */
function moveChannel(from: Raster, out: Raster, channel: number, right: number, down: number, growth: number): void {
  const { data, width, height } = from;
  const columns = sources(width, right, growth);
  const rows = sources(height, down, growth);
  for (let y = 0, i = channel; y < height; y++) {
    const t = rows.weight[y] as number;
    const above = 3 * width * (rows.first[y] as number) + channel;
    const below = 3 * width * (rows.second[y] as number) + channel;
    for (let x = 0; x < width; x++, i += 3) {
      const left = 3 * (columns.first[x] as number);
      const next = 3 * (columns.second[x] as number);
      const s = columns.weight[x] as number;
      const top = (data[above + left] as number) * (1 - s) + (data[above + next] as number) * s;
      const bottom = (data[below + left] as number) * (1 - s) + (data[below + next] as number) * s;
      out.data[i] = top * (1 - t) + bottom * t + 0.5;
    }
  }
}

/** Where along one axis each pixel comes from. */
function sources(length: number, shift: number, growth: number): LinearTaps {
  const centre = (length - 1) / 2;
  return linearTaps(length, length, (i) => centre + (i - centre - shift) / (1 + growth));
}
