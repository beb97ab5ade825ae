/**
 * TID2013 (Ponomarenko et al., "Image database TID2013: Peculiarities, results and perspectives", Signal Processing: Image Communication 30,
 * 2015): 3,000 distorted images of 25 references; quality 0 to 9, higher is better.
 */
import { basename } from "node:path";
import { EliqError } from "../../errors.js";
import { streamLines } from "../../files/lines.js";
import type { DatasetReader, OpinionSet } from "./dataset.js";
import { noTable, openFolder } from "./open-folder.js";
import { opinionFiles } from "./opinion-columns.js";
import { OpinionSetBuilder } from "./opinion-set.js";
import { toNumber } from "./tables.js";

const name = "TID2013";
const layout = { source: "github.com/miccunifi/ARNIQA: data/dataset_tid2013.py", verified: true };
const table = opinionFiles.tid2013;

/** "5.51429 I01_01_1.bmp": opinion and image, whose name begins with that of its reference. */
const linePattern = /^\s*(?<mos>\S+)\s+(?<image>(?<reference>i\d+)_\d+_\d+\.bmp)\s*$/i;

/** `mos_with_names.txt` and `distorted_images/`, as the loader of github.com/miccunifi/ARNIQA reads them. */
export const tid2013: DatasetReader = {
  id: "tid2013",
  name,
  layout,
  async recognises(path: string): Promise<boolean> {
    const { folder, file } = await openFolder(path, [table]);
    const found = file ?? (await folder.findFile(table));
    if (found === undefined || basename(found).toLowerCase() !== table) return false;
    try {
      for await (const { text } of streamLines(found)) return linePattern.test(text);
    } catch {
      // Unreadable: not recognised.
    }
    return false;
  },
  async read(path: string): Promise<OpinionSet> {
    const { folder, file } = await openFolder(path, [table]);
    const found = file ?? (await folder.findFile(table));
    if (found === undefined) throw noTable(path, [table], name);
    const set = new OpinionSetBuilder(name, layout, folder, ["distorted_images", ""]);
    let lines = 0;
    try {
      for await (const { text, number } of streamLines(found)) {
        if (text.trim() === "") continue;
        const { mos, image, reference } = linePattern.exec(text)?.groups ?? {};
        if (image === undefined)
          set.leaveOut(`${basename(found)}:${number}`, "the line is not an opinion and an image");
        else {
          lines++;
          await set.add({ name: image, group: reference?.toUpperCase(), quality: toNumber(mos) });
        }
      }
    } catch (cause) {
      throw new EliqError("ERR_IO", `${found} cannot be read: ${(cause as Error).message}.`, { cause });
    }
    if (lines > 0) return set.finish();
    throw new EliqError(
      "ERR_DATASET",
      `${found} has no lines such as "5.51429 I01_01_1.bmp"; give ${name}'s ${table} as it is published.`,
    );
  },
};
