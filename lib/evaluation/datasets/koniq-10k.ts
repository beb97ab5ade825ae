/**
 * KonIQ-10k (Hosu et al., "KonIQ-10k: An Ecologically Valid Database for Deep Learning of Blind Image Quality Assessment", IEEE TIP 29, 2020):
 * 10,073 photographs; quality 0 to 100, higher is better.
 */
import { opinionColumns } from "./opinion-columns.js";
import { tableReader } from "./table-reader.js";
import { type TableRow, toNumber } from "./tables.js";

/**
 * `koniq10k_scores_and_distributions.csv`, whose MOS_zscore the loader of github.com/SSL92/hyperIQA reads (its MOS is on another scale,
 * 1 to 5), or `koniq10k_distributions_sets.csv`, as seen in github.com/subpic/koniq, whose MOS is already 0 to 100.
 */
export const koniq10k = tableReader({
  id: "koniq-10k",
  name: "KonIQ-10k",
  layout: {
    source:
      "github.com/SSL92/hyperIQA: folders.py (koniq10k_scores_and_distributions.csv); github.com/subpic/koniq: metadata/koniq10k_distributions_sets.csv",
    verified: true,
  },
  images: ["1024x768", "512x384", "images", ""],
  parts: [
    [
      {
        file: "koniq10k_scores_and_distributions.csv",
        columns: ["image_name", ...opinionColumns.koniq10kScores],
        line: ({ image_name = "", MOS_zscore }) => ({ name: image_name, quality: toNumber(MOS_zscore) }),
      },
      ...["koniq10k_distributions_sets.csv", "metadata/koniq10k_distributions_sets.csv"].map((file) => ({
        file,
        columns: ["image_name", ...opinionColumns.koniq10kSets, "SD", "set"],
        line: ({ image_name = "", MOS }: TableRow) => ({
          name: image_name,
          quality: toNumber(MOS),
        }),
      })),
    ],
  ],
});
