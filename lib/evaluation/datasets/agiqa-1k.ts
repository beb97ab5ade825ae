/**
 * AGIQA-1K (Zhang et al., "A Perceptual Quality Assessment Exploration for AIGC Images", ICME Workshops 2023): 1,080 images by 2 generators;
 * quality about 0 to 5, higher is better. The spreadsheet of its archive has prompts and normalised opinions; the CSV of its repository
 * has plain means and no prompts.
 */
import { opinionColumns, opinionFiles } from "./opinion-columns.js";
import { tableReader } from "./table-reader.js";
import { toNumber } from "./tables.js";

/** "deepai_9_6_0_1.jpg": generator, then numbers of main object, second object, place and style, which make the prompt. */
function nameParts(name: string): { generator: string | undefined; group: string } {
  const [generator, ...numbers] = name.replace(/\.[^.]*$/, "").split("_");
  return { generator, group: numbers.join("_") };
}

/**
 * `AIGC_MOS_Zscore.xlsx`, whose columns the loader of github.com/JunFu1995/CLIP-AGIQA reads, or `AIGC_all.csv`, as seen in
 * github.com/lcysyzxdxc/AGIQA-1k-Database, whose README explains the names.
 */
export const agiqa1k = tableReader({
  id: "agiqa-1k",
  name: "AGIQA-1K",
  layout: {
    source:
      "github.com/JunFu1995/CLIP-AGIQA: datasets/datasets.py (AIGC_MOS_Zscore.xlsx); github.com/lcysyzxdxc/AGIQA-1k-Database: AIGC_all.csv",
    verified: true,
  },
  images: ["file", "", "images", "img"],
  parts: [
    [
      {
        file: opinionFiles.agiqa1k,
        columns: ["Image", "Prompt", ...opinionColumns.agiqa1kExcel],
        line: ({ Image = "", Prompt, MOS }) => ({
          name: Image,
          prompt: Prompt,
          ...nameParts(Image),
          quality: toNumber(MOS),
        }),
      },
      {
        file: "AIGC_all.csv",
        columns: ["Image", ...opinionColumns.agiqa1kCsv],
        line: ({ Image = "", Score }) => ({ name: Image, ...nameParts(Image), quality: toNumber(Score) }),
      },
    ],
  ],
});
