/** Evaluations for the page: the tables of the JSON that `eliq eval` writes, and of the figures of a model card. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { EliqError } from "../errors.js";
import type { FigureTable } from "../training/card.js";

const figuresSchema = z.looseObject({
  tables: z.array(
    z.object({
      title: z.string(),
      protocol: z.string().optional(),
      columns: z.array(z.string()).min(1),
      rows: z.array(z.array(z.union([z.string(), z.number()]))),
    }),
  ),
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
  const json = parseJson(text, path);
  const figures = figuresSchema.safeParse(json);
  if (figures.success) return { name, tables: figures.data.tables as FigureTable[] };
  const [{ parseEvaluationReport }, { reportTables }] = await Promise.all([
    import("../evaluation/report-schema.js"),
    import("../evaluation/report-tables.js"),
  ]);
  return { name, tables: reportTables(parseEvaluationReport(json, path)) };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EliqError("ERR_RESULTS", `${path} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
