import { lerp } from "../../kernels/scalars.js";
import { enlargeWindow, windowOf } from "../../kernels/windows.js";
import { type DegradationFamily, tidy } from "../family.js";

/** A careless crop: a window near a corner or an edge, enlarged to the whole picture. */
export const badCrop: DegradationFamily<{ side: number; x: number; y: number }> = {
  name: "bad-crop",
  summary: "A careless crop: a window near a corner or an edge is all that is left, things are cut anywhere.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "seen-share", direction: "falls" },
  keeps: [
    { what: "at least a twentieth of the picture is seen", measure: "seen-share", atLeast: 0.05 },
    { what: "what is seen is the original's", measure: "registered-correlation", atLeast: 0.85 },
  ],
  parameters(severity, random) {
    const towards = () => (random.uniform() < 0.5 ? random.uniform(0, 0.14) : random.uniform(0.86, 1));
    const [x, y, jitter] = [towards(), towards(), random.uniform(0.95, 1.05)];
    return { side: tidy(lerp(0.84, 0.37, severity) * jitter), x: tidy(x), y: tidy(y) };
  },
  apply: (raster, { side, x, y }) => enlargeWindow(raster, windowOf(raster, side, x, y)),
};
