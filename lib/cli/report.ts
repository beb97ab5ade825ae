/** What `score` prints: one row or line for each image, as it is known. */
import type { Score } from "../calibration/score.js";
import { type ScoreFields, toFailedLine, toScoredLine } from "../results/line.js";
import type { FailedLine } from "../results/schema.js";
import { csvCell } from "../text/csv.js";
import type { ScoreInterval, Uncertainty } from "../uncertainty/uncertainty.js";
import type { Outcome } from "./images.js";

/** One output line for an image. */
export type ScoreLine = ScoreFields | FailedLine;

/** The line of an image at `path`. */
export function toScoreLine(path: string, result: Outcome<Score>): ScoreLine {
  return result.ok ? toScoredLine(path, result.value) : toFailedLine(path, result.error);
}

export type ReportFormat = "table" | "json" | "jsonl" | "csv";

/** Prints lines in one format; every text is whole after `end`, however few lines came. */
export interface Report {
  line(line: ScoreLine): void;
  end(): void;
}

/**
 * @param write takes text for standard output.
 * @param uncertain the scores come with their uncertainty, which table and CSV then have columns for.
 */
export function createReport(format: ReportFormat, write: (text: string) => void, uncertain = false): Report {
  switch (format) {
    case "jsonl":
      return { line: (line) => write(`${JSON.stringify(line)}\n`), end() {} };
    case "json":
      return jsonReport(write);
    case "csv":
      return csvReport(write, uncertain);
    case "table":
      return tableReport(write, uncertain);
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

const csvAspects = ["quality", "alignment", "technical", "aesthetic"] as const;

/** What is known of an image's uncertainty, by the name of its column. */
const uncertaintyColumns: readonly [name: string, value: (known: Uncertainty) => number | null][] = [
  ["views", ({ views }) => views],
  ...csvAspects.flatMap((aspect): [string, (known: Uncertainty) => number | null][] => [
    [`standard_error_${aspect}`, ({ standardError }) => standardError[aspect]],
    [`interval_${aspect}_low`, ({ interval }) => interval[aspect]?.[0] ?? null],
    [`interval_${aspect}_high`, ({ interval }) => interval[aspect]?.[1] ?? null],
  ]),
];

function csvReport(write: (text: string) => void, uncertain: boolean): Report {
  const further = uncertain ? uncertaintyColumns : [];
  write(`${[csvColumns, ...further.map(([name]) => name)].join(",")}\n`);
  return {
    line(line) {
      const known = line.ok ? line.uncertainty : undefined;
      const cells = line.ok
        ? [line.path, true, line.quality, line.alignment, line.aspects.technical, line.aspects.aesthetic].concat(
            [line.raw.quality, line.raw.alignment, line.raw.technical, line.raw.aesthetic],
            [line.model, line.calibration, null, null],
          )
        : [line.path, false, ...Array<null>(10).fill(null), line.code, line.message];
      const more = further.map(([, value]) => (known ? value(known) : null));
      write(`${[...cells, ...more].map(csvCell).join(",")}\n`);
    },
    end() {},
  };
}

const tableAspects = ["quality", "technical", "aesthetic", "alignment"] as const;

/** Numbers first and the path last, so that rows can be printed before the longest path is known. */
function tableReport(write: (text: string) => void, uncertain: boolean): Report {
  const header = tableAspects.flatMap((aspect) => (uncertain ? [aspect, "     ±"] : [aspect])).join("  ");
  let begun = false;
  return {
    line(line) {
      if (!begun) write(`${header}  image\n`);
      begun = true;
      if (!line.ok) return write(`${"failed".padEnd(header.length)}  ${line.path}: ${line.message} [${line.code}]\n`);
      const { uncertainty, ...score } = line;
      const values = { quality: score.quality, alignment: score.alignment, ...score.aspects };
      const cells = tableAspects.flatMap((aspect) => {
        const value = cell(values[aspect], aspect.length);
        return uncertain ? [value, cell(halfWidth(uncertainty?.interval[aspect]), 6)] : [value];
      });
      write(`${cells.join("  ")}  ${line.path}\n`);
    },
    end() {},
  };
}

/** What the table shows after "±". */
function halfWidth(interval: ScoreInterval | null | undefined): number | null {
  return interval ? (interval[1] - interval[0]) / 2 : null;
}

function cell(value: number | null, width: number): string {
  return (value === null ? "-" : value.toFixed(3)).padStart(width);
}
