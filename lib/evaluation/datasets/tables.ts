/** Tables of opinions: CSV, Excel (.xlsx) and JSON Lines, read into rows of text. */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { CsvError, type Info, parse } from "csv-parse";
import { EliqError } from "../../errors.js";
import { streamLines } from "../../files/lines.js";
import type { DatasetProblem } from "./dataset.js";

/** Text by column name. */
export type TableRow = Readonly<Record<string, string>>;

/** A table whose first line names its columns. */
export interface Table {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** Lines that do not fit the columns; they are not among the rows. */
  readonly problems: readonly DatasetProblem[];
}

/** Cells of one line, each trimmed; an empty one is "". */
export interface TableLine {
  /** From 1; of a line with line breaks inside quotes, the last. */
  readonly number: number;
  readonly cells: readonly string[];
}

/**
 * Reads a table by its extension: .xlsx (its first sheet), .jsonl and .ndjson (an object a line), anything else as CSV.
 *
 * @throws EliqError ERR_IO when it cannot be read, ERR_DATASET when it is not well-formed or has no lines.
 */
export async function readTable(path: string): Promise<Table> {
  const table = isJsonLines(path) ? await readJsonLines(path) : await readCells(path);
  if (table.rows.length === 0 && table.problems.length === 0)
    throw new EliqError("ERR_DATASET", `${path} has no lines of opinions; give a complete table.`);
  return table;
}

/**
 * The lines of a CSV or Excel table, the first one among them, for tables without column names.
 *
 * @throws EliqError ERR_IO, ERR_DATASET as {@link readTable}.
 */
export async function readTableLines(path: string): Promise<TableLine[]> {
  const lines: TableLine[] = [];
  for await (const line of streamTableLines(path)) lines.push(line);
  return lines;
}

/** Column names, from the first line alone where the format allows; undefined when there is no such table. Never throws. */
export async function readColumns(path: string): Promise<readonly string[] | undefined> {
  try {
    if (isJsonLines(path)) {
      for await (const { text } of streamLines(path)) return Object.keys(parseObject(text) ?? {});
      return undefined;
    }
    for await (const { cells } of streamTableLines(path)) return cells;
  } catch {
    // Not a table: what recognises data sets asks of any file.
  }
  return undefined;
}

/** The columns of these that a table does not have. */
export function missingColumns({ columns }: Pick<Table, "columns">, expected: readonly string[]): string[] {
  return expected.filter((column) => !columns.includes(column));
}

/** @throws EliqError ERR_DATASET that names the columns expected, missing and found. */
export function requireColumns(table: Table, columns: readonly string[], dataset: string): void {
  const missing = missingColumns(table, columns);
  if (missing.length === 0) return;
  throw new EliqError(
    "ERR_DATASET",
    `${table.path} lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}: ${dataset} has ` +
      `${columns.join(", ")}, this table ${table.columns.join(", ") || "none"}. Give the table as it is published.`,
  );
}

/** A decimal number; NaN for anything else, the empty text too (which Number takes for 0). */
export function toNumber(text: string | undefined): number {
  return text !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
}

function isJsonLines(path: string): boolean {
  return [".jsonl", ".ndjson"].includes(extname(path).toLowerCase());
}

async function readCells(path: string): Promise<Table> {
  let columns: readonly string[] = [];
  const rows: TableRow[] = [];
  const problems: DatasetProblem[] = [];
  let first = true;
  for await (const { number, cells } of streamTableLines(path)) {
    if (first) columns = cells;
    else if (cells.length === columns.length) rows.push(toRow(columns, cells));
    else
      problems.push({
        name: `${basename(path)}:${number}`,
        reason: `the line has ${cells.length} cells for ${columns.length} columns`,
      });
    first = false;
  }
  return { path, columns, rows, problems };
}

function toRow(columns: readonly string[], cells: readonly string[]): TableRow {
  return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ""]));
}

function streamTableLines(path: string): AsyncGenerator<TableLine, void, void> {
  return extname(path).toLowerCase() === ".xlsx" ? streamSheet(path) : streamCsv(path);
}

async function* streamCsv(path: string): AsyncGenerator<TableLine, void, void> {
  const file = createReadStream(path);
  const records = parse({
    bom: true,
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
    // A quotation mark inside a cell without quotes is one of its characters, as in: a 6" nail.
    relax_quotes: true,
    info: true,
  });
  file.on("error", (cause) => records.destroy(cause));
  try {
    for await (const { record, info } of file.pipe(records) as AsyncIterable<{ record: string[]; info: Info }>)
      yield { number: info.lines, cells: record };
  } catch (cause) {
    if (cause instanceof CsvError)
      throw new EliqError("ERR_DATASET", `${path} is not a well-formed CSV table: ${cause.message}.`, { cause });
    throw unreadable(path, cause);
  } finally {
    file.destroy();
  }
}

async function* streamSheet(path: string): AsyncGenerator<TableLine, void, void> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  // Loaded only where there is an Excel table: it is the largest part of what a reader would load.
  const { readSheet } = await import("read-excel-file/node");
  // Numbers stay the text that the file holds.
  const sheet = await readSheet<string>(bytes, { parseNumber: (text) => text }).catch((cause: unknown) => {
    throw new EliqError("ERR_DATASET", `${path} is not an Excel table (.xlsx); save it again as one, or as CSV.`, {
      cause,
    });
  });
  const width = sheet[0]?.length ?? 0;
  let number = 0;
  for (const row of sheet) {
    number++;
    const cells = Array.from({ length: Math.max(width, row.length) }, (_, index) => String(row[index] ?? "").trim());
    if (cells.some((cell) => cell !== "")) yield { number, cells };
  }
}

async function readJsonLines(path: string): Promise<Table> {
  const columns = new Set<string>();
  const rows: TableRow[] = [];
  const problems: DatasetProblem[] = [];
  try {
    for await (const { text, number } of streamLines(path)) {
      if (text.trim() === "") continue;
      const value = parseObject(text);
      if (!value) {
        problems.push({ name: `${basename(path)}:${number}`, reason: "the line is not a JSON object" });
        continue;
      }
      for (const key of Object.keys(value)) columns.add(key);
      rows.push(Object.fromEntries(Object.entries(value).map(([key, cell]) => [key, cellText(cell)])));
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return { path, columns: [...columns], rows, problems };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value.trim() : JSON.stringify(value);
}

function unreadable(path: string, cause: unknown): EliqError {
  return new EliqError("ERR_IO", `${path} cannot be read: ${(cause as Error).message}.`, { cause });
}
