import { smoothField } from "../../kernels/fields.js";
import { gaussianBlur } from "../../kernels/gaussian.js";
import { threshold } from "../../kernels/regions.js";
import { byte, geometric, lerp } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Size of the regions, px. */
  spacing: number;
  /** Standard deviation of the blur in smeared regions, px. */
  blurring: number;
  /** Share of the picture that is smeared, 0..1. */
  share: number;
  /** Oversharpening of the other regions. */
  sharpening: number;
};

/** Some regions oversharp, some smeared, with borders where no object ends. */
export const patchySharpness: DegradationFamily<Settings> = {
  name: "patchy-sharpness",
  summary: "Some regions are oversharp and others smeared, with borders where no object ends.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters(severity, random) {
    return {
      spacing: tidy(random.uniform(55, 90)),
      blurring: tidy(geometric(2.2, 6.5, severity)),
      share: tidy(lerp(0.46, 0.64, severity)),
      sharpening: tidy(lerp(0.8, 2.4, severity)),
    };
  },
  async apply(raster, { spacing, blurring, share, sharpening }, random) {
    const { data, width, height } = raster;
    const scale = scaleOf(raster);
    const region = smoothField(width, height, spacing * scale, random);
    const edge = threshold(region, share);
    const soft = await gaussianBlur(raster, blurring * Math.max(0.6, scale));
    const near = await gaussianBlur(raster, Math.max(0.8, 1.2 * scale));
    const out = new Uint8Array(data.length);
    for (let p = 0, i = 0; p < region.length; p++) {
      const at = 3.5 * ((region[p] as number) - edge);
      const smeared = at < 0 ? 0 : at > 1 ? 1 : at;
      const sharpened = at < -1 ? sharpening : at < 0 ? -at * sharpening : 0;
      for (let c = 0; c < 3; c++, i++) {
        const value = data[i] as number;
        out[i] = byte(
          value + smeared * ((soft.data[i] as number) - value) + sharpened * (value - (near.data[i] as number)),
        );
      }
    }
    return { data: out, width, height };
  },
};
