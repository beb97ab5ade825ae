/** The figures of a model card: what an evaluation found, and what its makers want said beside it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EliqError } from "../errors.js";
import { readTextIfThere } from "../files/atomic.js";
import { describeIssue } from "../schema-issue.js";
import type { Figures } from "./card.js";
import { figureTableSchema, parseFiguresJson } from "./figure-tables.js";

/** What `eliq eval` wrote for a model, beside the model. */
const evaluationFile = "evaluation.json";
/** Tables and limits that no command writes: what was tried on the way, what the figures hide. */
const notesFile = "notes.json";

const figuresSchema = z.object({
  /** In what `eliq eval` writes: the model that was evaluated. */
  made: z.object({ model: z.string() }).optional(),
  tables: z.array(figureTableSchema),
  limits: z.array(z.string()).optional(),
});

/**
 * Reads the figures for the card of a model directory: evaluation.json and notes.json in it, as far as they are there.
 *
 * @param model name and revision; figures of another model are refused.
 * @param evaluation path of another file in place of evaluation.json.
 * @returns undefined when there are none.
 * @throws EliqError ERR_IO or ERR_RESULTS.
 */
export async function readFigures(directory: string, model: string, evaluation?: string): Promise<Figures | undefined> {
  const path = evaluation ?? join(directory, evaluationFile);
  const text = evaluation === undefined ? await readTextIfThere(path) : await readGiven(evaluation);
  const notes = await readTextIfThere(join(directory, notesFile));
  const parts = [
    ...(text === undefined ? [] : [parseFigures(text, path)]),
    ...(notes === undefined ? [] : [parseFigures(notes, join(directory, notesFile))]),
  ];
  if (parts.length === 0) return undefined;
  const other = parts.map(({ made }) => made?.model).find((made) => made !== undefined && made !== model);
  if (other !== undefined) {
    throw new EliqError(
      "ERR_RESULTS",
      `${path} holds the figures of ${other}, not of ${model}. Run eliq eval again with this model.`,
    );
  }
  return { tables: parts.flatMap(({ tables }) => tables), limits: parts.flatMap(({ limits }) => limits ?? []) };
}

function readGiven(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `${path} cannot be read: ${(cause as Error).message}.`, { cause });
  });
}

function parseFigures(text: string, path: string): z.infer<typeof figuresSchema> {
  const parsed = figuresSchema.safeParse(parseFiguresJson(text, path));
  if (!parsed.success) {
    throw new EliqError("ERR_RESULTS", `${path} does not hold tables for a model card${describeIssue(parsed.error)}.`);
  }
  return parsed.data;
}
