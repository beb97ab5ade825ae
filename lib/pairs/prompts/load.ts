/** Users' prompts from text, JSON Lines, CSV and PartiPrompts TSV, read as a stream. */
import { type FileHandle, open } from "node:fs/promises";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { EliqError } from "../../errors.js";
import type { PromptCategory, PromptFeature } from "./prompt.js";

/** A prompt as a file has it. Labels are the file's own and may be unknown to eliq; see `isCategory`. */
export interface PromptEntry {
  readonly text: string;
  /** The file's own id, if it gives one. */
  readonly id?: string;
  readonly categories?: readonly string[];
  readonly features?: readonly string[];
  /** File and line, for messages: "prompts.txt:12". */
  readonly place: string;
}

export interface LoadOptions {
  /** How the file is read; from its extension unless told. "parti" is PartiPrompts' TSV. */
  readonly format?: PromptFormat;
  /** Called with a line that cannot be read, which is then left out. Unless given, the first such line ends the reading. */
  readonly onError?: (error: EliqError, place: string) => void;
}

export type PromptFormat = "txt" | "jsonl" | "csv" | "parti";

const formats: Readonly<Record<string, PromptFormat>> = {
  ".txt": "txt",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".csv": "csv",
  ".tsv": "parti",
};

/** A longer CSV record is refused: a quote that is never closed would make one of the rest of the file. */
const maxRecordCharacters = 1 << 20;

/**
 * The prompts of a file, in order. UTF-8 with or without a byte order mark; lines end in LF or CRLF.
 *
 * - txt: a prompt a line; empty lines and lines that begin with # are left out.
 * - jsonl: `{"text" | "prompt" | "caption": "…", "id"?, "categories"?, "features"?}` a line, or a JSON string.
 * - csv: a header with a column text, prompt or caption; columns id, categories and features are read where present, several
 *   labels separated by ; or |.
 * - parti: PartiPrompts' columns Prompt, Category, Challenge, Note, with the labels that have a counterpart of ours.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT for a file of unknown kind or a line that cannot be read (see `onError`), ERR_IO when
 * the file cannot be.
 */
export async function* loadPrompts(path: string, options: LoadOptions = {}): AsyncGenerator<PromptEntry, void, void> {
  const format = options.format ?? formats[extname(path).toLowerCase()];
  if (format === undefined)
    throw new EliqError("ERR_INVALID_ARGUMENT", `${path}: prompts are read from .txt, .jsonl, .csv and .tsv files.`);
  const input = (await openText(path)).createReadStream({ encoding: "utf8" });
  try {
    for await (const row of readers[format](input, path)) {
      if (!("problem" in row)) yield row;
      else fail(row, options);
    }
  } finally {
    input.destroy();
  }
}

/** A line that cannot be read. */
interface BadLine {
  readonly place: string;
  /** Continues "file:line: ". */
  readonly problem: string;
}

type Row = PromptEntry | BadLine;

function fail({ place, problem }: BadLine, { onError }: LoadOptions): void {
  const error = new EliqError("ERR_INVALID_ARGUMENT", `${place}: ${problem}.`);
  if (!onError) throw error;
  onError(error, place);
}

