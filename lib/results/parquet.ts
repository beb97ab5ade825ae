/** A results file as Parquet: the same values as columns, for data frames and SQL. */
import { rename, rm } from "node:fs/promises";
import { setImmediate as breathe } from "node:timers/promises";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import { EliqError, throwIfAborted } from "../errors.js";
import { decodeEmbedding } from "./embedding-text.js";
import { ResultsFile } from "./read.js";
import type { FailedLine, ResultLine, ScoredLine } from "./schema.js";

/** Rows that are held at once, and that a reader can skip at once. */
const rowsPerGroup = 1000;

/** Numbers that never repeat and that nobody looks up: nothing is gained by a dictionary, compression or bounds. */
const incompressible = { encoding: "PLAIN", codec: "UNCOMPRESSED", statistics: false } as const;

type Cell = string | number | boolean | ArrayLike<number> | null | undefined;
type SchemaElements = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

interface Column {
  readonly name: string;
  readonly type: "text" | "number" | "integer" | "boolean" | "vector";
  /** Never null. */
  readonly required?: boolean;
  readonly cell: (line: ResultLine) => Cell;
}

/**
 * Writes the lines of a results file as Parquet. The file is read twice, once for the names of its columns; memory does not grow
 * with the number of lines. Columns are those of docs/results.md; what a line does not have is null. The Parquet file is whole or
 * not there.
 *
 * @param results path of the results file. @param path where the Parquet file goes.
 * @returns number of rows.
 * @throws EliqError ERR_RESULTS for a line that is not as documented; ERR_IO; ERR_ABORTED.
 */
export async function writeParquet(results: string, path: string, signal?: AbortSignal): Promise<number> {
  const file = await ResultsFile.open(results);
  const columns = await columnsOf(file);
  const temporary = `${path}.new`;
  try {
    const header = file.header === undefined ? [] : [{ key: "eliq-results", value: JSON.stringify(file.header) }];
    const writer = new ParquetWriter({
      writer: fileWriter(temporary),
      schema: schemaOf(columns),
      kvMetadata: header,
      createdBy: "eliq",
    });
    const rows = await writeRows(file, columns, writer, signal);
    await writer.finish();
    await rename(temporary, path);
    return rows;
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof EliqError) throw error;
    throw new EliqError("ERR_IO", `${path} cannot be written: ${(error as Error).message}.`, { cause: error });
  }
}

async function writeRows(
  file: ResultsFile,
  columns: readonly Column[],
  writer: ParquetWriter,
  signal: AbortSignal | undefined,
): Promise<number> {
  let rows = 0;
  let group: ResultLine[] = [];
  const flush = async () => {
    if (group.length === 0) return;
    const lines = group;
    group = [];
    rows += lines.length;
    await writer.write({
      columnData: columns.map(({ name, type, cell }) => ({
        name,
        data: lines.map((line) => cell(line) ?? null),
        ...(type === "vector" ? incompressible : {}),
      })),
      rowGroupSize: lines.length,
    });
    await breathe();
  };
  for await (const line of file.lines()) {
    throwIfAborted(signal);
    group.push(line);
    if (group.length === rowsPerGroup) await flush();
  }
  await flush();
  return rows;
}

/** The columns that a file needs: the fixed ones, and one for each baseline and model that a line names. */
async function columnsOf(file: ResultsFile): Promise<Column[]> {
  const baselines = new Set<string>();
  const critics = new Set<string>();
  for await (const line of file.lines()) {
    if (!line.ok) continue;
    for (const name of Object.keys(line.baselines ?? {})) baselines.add(name);
    for (const name of Object.keys(line.critics ?? {})) critics.add(name);
  }
  return [
    ...fixedColumns,
    ...[...baselines].map((name) => number(`baseline_${name}`, (line) => line.baselines?.[name])),
    ...[...critics].flatMap((name) => [
      number(`critic_${name}_quality`, (line) => line.critics?.[name]?.quality),
      number(`critic_${name}_alignment`, (line) => line.critics?.[name]?.alignment),
    ]),
    scored("embedding", "vector", ({ embedding }) =>
      embedding === undefined ? null : [...decodeEmbedding(embedding)],
    ),
  ];
}

function scored(name: string, type: Column["type"], cell: (line: ScoredLine) => Cell): Column {
  return { name, type, cell: (line) => (line.ok ? cell(line) : null) };
}

function number(name: string, cell: (line: ScoredLine) => number | null | undefined): Column {
  return scored(name, "number", cell);
}

function failed(name: string, cell: (line: FailedLine) => string): Column {
  return { name, type: "text", cell: (line) => (line.ok ? null : cell(line)) };
}

const aspects = ["quality", "alignment", "technical", "aesthetic"] as const;

const fixedColumns: readonly Column[] = [
  { name: "path", type: "text", required: true, cell: ({ path }) => path },
  { name: "ok", type: "boolean", required: true, cell: ({ ok }) => ok },
  number("quality", (line) => line.quality),
  number("alignment", (line) => line.alignment),
  number("technical", (line) => line.aspects.technical),
  number("aesthetic", (line) => line.aspects.aesthetic),
  ...aspects.map((aspect) => number(`raw_${aspect}`, (line) => line.raw[aspect])),
  ...aspects.map((aspect) => number(`percentile_${aspect}`, (line) => line.percentiles?.[aspect])),
  scored("views", "integer", (line) => line.uncertainty?.views),
  ...aspects.map((aspect) => number(`standard_error_${aspect}`, (line) => line.uncertainty?.standardError[aspect])),
  ...aspects.flatMap((aspect) => [
    number(`interval_${aspect}_low`, (line) => line.uncertainty?.interval?.[aspect]?.[0]),
    number(`interval_${aspect}_high`, (line) => line.uncertainty?.interval?.[aspect]?.[1]),
  ]),
  scored("model", "text", (line) => line.model),
  scored("calibration", "text", (line) => line.calibration),
  scored("prompt", "text", (line) => line.prompt),
  scored("generator", "text", (line) => line.generator),
  scored("group", "text", (line) => line.group),
  number("mos_quality", (line) => line.opinions?.quality),
  number("mos_align", (line) => line.opinions?.alignment),
  number("alignment_shuffled", (line) => line.alignmentControls?.shuffled),
  number("alignment_blind", (line) => line.alignmentControls?.blind),
  number("embedding_norm", (line) => line.embeddingNorm),
  failed("code", ({ code }) => code),
  failed("message", ({ message }) => message),
];

function schemaOf(columns: readonly Column[]): SchemaElements {
  return [{ name: "root", num_children: columns.length }, ...columns.flatMap(elementsOf)];
}

/** A list has the three levels that the Parquet format asks of it. */
function elementsOf({ name, type, required }: Column): SchemaElements {
  const repetition_type = required ? "REQUIRED" : "OPTIONAL";
  if (type === "vector") {
    return [
      { name, repetition_type, converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
    ];
  }
  if (type === "text") return [{ name, repetition_type, type: "BYTE_ARRAY", converted_type: "UTF8" }];
  return [{ name, repetition_type, type: primitive[type] }];
}

const primitive = { number: "DOUBLE", integer: "INT32", boolean: "BOOLEAN" } as const;
