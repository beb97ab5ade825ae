/** The set of prompts that eliq comes with. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EliqError } from "../../errors.js";
import { packageRoot } from "../../native/paths.js";
import { type Prompt, promptSchema } from "./prompt.js";

/** Name and version of the shipped set. The version grows whenever a text, an id or a label changes. */
export const shippedSet = { name: "eliq-prompts", version: 1 } as const;

/** One prompt a line, as JSON. */
export const shippedPath = join(packageRoot, "lib", "pairs", "prompts", "prompts.jsonl");

/**
 * The shipped prompts, in order; neighbours are of different categories, so that the first n are a fair sample.
 * @throws EliqError ERR_IO when the file is missing or damaged.
 */
export async function shippedPrompts(): Promise<Prompt[]> {
  try {
    const lines = (await readFile(shippedPath, "utf8")).split("\n").filter((line) => line !== "");
    return lines.map((line) => promptSchema.parse(JSON.parse(line)));
  } catch (cause) {
    throw new EliqError("ERR_IO", `The shipped prompts (${shippedPath}) cannot be read. Install eliq again.`, {
      cause,
    });
  }
}
