/** What `score` prints: one row or line for each image, as it is known. */
import type { Score } from "../calibration/score.js";
import type { Outcome } from "./images.js";

/** One output line for an image: exactly these fields, in this order. */
export type ScoreLine =
  | {
      path: string;
      ok: true;
      quality: number;
      alignment: number | null;
      aspects: { technical: number; aesthetic: number };
      raw: { quality: number; alignment: number | null; technical: number; aesthetic: number };
      model: string;
      calibration: string;
    }
  | { path: string; ok: false; code: string; message: string };

/** The line of an image at `path`. */
export function toScoreLine(path: string, result: Outcome<Score>): ScoreLine {
  if (!result.ok) return { path, ok: false, code: result.error.code, message: result.error.message };
  const { quality, alignment, aspects, raw, model, calibration } = result.value;
  return { path, ok: true, quality, alignment, aspects, raw, model, calibration };
}

export type ReportFormat = "table" | "json" | "jsonl" | "csv";

/** Prints lines in one format; every text is whole after `end`, however few lines came. */
export interface Report {
  line(line: ScoreLine): void;
  end(): void;
}

/** @param write takes text for standard output. */
export function createReport(format: ReportFormat, write: (text: string) => void): Report {
  switch (format) {
    case "jsonl":
      return { line: (line) => write(`${JSON.stringify(line)}\n`), end() {} };
    case "json":
      return jsonReport(write);
    case "csv":
      return csvReport(write);
    case "table":
      return tableReport(write);
  }
}

function jsonReport(write: (text: string) => void): Report {
  let separator = "[\n";
  return {
    line(line) {
      write(`${separator}${JSON.stringify(line)}`);
      separator = ",\n";
    },
    end: () => write(separator === "[\n" ? "[]\n" : "\n]\n"),
  };
}

const csvColumns =
  "path,ok,quality,alignment,technical,aesthetic,raw_quality,raw_alignment,raw_technical,raw_aesthetic,model,calibration,code,message";

function csvReport(write: (text: string) => void): Report {
  write(`${csvColumns}\n`);
  return {
    line(line) {
      const cells = line.ok
        ? [line.path, true, line.quality, line.alignment, line.aspects.technical, line.aspects.aesthetic].concat(
            [line.raw.quality, line.raw.alignment, line.raw.technical, line.raw.aesthetic],
            [line.model, line.calibration, null, null],
          )
        : [line.path, false, ...Array<null>(10).fill(null), line.code, line.message];
      write(`${cells.map(csvCell).join(",")}\n`);
    },
    end() {},
  };
}

/** RFC 4180. */
function csvCell(value: string | number | boolean | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Numbers first and the path last, so that rows can be printed before the longest path is known. */
function tableReport(write: (text: string) => void): Report {
  let begun = false;
  return {
    line(line) {
      if (!begun) write("quality  technical  aesthetic  alignment  image\n");
      begun = true;
      if (!line.ok) return write(`${"failed".padEnd(40)}  ${line.path}: ${line.message} [${line.code}]\n`);
      const { quality, aspects, alignment } = line;
      const numbers = [cell(quality, 7), cell(aspects.technical, 9), cell(aspects.aesthetic, 9), cell(alignment, 9)];
      write(`${numbers.join("  ")}  ${line.path}\n`);
    },
    end() {},
  };
}

function cell(value: number | null, width: number): string {
  return (value === null ? "-" : value.toFixed(3)).padStart(width);
}
