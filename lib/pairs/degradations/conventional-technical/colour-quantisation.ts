import { cellOf, medianCut, type Palette } from "../../kernels/palette.js";
import { geometric } from "../../kernels/scalars.js";
import type { Raster } from "../../raster.js";
import type { DegradationFamily } from "../family.js";

type Settings = {
  /** Entries of the palette. */
  colours: number;
};

/** A palette of few colours. */
export const colourQuantisation: DegradationFamily<Settings> = {
  name: "colour-quantisation",
  summary: "Reduced to a palette of few colours, as an old GIF: flat patches with hard borders.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.75 }],
  parameters: (severity) => ({ colours: Math.round(geometric(18, 4, severity)) }),
  apply: (raster, { colours }) => paint(raster, medianCut(raster, colours)),
};

function paint({ data, width, height }: Raster, { colours, entries }: Palette): Raster {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const at = 3 * (entries[cellOf(data[i] as number, data[i + 1] as number, data[i + 2] as number)] as number);
    out[i] = colours[at] as number;
    out[i + 1] = colours[at + 1] as number;
    out[i + 2] = colours[at + 2] as number;
  }
  return { data: out, width, height };
}
