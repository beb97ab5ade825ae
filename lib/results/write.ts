/** Writing a results file line by line, so that a run that was killed goes on where it ended. */
import { stat } from "node:fs/promises";
import { EliqError } from "../errors.js";
import { LineFile } from "../files/line-file.js";
import { streamLines } from "../files/lines.js";
import { type ResultLine, type ResultsHeader, resultLineSchema, resultsHeaderSchema } from "./schema.js";

/**
 * A results file that grows. What is there counts: lines are only ever appended, a torn last one is cut off, and a file that
 * another run began is refused.
 */
export class ResultsWriter {
  private constructor(
    private readonly file: LineFile,
    /** Lines after the header that are there. */
    private count: number,
  ) {}

  /**
   * Opens a file to go on with it, or begins it with `header`.
   *
   * @throws EliqError ERR_RESULTS when the file's header differs from `header` in anything but its date, with what differs; ERR_IO.
   */
  static async open(path: string, header: ResultsHeader): Promise<ResultsWriter> {
    // Before it is opened to be written: that cuts a last line without a line feed off.
    await refuseOther(path, header);
    let lines = 0;
    const file = await written(
      path,
      LineFile.open(path, () => {
        lines++;
      }),
    );
    try {
      if (lines === 0) await written(path, file.append(header));
      return new ResultsWriter(file, Math.max(0, lines - 1));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Lines after the header. */
  get lines(): number {
    return this.count;
  }

  /** @throws EliqError ERR_INTERNAL for a line that a reader would refuse: nothing is written then; ERR_IO. */
  async append(line: ResultLine): Promise<void> {
    const parsed = resultLineSchema.safeParse(line);
    if (!parsed.success) {
      throw new EliqError("ERR_INTERNAL", `The line of ${line.path} is not a line of a results file.`, {
        cause: parsed.error,
      });
    }
    await written(this.file.path, this.file.append(line));
    this.count++;
  }

  /** Everything is on the disk when this resolves. */
  async close(): Promise<void> {
    await this.file.sync();
    await this.file.close();
  }
}

/** A full disk, a folder that may not be written to: no fault of the program's. */
function written<T>(path: string, writing: Promise<T>): Promise<T> {
  return writing.catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `${path} cannot be written: ${(cause as Error).message}.`, { cause });
  });
}

/** How every header begins: a run that was killed before its header was whole leaves a part of it. */
const begins = '{"type":"header"';

async function refuseOther(path: string, header: ResultsHeader): Promise<void> {
  const first = await written(path, firstLine(path));
  if (first === undefined) return;
  const torn = !first.ends && begins.startsWith(first.text.slice(0, begins.length));
  if (!torn) refuseOtherRun(first.text, header, path);
}

/** The first line and whether a line feed ends it; undefined when there is none. */
async function firstLine(path: string): Promise<{ text: string; ends: boolean } | undefined> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size === 0) return undefined;
  for await (const { text } of streamLines(path)) return { text, ends: Buffer.byteLength(text) < size };
  return undefined;
}

function refuseOtherRun(first: string, wanted: ResultsHeader, path: string): void {
  const parsed = resultsHeaderSchema.safeParse(parse(first));
  if (!parsed.success) {
    throw new EliqError(
      "ERR_RESULTS",
      `${path} is there already and is no results file with a header. Move it away, or choose another folder.`,
    );
  }
  const there = fieldsOf({ ...parsed.data, created: "" });
  // As the file would give it back, so that what JSON leaves out is no difference.
  const given = fieldsOf({ ...JSON.parse(JSON.stringify(wanted)), created: "" });
  const names = [...new Set([...there.keys(), ...given.keys()])].filter((name) => there.get(name) !== given.get(name));
  if (names.length === 0) return;
  const differences = names.map(
    (name) => `${name} was ${there.get(name) ?? "absent"}, now ${given.get(name) ?? "absent"}`,
  );
  throw new EliqError(
    "ERR_RESULTS",
    `${path} holds the results of another run (${differences.join("; ")}). Choose another folder, or delete the file to begin anew.`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON of every field by its dotted name. */
function fieldsOf(value: Record<string, unknown>, prefix = ""): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, field] of Object.entries(value)) {
    const nested = typeof field === "object" && field !== null && !Array.isArray(field);
    if (nested)
      for (const [inner, text] of fieldsOf(field as Record<string, unknown>, `${prefix}${name}.`))
        fields.set(inner, text);
    else fields.set(`${prefix}${name}`, JSON.stringify(field));
  }
  return fields;
}
