import sharp from "sharp";
import { drawGenerations, type Generation, throughGenerations } from "../../kernels/coding.js";
import { atReducedSize } from "../../kernels/reduced-size.js";
import { geometric } from "../../kernels/scalars.js";
import { collect, pipeline, type Raster } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** AVIF generations, 4:2:0. */
  generations: Generation[];
  /** Reduction before the first and enlargement after the last: as a thumbnail is passed on. */
  factor: number;
};

/** AVIF at very low quality, at a reduced size where it is worst. */
export const avifArtefacts: DegradationFamily<Settings> = {
  name: "avif-artefacts",
  summary: "Saved as AVIF at very low quality and smaller: flat smears, broad strokes along edges, lost texture.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  compression: true,
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity, random) => ({
    generations: drawGenerations(1, geometric(30, 9, severity), 16, random),
    factor: tidy(geometric(1, 2.2, severity)),
  }),
  apply: (raster, { generations, factor }) =>
    atReducedSize(raster, factor, (picture) => throughGenerations(picture, generations, throughAvif)),
};

async function throughAvif(raster: Raster, quality: number): Promise<Raster> {
  const file = await pipeline(raster).avif({ quality, effort: 0, chromaSubsampling: "4:2:0" }).toBuffer();
  return collect(sharp(file));
}
