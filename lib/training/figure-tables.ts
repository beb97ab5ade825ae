/** JSON that holds tables of figures: what `eliq eval` writes, and the notes of a model card. */
import { z } from "zod";
import { EliqError } from "../errors.js";

/** A table as JSON; `FigureTable` in card.ts says what its fields are. */
export const figureTableSchema = z.object({
  title: z.string(),
  protocol: z.string().optional(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number()]))),
});

/** @param path how the message calls the text. @throws EliqError ERR_RESULTS when it is not JSON. */
export function parseFiguresJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EliqError("ERR_RESULTS", `${path} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
