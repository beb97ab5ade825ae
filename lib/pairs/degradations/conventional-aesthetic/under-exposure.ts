import { exposureTable } from "../../kernels/exposure.js";
import { lerp } from "../../kernels/scalars.js";
import { mapTables } from "../../kernels/tables.js";
import { type DegradationFamily, tidy } from "../family.js";

/** Too little light: everything stops darker, the deepest shadows lost. */
export const underExposure: DegradationFamily<{ stops: number; lost: number }> = {
  name: "under-exposure",
  summary: "Exposed too short: the whole picture is several stops too dark and the shadows are lost in black.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "lightness-shift", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.8 }],
  parameters(severity, random) {
    const [jitter, lost] = [random.uniform(0.92, 1.08), random.uniform(0.3, 1)];
    return { stops: tidy(lerp(0.8, 3.7, severity) * jitter), lost: tidy(lerp(0.001, 0.006, severity) * lost) };
  },
  apply(raster, { stops, lost }) {
    const darker = exposureTable(2 ** -stops, lost);
    return mapTables(raster, [darker, darker, darker]);
  },
};
