/** Readers of data sets that are one table, or one for each split, with a line for each image. */
import { basename, extname } from "node:path";
import type { DatasetLayout, DatasetReader, OpinionSet } from "./dataset.js";
import type { DatasetFolder } from "./folder.js";
import { noTable, openFolder } from "./open-folder.js";
import { type OpinionLine, OpinionSetBuilder } from "./opinion-set.js";
import { missingColumns, readColumns, readTable, requireColumns, type Table, type TableRow } from "./tables.js";

/** A table as its authors publish it. */
export interface TableLayout {
  /** Where it lies, from the data set's folder, with slashes. */
  readonly file: string;
  /** Columns that it must have; others are not looked at. */
  readonly columns: readonly string[];
  /** What a line says. */
  line(row: TableRow): OpinionLine;
}

/** What there is to know about a data set of tables. */
export interface TableDataset {
  readonly id: string;
  readonly name: string;
  readonly layout: DatasetLayout;
  /** The tables that make the set together, for instance of its splits; of each, the forms that it comes in, the preferred one first. */
  readonly parts: readonly (readonly TableLayout[])[];
  /** Where images lie, from the data set's folder; "" is the folder itself. */
  readonly images: readonly string[];
}

/** A reader of a data set of tables. */
export function tableReader(dataset: TableDataset): DatasetReader {
  const forms = dataset.parts.flat();
  const files = forms.map(({ file }) => file);
  return {
    id: dataset.id,
    name: dataset.name,
    layout: dataset.layout,
    async recognises(path: string): Promise<boolean> {
      const { folder, file } = await openFolder(path, files);
      for (const form of forms) {
        const table = file ?? (await folder.findFile(form.file));
        if (table === undefined || !isNamed(table, form)) continue;
        const columns = await readColumns(table);
        if (columns && missingColumns({ columns }, form.columns).length === 0) return true;
      }
      return false;
    },
    async read(path: string): Promise<OpinionSet> {
      const { folder, file } = await openFolder(path, files);
      const set = new OpinionSetBuilder(dataset.name, dataset.layout, folder, dataset.images);
      const tables = file === undefined ? await findTables(dataset, folder) : [await givenTable(forms, file)];
      if (tables.length === 0) throw noTable(path, files, dataset.name);
      // A split may come without its opinions, but not every one.
      const some = tables.some(({ table, form }) => missingColumns(table, form.columns).length === 0);
      for (const { table, form } of tables) {
        if (!some) requireColumns(table, form.columns, dataset.name);
        await addTable(set, table, form);
      }
      return set.finish();
    },
  };
}

interface FoundTable {
  readonly table: Table;
  readonly form: TableLayout;
}

async function findTables({ parts }: TableDataset, folder: DatasetFolder): Promise<FoundTable[]> {
  const found: FoundTable[] = [];
  for (const part of parts) {
    for (const form of part) {
      const path = await folder.findFile(form.file);
      if (path === undefined) continue;
      found.push({ form, table: await readTable(path) });
      break;
    }
  }
  return found;
}

/** A table that the user named, by the form that has its name or, failing that, its columns. */
async function givenTable(forms: readonly TableLayout[], path: string): Promise<FoundTable> {
  const table = await readTable(path);
  const named = forms.find((form) => isNamed(path, form));
  const alike = forms.find((form) => missingColumns(table, form.columns).length === 0);
  return { table, form: named ?? alike ?? (forms[0] as TableLayout) };
}

async function addTable(set: OpinionSetBuilder, table: Table, { columns, line }: TableLayout): Promise<void> {
  const missing = missingColumns(table, columns);
  if (missing.length > 0) return set.leaveOut(basename(table.path), `the table lacks ${missing.join(", ")}`);
  for (const { name, reason } of table.problems) set.leaveOut(name, reason);
  for (const row of table.rows) await set.add(line(row));
}

function isNamed(path: string, { file }: TableLayout): boolean {
  return basename(path).toLowerCase() === basename(file).toLowerCase();
}

/** Tables of one kind as CSV and as Excel. */
export function csvAndExcel(layout: TableLayout): TableLayout[] {
  const stem = layout.file.slice(0, -extname(layout.file).length);
  return [`${stem}.csv`, `${stem}.xlsx`].map((file) => ({ ...layout, file }));
}
