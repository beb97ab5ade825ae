/** Reading results files as a stream, checked line by line. */
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { EliqError } from "../errors.js";
import { streamLines } from "../files/lines.js";
import { isUrl } from "../images/source.js";
import { describeIssue } from "../schema-issue.js";
import { type ResultLine, type ResultsHeader, resultLineSchema, resultsHeaderSchema } from "./schema.js";

/** A results file that is open: its header, where it has one, and its lines as a stream. */
export class ResultsFile {
  private constructor(
    readonly path: string,
    /** Undefined for what `eliq score --jsonl` printed. */
    readonly header: ResultsHeader | undefined,
  ) {}

  /** @throws EliqError ERR_IO when it cannot be read; ERR_RESULTS when its header is not as documented. */
  static async open(path: string): Promise<ResultsFile> {
    const info = await stat(path).catch((cause: unknown) => {
      throw new EliqError("ERR_IO", `There is no results file at ${path}.`, { cause });
    });
    if (!info.isFile()) throw new EliqError("ERR_IO", `${path} is not a file; give a results file (JSON Lines).`);
    for await (const { text } of streamLines(path)) {
      if (!/^\{"type":\s*"header"/.test(text)) break;
      return new ResultsFile(path, check(resultsHeaderSchema, text, `${path}:1`));
    }
    return new ResultsFile(path, undefined);
  }

  /**
   * The lines after the header, in order. Memory does not grow with their number.
   *
   * @throws EliqError ERR_RESULTS for a line that is not as documented.
   */
  async *lines(): AsyncGenerator<ResultLine, void, void> {
    for await (const { text, number } of streamLines(this.path)) {
      if ((number === 1 && this.header) || text.trim() === "") continue;
      yield check(resultLineSchema, text, `${this.path}:${number}`);
    }
  }

  /**
   * Where the image of a line is: its URL, or a path from the current folder.
   *
   * @param folder that relative paths are relative to, in place of what the file says.
   */
  locate({ path }: { readonly path: string }, folder?: string): string {
    if (isUrl(path)) return path;
    if (folder !== undefined) return resolve(folder, path);
    return this.header?.folder === undefined ? path : resolve(dirname(this.path), this.header.folder, path);
  }
}

function check<S extends z.ZodType>(schema: S, text: string, place: string): z.infer<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EliqError("ERR_RESULTS", `${place} is not JSON: ${(cause as Error).message}.`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EliqError("ERR_RESULTS", `${place} is not as docs/results.md describes it${describeIssue(parsed.error)}.`);
}
