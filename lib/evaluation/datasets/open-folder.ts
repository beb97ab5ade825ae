/** Finding a data set by its folder, or by one of its tables. */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { EliqError } from "../../errors.js";
import { DatasetFolder } from "./folder.js";

/** A data set's folder and, where the path named a file, that file. */
export interface OpenedFolder {
  readonly folder: DatasetFolder;
  readonly file?: string;
}

/**
 * Opens a folder, or the folder that a table belongs to.
 *
 * @param tables where the data set's tables lie, from its folder, with slashes: of "Data/MOS.mat" the folder is the one above Data.
 */
export async function openFolder(path: string, tables: readonly string[]): Promise<OpenedFolder> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return { folder: new DatasetFolder(path) };
  const file = resolve(path);
  const inside = tables.find((table) => file.toLowerCase().endsWith(sep + join(table).toLowerCase()));
  const root = inside === undefined ? dirname(file) : join(file, ...inside.split("/").map(() => ".."));
  return { folder: new DatasetFolder(root), file };
}

/** ERR_IO that names the tables sought. */
export function noTable(path: string, tables: readonly string[], dataset: string): EliqError {
  const names = [...new Set(tables.map((table) => basename(table)))].join(" or ");
  return new EliqError("ERR_IO", `There is no ${names} in ${path}; give the folder that holds ${dataset}.`);
}
