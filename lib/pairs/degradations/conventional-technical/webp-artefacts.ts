import sharp from "sharp";
import { drawGenerations, type Generation, throughGenerations } from "../../kernels/coding.js";
import { atReducedSize } from "../../kernels/reduced-size.js";
import { geometric } from "../../kernels/scalars.js";
import { collect, pipeline, type Raster } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Lossy WebP generations. */
  generations: Generation[];
  /** Reduction before the first and enlargement after the last: as a thumbnail is passed on. */
  factor: number;
};

/** Lossy WebP again and again, at a reduced size where it is worst. */
export const webpArtefacts: DegradationFamily<Settings> = {
  name: "webp-artefacts",
  summary: "Saved as lossy WebP several times and smaller: texture wiped away, blocks and strokes of prediction left.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  compression: true,
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity, random) => ({
    generations: drawGenerations(2, geometric(36, 2.5, severity), 16, random),
    factor: tidy(geometric(1, 2.5, severity)),
  }),
  apply: (raster, { generations, factor }) =>
    atReducedSize(raster, factor, (picture) => throughGenerations(picture, generations, throughWebp)),
};

async function throughWebp(raster: Raster, quality: number): Promise<Raster> {
  return collect(sharp(await pipeline(raster).webp({ quality, effort: 0 }).toBuffer()));
}
