/**
 * SPAQ (Fang et al., "Perceptual Quality Assessment of Smartphone Photography", CVPR 2020): 11,125 photographs by 66 smartphones; quality
 * 0 to 100, higher is better.
 */
import { opinionColumns, opinionFiles } from "./opinion-columns.js";
import { tableReader } from "./table-reader.js";
import { type TableRow, toNumber } from "./tables.js";

/** `Annotations/MOS and Image attribute scores.xlsx` and `TestImage/`, as the loader of github.com/miccunifi/ARNIQA reads them. */
export const spaq = tableReader({
  id: "spaq",
  name: "SPAQ",
  layout: { source: "github.com/miccunifi/ARNIQA: data/dataset_spaq.py", verified: true },
  images: ["TestImage", "images", ""],
  parts: [
    ["Annotations/", ""].map((folder) => ({
      file: `${folder}${opinionFiles.spaq}`,
      columns: ["Image name", ...opinionColumns.spaq],
      line: (row: TableRow) => ({
        name: row["Image name"] ?? "",
        quality: toNumber(row.MOS),
      }),
    })),
  ],
});
