import { exposureTable } from "../../kernels/exposure.js";
import { lerp } from "../../kernels/scalars.js";
import { mapTables } from "../../kernels/tables.js";
import { type DegradationFamily, tidy } from "../family.js";

/** A wrong white balance: the light of the channels weighted unequally. */
export const colourCast: DegradationFamily<{ stops: readonly [number, number, number]; veil: number }> = {
  name: "colour-cast",
  summary: "Wrong white balance: everything is tinged with one hue, from slightly warm or cold to lurid.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [
    { what: "the layout", measure: "layout-correlation", atLeast: 0.75 },
    { what: "the edges", measure: "edge-energy-ratio", atLeast: 0.5 },
  ],
  parameters(severity, random) {
    const hue = random.uniform(0, 2 * Math.PI);
    const strength = lerp(0.32, 1.6, severity) * random.uniform(0.9, 1.1);
    // Three phases of a wave, so that one hue is raised and its opposite lowered at about equal brightness.
    const [r, g, b] = [0, 1, 2].map((c) => tidy(strength * Math.cos(hue - (2 * Math.PI * c) / 3)));
    return { stops: [r as number, g as number, b as number], veil: tidy(lerp(0.001, 0.012, severity)) };
  },
  apply(raster, { stops, veil }) {
    const [r, g, b] = stops.map((stop) => exposureTable(2 ** stop, -Math.max(0, stop) * veil));
    return mapTables(raster, [r as Uint8Array, g as Uint8Array, b as Uint8Array]);
  },
};
