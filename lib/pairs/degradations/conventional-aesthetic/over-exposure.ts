import { exposureTable } from "../../kernels/exposure.js";
import { lerp } from "../../kernels/scalars.js";
import { mapTables } from "../../kernels/tables.js";
import { type DegradationFamily, tidy } from "../family.js";

/** Too much light: everything stops brighter, the lights clipped to white. */
export const overExposure: DegradationFamily<{ stops: number; veil: number }> = {
  name: "over-exposure",
  summary: "Exposed too long: the whole picture is stops too bright and the lights are burnt out to white.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "lightness-shift", direction: "rises" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.4 }],
  parameters(severity, random) {
    const [jitter, veil] = [random.uniform(0.92, 1.08), random.uniform(0, 1)];
    return { stops: tidy(lerp(0.55, 2.6, severity) * jitter), veil: tidy(lerp(0.002, 0.02, severity) * veil) };
  },
  apply(raster, { stops, veil }) {
    const brighter = exposureTable(2 ** stops, -veil);
    return mapTables(raster, [brighter, brighter, brighter]);
  },
};