async function openText(path: string): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    if (!(await isUtf16(file))) return file;
  } catch (cause) {
    await file?.close();
    throw new EliqError("ERR_IO", `${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  await file.close();
  throw new EliqError("ERR_INVALID_ARGUMENT", `${path} is UTF-16; save it as UTF-8.`);
}

/** A pipe cannot be looked into, and passes for UTF-8. */
async function isUtf16(file: FileHandle): Promise<boolean> {
  if ((await file.stat()).isFIFO()) return false;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && [0xfffe, 0xfeff].includes(buffer.readUInt16BE());
}

const readers: Record<PromptFormat, (input: Readable, path: string) => AsyncIterable<Row>> = {
  txt: readText,
  jsonl: readJsonLines,
  csv: readCsv,
  parti: readParti,
};

async function* readText(input: Readable, path: string): AsyncGenerator<Row, void, void> {
  for await (const { line, place } of linesOf(input, path)) {
    const text = line.trim();
    if (!text.startsWith("#")) yield { text, place };
  }
}

async function* readJsonLines(input: Readable, path: string): AsyncGenerator<Row, void, void> {
  for await (const { line, place } of linesOf(input, path)) yield parseJsonLine(line, place);
}

function parseJsonLine(line: string, place: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    return { place, problem: `the line is not JSON (${(cause as Error).message})` };
  }
  if (typeof value === "string") return { text: value, place };
  const { text, prompt, caption, id, categories, features } = (value ?? {}) as Record<string, unknown>;
  const given = text ?? prompt ?? caption;
  if (typeof given !== "string") return { place, problem: 'the line needs "text", "prompt" or "caption", a string' };
  if (id !== undefined && id !== null && typeof id !== "string" && typeof id !== "number")
    return { place, problem: '"id" must be a string or a number' };
  if (!isLabels(categories)) return { place, problem: '"categories" must be a list of strings' };
  if (!isLabels(features)) return { place, problem: '"features" must be a list of strings' };
  return { text: given, place, ...optional({ id: id ?? undefined, categories, features }) };
}

function isLabels(value: unknown): value is readonly string[] | undefined | null {
  return (
    value === undefined || value === null || (Array.isArray(value) && value.every((item) => typeof item === "string"))
  );
}

/** The fields that have a value; an id becomes a string. */
function optional(fields: {
  id?: string | number | undefined;
  categories?: readonly string[] | null | undefined;
  features?: readonly string[] | null | undefined;
}): Pick<PromptEntry, "id" | "categories" | "features"> {
  const { id, categories, features } = fields;
  return {
    ...(id === undefined || id === "" ? {} : { id: String(id) }),
    ...(categories ? { categories } : {}),
    ...(features ? { features } : {}),
  };
}

async function* readCsv(input: Readable, path: string): AsyncGenerator<Row, void, void> {
  const { parse, CsvError } = await import("csv-parse");
  const parser = parse({
    bom: true,
    info: true,
    max_record_size: maxRecordCharacters,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  input.once("error", (error) => parser.destroy(error));
  let columns: Columns | undefined;
  try {
    for await (const { record, info } of input.pipe(parser) as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (columns) yield csvRow(record, columns, `${path}:${info.lines}`);
      else columns = toColumns(record, path);
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new EliqError("ERR_INVALID_ARGUMENT", `${path} is not valid CSV: ${cause.message}.`, { cause });
  }
}

interface Columns {
  readonly count: number;
  readonly text: number;
  readonly id: number;
  readonly categories: number;
  readonly features: number;
}

function toColumns(header: readonly string[], path: string): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const text = ["text", "prompt", "caption"].map((name) => names.indexOf(name)).find((index) => index >= 0);
  if (text === undefined) {
    const message = `${path} has no column text, prompt or caption; its columns are ${header.join(", ")}.`;
    throw new EliqError("ERR_INVALID_ARGUMENT", message);
  }
  const [id, categories, features] = ["id", "categories", "features"].map((name) => names.indexOf(name)) as [
    number,
    number,
    number,
  ];
  return { count: header.length, text, id, categories, features };
}

function csvRow(record: readonly string[], columns: Columns, place: string): Row {
  const labels = (index: number) =>
    record[index]
      ?.split(/[;|]/)
      .map((name) => name.trim())
      .filter((name) => name !== "");
  const [categories, features] = [labels(columns.categories), labels(columns.features)];
  if (record.length !== columns.count) {
    const problem = `the row has ${record.length} fields and the header ${columns.count}; a text with commas needs double quotes`;
    return { place, problem };
  }
  const text = record[columns.text] as string;
  return { text, place, ...optional({ id: record[columns.id], categories, features }) };
}

const partiHeader = ["prompt", "category", "challenge"];

/** PartiPrompts' categories with a counterpart; "Animals", "Outdoor Scenes" and the like have none. */
const partiCategories: Readonly<Record<string, PromptCategory>> = {
  Artifacts: "objects",
  "Food & Beverage": "food",
  "Indoor Scenes": "indoor",
  People: "people",
  Vehicles: "objects",
};

const partiChallenges: Readonly<Record<string, PromptFeature>> = {
  Perspective: "camera",
  Quantity: "count",
  "Style & Format": "style",
  "Writing & Symbols": "text-in-image",
};

/** Fields are not quoted as in CSV: prompts hold bare quotes. Files that went through a spreadsheet have quoted ones. */
async function* readParti(input: Readable, path: string): AsyncGenerator<Row, void, void> {
  let started = false;
  for await (const { line, place } of linesOf(input, path)) {
    const [prompt, category = "", challenge = ""] = line.split("\t").map(unquote) as [string, ...string[]];
    if (started) {
      const [own, feature] = [partiCategories[category], partiChallenges[challenge]];
      yield { text: prompt, place, ...(own ? { categories: [own] } : {}), ...(feature ? { features: [feature] } : {}) };
    } else if ([prompt, category, challenge].some((name, i) => name.toLowerCase() !== partiHeader[i])) {
      yield { place, problem: "the first line of a .tsv must be PartiPrompts' Prompt, Category, Challenge, Note" };
      return;
    }
    started = true;
  }
}

function unquote(field: string): string {
  const text = field.trim();
  const inner = /^"(.*)"$/.exec(text)?.[1];
  return inner !== undefined && !inner.replaceAll('""', "").includes('"') ? inner.replaceAll('""', '"') : text;
}

/** Lines that are not blank, with their places. */
async function* linesOf(input: Readable, path: string): AsyncGenerator<{ line: string; place: string }, void, void> {
  let number = 0;
  for await (const raw of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const line = number === 1 ? raw.replace(/^\ufeff/, "") : raw;
    if (line.trim() !== "") yield { line, place: `${path}:${number}` };
  }
}
