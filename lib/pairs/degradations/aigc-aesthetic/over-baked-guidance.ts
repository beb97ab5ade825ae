import { gaussianBlur } from "../../kernels/gaussian.js";
import { fastGuidedFilter } from "../../kernels/guided-filter.js";
import { byte, lerp } from "../../kernels/scalars.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  contrast: number;
  saturation: number;
  /** Brightness that contrast leaves as it is, 8-bit units. */
  pivot: number;
  /** Strength of the dark and light rims along contours. */
  rim: number;
  /** Standard deviation of detail that is flattened, 8-bit units. */
  flattening: number;
};

/** Guidance turned up too far: clipped and over-saturated, detail flattened into patches of colour with hard rims. */
export const overBakedGuidance: DegradationFamily<Settings> = {
  name: "over-baked-guidance",
  summary: "Clipped, over-saturated colour and flattened detail with hard rims, as when guidance is turned up too far.",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["technical", "aesthetic"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.75 }],
  parameters(severity, random) {
    return {
      contrast: tidy(lerp(1.14, 2.1, severity)),
      saturation: tidy(lerp(1.25, 3, severity)),
      pivot: tidy(random.uniform(95, 160)),
      rim: tidy(lerp(0.2, 1.3, severity)),
      flattening: tidy(lerp(9, 26, severity)),
    };
  },
  async apply(raster, settings) {
    const scale = scaleOf(raster);
    const radius = Math.max(2, Math.round(4 * scale));
    const flat = await fastGuidedFilter(raster, radius, settings.flattening ** 2, Math.min(3.3, radius / 1.5));
    const surround = await gaussianBlur(flat, Math.max(1, 5 * scale));
    return bake(flat, surround, settings);
  },
};

/** Difference from the surround, saturation about Rec. 601 luma, and contrast about the pivot, each multiplied up. */
function bake(flat: Raster, surround: Raster, { contrast, saturation, pivot, rim }: Settings): Raster {
  const { data } = flat;
  const wide = surround.data;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i] as number;
    const g = data[i + 1] as number;
    const b = data[i + 2] as number;
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    const around = 0.299 * (wide[i] as number) + 0.587 * (wide[i + 1] as number) + 0.114 * (wide[i + 2] as number);
    const lift = pivot + (y + rim * (y - around) - pivot) * contrast;
    const gain = saturation * contrast;
    out[i] = byte(lift + (r - y) * gain);
    out[i + 1] = byte(lift + (g - y) * gain);
    out[i + 2] = byte(lift + (b - y) * gain);
  }
  return { data: out, width: flat.width, height: flat.height };
}
