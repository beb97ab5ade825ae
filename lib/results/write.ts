/** Writing a results file line by line, so that a run that was killed goes on where it ended. */
import { EliqError } from "../errors.js";
import { LineFile } from "../pairs/build/line-file.js";
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
   * @throws EliqError ERR_RESULTS when the file's header differs from `header` in anything but its date, with what differs.
   */
  static async open(path: string, header: ResultsHeader): Promise<ResultsWriter> {
    let first: string | undefined;
    let count = 0;
    const file = await LineFile.open(path, (line) => {
      if (first === undefined) first = line;
      else count++;
    });
    try {
      if (first === undefined) await file.append(header);
      else refuseOtherRun(first, header, path);
      return new ResultsWriter(file, count);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Lines after the header. */
  get lines(): number {
    return this.count;
  }

  /** @throws EliqError ERR_INTERNAL for a line that a reader would refuse: nothing is written then. */
  async append(line: ResultLine): Promise<void> {
    const parsed = resultLineSchema.safeParse(line);
    if (!parsed.success) {
      throw new EliqError("ERR_INTERNAL", `The line of ${line.path} is not a line of a results file.`, {
        cause: parsed.error,
      });
    }
    await this.file.append(line);
    this.count++;
  }

  /** Everything is on the disk when this resolves. */
  async close(): Promise<void> {
    await this.file.sync();
    await this.file.close();
  }
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
