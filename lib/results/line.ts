/** From a score to a line of a results file: the one definition of what `eliq score --jsonl` and `eliq eval` write. */
import type { Score } from "../calibration/score.js";
import type { EliqError } from "../errors.js";
import type { FailedLine, ScoredLine } from "./schema.js";

/** The fields that a score fills; an evaluation adds its own. */
export type ScoreFields = Pick<
  ScoredLine,
  | "path"
  | "ok"
  | "quality"
  | "alignment"
  | "aspects"
  | "raw"
  | "ranges"
  | "percentiles"
  | "uncertainty"
  | "model"
  | "calibration"
>;

/** The line of an image at `path` that was scored. */
export function toScoredLine(path: string, score: Score): ScoreFields {
  const { quality, alignment, aspects, raw, ranges, percentiles, uncertainty, model, calibration } = score;
  return {
    path,
    ok: true,
    quality,
    alignment,
    aspects,
    raw,
    ...(ranges === undefined ? {} : { ranges }),
    percentiles,
    ...(uncertainty === undefined ? {} : { uncertainty }),
    model,
    calibration,
  };
}

/** The line of an image at `path` that could not be scored. */
export function toFailedLine(path: string, { code, message }: EliqError): FailedLine {
  return { path, ok: false, code, message };
}
