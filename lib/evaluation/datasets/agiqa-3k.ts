/**
 * AGIQA-3K (Li et al., "AGIQA-3K: An Open Database for AI-Generated Image Quality Assessment", IEEE TCSVT 34(8), 2024): 2,982 images of
 * 300 prompts by 6 generators; quality and alignment, each about 0 to 5, higher is better.
 */
import { opinionColumns } from "./opinion-columns.js";
import { tableReader } from "./table-reader.js";
import { toNumber } from "./tables.js";

/** `data.csv`, as seen in github.com/lcysyzxdxc/AGIQA-3k-Database. */
export const agiqa3k = tableReader({
  id: "agiqa-3k",
  name: "AGIQA-3K",
  layout: { source: "github.com/lcysyzxdxc/AGIQA-3k-Database: data.csv", verified: true },
  images: ["", "images", "image", "img", "all"],
  parts: [
    [
      {
        file: "data.csv",
        columns: ["name", "prompt", "adj1", "adj2", "style", ...opinionColumns.agiqa3k],
        line: ({ name = "", prompt, mos_quality, mos_align }) => {
          // "sd1.5_lowstep_001.jpg": generator, how it was run, number of the prompt.
          const [generator, variant] = name.split("_");
          return {
            name,
            prompt,
            generator,
            variant,
            quality: toNumber(mos_quality),
            alignment: toNumber(mos_align),
          };
        },
      },
    ],
  ],
});
