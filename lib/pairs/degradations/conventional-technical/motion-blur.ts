import { lineAt, lineMean } from "../../kernels/line-mean.js";
import { fromLight, lightOf } from "../../kernels/linear-light.js";
import { geometric } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Direction, radians from the horizontal. */
  angle: number;
  /** Length of the path, px. */
  length: number;
};

/** Light averaged along a straight line. */
export const motionBlur: DegradationFamily<Settings> = {
  name: "motion-blur",
  summary: "The camera moved along a straight line while the shutter was open.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "edge-energy-ratio", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.85 }],
  parameters: (severity, random) => ({
    angle: tidy(random.uniform(0, Math.PI)),
    length: tidy(geometric(5.5, 44, severity)),
  }),
  apply(raster, { angle, length }) {
    const { width, height } = raster;
    const line = lineAt(angle, Math.max(2.5, length * scaleOf(raster)));
    return fromLight(lineMean(lightOf(raster), width, height, line), width, height);
  },
};
