import { drawGenerations, type Generation, throughGenerations } from "../../kernels/coding.js";
import { geometric } from "../../kernels/scalars.js";
import { throughJpeg } from "../../raster.js";
import type { DegradationFamily } from "../family.js";

type Settings = {
  /** JPEG generations, 4:2:0. */
  generations: Generation[];
};

/** JPEG again and again on shifting block grids, ELIQ's own conventional technical negative. */
export const repeatedJpeg: DegradationFamily<Settings> = {
  name: "repeated-jpeg",
  summary: "Saved as JPEG several times at low quality, each time on another grid of blocks.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  compression: true,
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters(severity, random) {
    const count = 2 + random.integer(2);
    return { generations: drawGenerations(count, geometric(32, 5, severity), 8, random) };
  },
  apply: (raster, { generations }) =>
    throughGenerations(raster, generations, (picture, quality) =>
      throughJpeg(picture, { quality, chromaSubsampling: "4:2:0" }),
    ),
};
