/** Evaluations for the page: the tables of the JSON that `eliq eval` writes, and of the figures of a model card. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { EliqError } from "../errors.js";
import type { FigureTable } from "../training/card.js";
import { figureTableSchema, parseFiguresJson } from "../training/figure-tables.js";

const figuresSchema = z.looseObject({
  tables: z.array(figureTableSchema.extend({ columns: figureTableSchema.shape.columns.min(1) })),
});

/** One file's tables. */
export interface Evaluation {
  /** Name of the file. */
  readonly name: string;
  readonly tables: readonly FigureTable[];
}

/**
 * Reads the tables of a file.
 *
 * @throws EliqError ERR_IO when it cannot be read; ERR_RESULTS when it is neither an evaluation nor has tables.
 */
export async function readEvaluation(path: string): Promise<Evaluation> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `${path} cannot be read; give the JSON that eliq eval wrote.`, { cause });
  });
  const name = basename(path);
  const json = parseFiguresJson(text, path);
  const figures = figuresSchema.safeParse(json);
  if (figures.success) return { name, tables: figures.data.tables as FigureTable[] };
  const [{ parseEvaluationReport }, { reportTables }] = await Promise.all([
    import("../evaluation/report-schema.js"),
    import("../evaluation/report-tables.js"),
  ]);
  return { name, tables: reportTables(parseEvaluationReport(json, path)) };
}
