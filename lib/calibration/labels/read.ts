/** Labels and votes as people keep them: CSV files, and results files with opinions. */

import { createReadStream } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { EliqError } from "../../errors.js";
import { isHttpUrl } from "../../images/source.js";
import { ResultsFile } from "../../results/read.js";
import { csvCell } from "../../text/csv.js";
import type { LabelTarget } from "./calibrate-labels.js";
import type { LabelledScore } from "./fit.js";
import type { PairVotes, PairwiseFit } from "./pairwise.js";

/** A label of an image that is not scored yet. */
export interface LabelledImage {
  /** Path from the current folder, or a URL. */
  readonly image: string;
  readonly prompt?: string | undefined;
  readonly label: number;
  readonly group?: string | undefined;
}

/**
 * Reads a CSV with the columns `image` (relative to the file, or a URL), `quality` or `alignment`, and, where there are any, `prompt` and
 * `group`.
 *
 * @throws EliqError ERR_CALIBRATION, with the line, for what is not so; ERR_IO when it cannot be read.
 */
export async function readLabels(path: string, target: LabelTarget): Promise<LabelledImage[]> {
  const labels: LabelledImage[] = [];
  for await (const { row, place } of readRows(path, ["image", target])) {
    const { image = "", prompt, group } = row;
    if (image === "") throw wrong(place, 'has nothing in its column "image"');
    const label = numberIn(row, target, place);
    labels.push({ image: locate(path, image), label, prompt: prompt || undefined, group: group || undefined });
  }
  return labels;
}

/**
 * The scored lines of a results file that have an opinion.
 *
 * @param model that all lines must be of.
 * @throws EliqError ERR_CALIBRATION_MISMATCH for another model; ERR_RESULTS and ERR_IO as `ResultsFile`.
 */
export async function labelsOfResults(path: string, target: LabelTarget, model: string): Promise<LabelledScore[]> {
  const labels: LabelledScore[] = [];
  for await (const line of (await ResultsFile.open(path)).lines()) {
    if (!line.ok) continue;
    if (line.model !== model)
      throw new EliqError(
        "ERR_CALIBRATION_MISMATCH",
        `${path} holds raw scores of the model ${line.model}, and the calibration is for ${model}. Run \`eliq eval\` with this model again.`,
      );
    const [raw, label] = [line.raw[target], line.opinions?.[target]];
    if (raw !== null && label !== undefined) labels.push({ raw, label, group: line.group });
  }
  return labels;
}

/**
 * Reads a CSV of votes: columns `a`, `b` and either `winner` ("a", "b", "tie", or the winner's own name) or `wins_a` and `wins_b`.
 *
 * @throws EliqError ERR_CALIBRATION, with the line, for what is not so; ERR_IO when it cannot be read.
 */
export async function readVotes(path: string): Promise<PairVotes[]> {
  const votes: PairVotes[] = [];
  for await (const { row, place } of readRows(path, ["a", "b"])) {
    const { a = "", b = "", winner } = row;
    if (a === "" || b === "") throw wrong(place, 'needs a name in its columns "a" and "b"');
    if (winner === undefined)
      votes.push({ a, b, winsA: numberIn(row, "wins_a", place), winsB: numberIn(row, "wins_b", place) });
    else votes.push({ a, b, ...oneVote(winner, a, b, place) });
  }
  return votes;
}

function oneVote(winner: string, a: string, b: string, place: string): { winsA: number; winsB: number } {
  const isA = winner === a || winner === "a";
  const isB = winner === b || winner === "b";
  if (isA && isB)
    throw wrong(place, `says that "${winner}" won, which is the column of one image and the name of the other`);
  if (isA) return { winsA: 1, winsB: 0 };
  if (isB) return { winsA: 0, winsB: 1 };
  if (winner === "tie") return { winsA: 0.5, winsB: 0.5 };
  throw wrong(place, `says that "${winner}" won; it takes "a", "b", "tie" or the name of one of the two`);
}

/**
 * A CSV of labels that {@link readLabels} takes: the strengths as labels of `target`, with standard errors and votes.
 *
 * @param votes the file that the items' paths are relative to. @param out the file that is written.
 */
export function labelsOfVotes({ items }: PairwiseFit, target: LabelTarget, votes: string, out: string): string {
  const rows = items.map(({ item, strength, standardError, votes: count }) => {
    const image = isHttpUrl(item) ? item : relative(dirname(resolve(out)), resolve(dirname(votes), item));
    return [csvCell(image), strength, standardError, count].join(",");
  });
  return `${[`image,${target},standard_error,votes`, ...rows].join("\n")}\n`;
}

interface Row {
  readonly row: Readonly<Record<string, string | undefined>>;
  /** File and line. */
  readonly place: string;
}

async function* readRows(path: string, needed: readonly string[]): AsyncGenerator<Row, void, void> {
  const { parse, CsvError } = await import("csv-parse");
  const columns = (header: string[]) => {
    const names = header.map((name) => name.trim());
    const missing = needed.find((name) => !names.includes(name));
    if (missing === undefined) return names;
    throw new EliqError("ERR_CALIBRATION", `${path} has no column "${missing}"; its columns are ${names.join(", ")}.`);
  };
  const file = createReadStream(path);
  const rows = file.pipe(parse({ bom: true, skip_empty_lines: true, trim: true, info: true, columns }));
  file.on("error", (cause) =>
    rows.destroy(new EliqError("ERR_IO", `${path} cannot be read: ${cause.message}`, { cause })),
  );
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: Row["row"]; info: { lines: number } }>)
      yield { row: record, place: `${path}:${info.lines}` };
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new EliqError("ERR_CALIBRATION", `${path} is not valid CSV: ${cause.message}`, { cause });
  } finally {
    file.destroy();
  }
}

function numberIn(row: Row["row"], column: string, place: string): number {
  const given = row[column];
  const value = Number(given);
  if (given !== undefined && given !== "" && Number.isFinite(value)) return value;
  throw wrong(place, `has "${given ?? ""}" in its column "${column}" in place of a number`);
}

function wrong(place: string, what: string): EliqError {
  return new EliqError("ERR_CALIBRATION", `${place} ${what}.`);
}

function locate(file: string, image: string): string {
  return isHttpUrl(image) ? image : resolve(dirname(file), image);
}
