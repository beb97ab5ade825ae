import { lerp } from "../../kernels/scalars.js";
import { collect, pipeline } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

/** A slanted horizon: rotated and cut to the largest centred window of the same shape that has no empty corner. */
export const tilt: DegradationFamily<{ degrees: number }> = {
  name: "tilt",
  summary: "The camera was held askew: the whole picture is turned, the corners that stick out are cut off.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "seen-share", direction: "falls" },
  keeps: [
    { what: "a good part of the picture is seen", measure: "seen-share", atLeast: 0.25 },
    { what: "what is seen is the original's", measure: "registered-correlation", atLeast: 0.85 },
  ],
  parameters(severity, random) {
    const [sign, jitter] = [random.sign(), random.uniform(0.9, 1.1)];
    return { degrees: tidy(sign * lerp(4, 27, severity) * jitter) };
  },
  async apply(raster, { degrees }) {
    const { width, height } = raster;
    const radians = (degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(radians), Math.abs(Math.sin(radians))];
    // The turned window must fit into the picture on both axes.
    const side = Math.min(width / (width * cos + height * sin), height / (width * sin + height * cos));
    const gain = 1 / side;
    const [a, b] = [gain * Math.cos(radians), gain * Math.sin(radians)];
    const turned = pipeline(raster).affine(
      [
        [a, -b],
        [b, a],
      ],
      { interpolator: "bicubic", background: "#808080" },
    );
    const { data, info } = await turned.raw().toBuffer({ resolveWithObject: true });
    const left = Math.max(0, Math.round((info.width - width) / 2));
    const top = Math.max(0, Math.round((info.height - height) / 2));
    const whole = { data, width: info.width, height: info.height };
    return collect(pipeline(whole).extract({ left, top, width, height }));
  },
};
