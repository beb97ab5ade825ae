/**
 * AIGIQA-20K (Li et al., "AIGIQA-20K: A Large Database for AI-Generated Image Quality Assessment", CVPR Workshops 2024), published as
 * AIGCQA-30K-Image: 20,000 images by 15 generators. One opinion for each, about 0 to 5, higher is better, which weighs quality and
 * alignment together; it is read as quality.
 */
import { opinionColumns } from "./opinion-columns.js";
import { csvAndExcel, type TableLayout, tableReader } from "./table-reader.js";
import { toNumber } from "./tables.js";

function split(name: string): TableLayout[] {
  return csvAndExcel({
    file: `info_${name}.csv`,
    columns: ["name", "prompt", ...opinionColumns.aigiqa20k],
    line: ({ name: image = "", prompt, mos }) => ({
      name: image,
      prompt,
      // "DALLE2_0001.png".
      generator: image.slice(0, Math.max(0, image.lastIndexOf("_"))),
      quality: toNumber(mos),
    }),
  });
}

/** `info_train`, `info_val` and `info_test`, each .csv or .xlsx, as seen in github.com/wangpuyi/MA-AGIQA; those that are there are joined. */
export const aigiqa20k = tableReader({
  id: "aigiqa-20k",
  name: "AIGIQA-20K",
  layout: { source: "github.com/wangpuyi/MA-AGIQA: data/AIGCQA_30K_Image/info_train.csv", verified: true },
  images: ["train", "val", "test", "all", "images", ""],
  parts: [split("train"), split("val"), split("test")],
});
