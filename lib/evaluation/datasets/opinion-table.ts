/** A table of one's own: image, and mean opinions of quality, of alignment, or of both. */
import { basename, extname } from "node:path";
import { EliqError } from "../../errors.js";
import type { DatasetReader, OpinionSet } from "./dataset.js";
import { noTable, openFolder } from "./open-folder.js";
import { opinionColumns } from "./opinion-columns.js";
import { OpinionSetBuilder } from "./opinion-set.js";
import { readColumns, readTable, requireColumns, type TableRow, toNumber } from "./tables.js";

const name = "table of opinions";
const layout = { source: "docs/datasets.md: Your own table", verified: true };
const files = ["opinions.csv", "opinions.jsonl", "data.csv", "data.jsonl"];

/**
 * CSV or JSON Lines with `image` (a path from the table's folder), `mos_quality`, `mos_align` or both (higher is better, on any scale),
 * and, if wanted, `prompt`, `generator` and `group`. A folder must hold it as opinions or data (.csv or .jsonl). An empty opinion is an
 * opinion that was not asked.
 */
export const opinionTable: DatasetReader = {
  id: "table",
  name,
  layout,
  async recognises(path: string): Promise<boolean> {
    const table = await findTable(path);
    const columns = table === undefined ? undefined : await readColumns(table);
    return columns?.includes("image") === true && opinionColumns.ownTable.some((column) => columns.includes(column));
  },
  async read(path: string): Promise<OpinionSet> {
    const found = await findTable(path);
    if (found === undefined) throw noTable(path, files, "a table of opinions");
    const { folder } = await openFolder(found, []);
    const table = await readTable(found);
    requireColumns(table, ["image"], "a table of opinions");
    if (!opinionColumns.ownTable.some((column) => table.columns.includes(column)))
      throw new EliqError(
        "ERR_DATASET",
        `${found} has neither mos_quality nor mos_align; its columns are ${table.columns.join(", ")}.`,
      );
    const set = new OpinionSetBuilder(basename(found, extname(found)), layout, folder, [""]);
    for (const problem of table.problems) set.leaveOut(problem.name, problem.reason);
    for (const row of table.rows)
      await set.add({
        name: row.image ?? "",
        prompt: row.prompt,
        generator: row.generator,
        group: row.group,
        quality: opinion(row, "mos_quality"),
        alignment: opinion(row, "mos_align"),
      });
    return set.finish();
  },
};

async function findTable(path: string): Promise<string | undefined> {
  const { folder, file } = await openFolder(path, []);
  if (file !== undefined) return file;
  for (const candidate of files) {
    const found = await folder.findFile(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

function opinion(row: TableRow, column: string): number | undefined {
  return row[column] ? toNumber(row[column]) : undefined;
}
