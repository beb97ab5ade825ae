/** What several views of one image say together: a mean score, and how far it may be from the mean of all possible views. */
import type { RawScore, Score } from "../calibration/score.js";
import type { NativeResult } from "../native/addon.js";
import { studentQuantile } from "./student.js";

/** Nominal coverage of {@link Uncertainty.interval}: that of one standard deviation of a normal distribution, as it is rounded. */
export const intervalLevel = 0.68;

/** Two ends of an interval on the scale of the scores: [low, high]. */
export type ScoreInterval = readonly [low: number, high: number];

/** How much a score depends on how the image is framed. */
export interface Uncertainty {
  /** Views that the score is the mean of, at least 2. */
  readonly views: number;
  /** Standard error of the mean raw scores: the deviation of the views' raw scores over the root of their number; at least 0. */
  readonly standardError: RawScore;
  /**
   * Where the mean over all possible views lies, in about 68 % of images: mean raw score plus and minus the standard error times
   * Student's quantile with `views` - 1 degrees of freedom, calibrated. Contains the score. It says nothing of how far the critic
   * is from what people would say.
   */
  readonly interval: {
    readonly quality: ScoreInterval;
    readonly alignment: ScoreInterval | null;
    readonly technical: ScoreInterval;
    readonly aesthetic: ScoreInterval;
  };
}

/** A mean with its standard error. */
export interface Mean {
  readonly mean: number;
  /** Unbiased deviation over the root of the count (Student, "The probable error of a mean", Biometrika 6(1), 1908). */
  readonly standardError: number;
}

/** @param values two or more, independent draws. */
export function meanOf(values: readonly number[]): Mean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** Half-width of the interval, in standard errors, from so many views. */
export function intervalFactor(views: number): number {
  return studentQuantile(intervalLevel, views - 1);
}

/** The mean of each raw score over views. */
export interface MeanScore {
  readonly quality: Mean;
  readonly technical: Mean;
  readonly aesthetic: Mean;
  readonly alignment: Mean | null;
}

/**
 * The score that several views of one image have together: the mean of their raw scores, calibrated.
 *
 * @param results of two or more views.
 * @param toScore calibrates a raw result; must be increasing.
 */
export function scoreOfViews(results: readonly NativeResult[], toScore: (raw: RawScore) => Score): Score {
  const means = {
    quality: meanOf(results.map(({ quality }) => quality)),
    technical: meanOf(results.map(({ technical }) => technical)),
    aesthetic: meanOf(results.map(({ aesthetic }) => aesthetic)),
    alignment: results.some(({ alignment }) => alignment === null)
      ? null
      : meanOf(results.map(({ alignment }) => alignment as number)),
  };
  return scoreOfMeans(means, results.length, toScore);
}

/** As {@link scoreOfViews}, from the means of so many views. */
export function scoreOfMeans(means: MeanScore, views: number, toScore: (raw: RawScore) => Score): Score {
  const factor = intervalFactor(views);
  const at = (errors: number) => {
    const value = ({ mean, standardError }: Mean) => mean + errors * standardError;
    return toScore({
      quality: value(means.quality),
      technical: value(means.technical),
      aesthetic: value(means.aesthetic),
      alignment: means.alignment && value(means.alignment),
    });
  };
  const [low, score, high] = [at(-factor), at(0), at(factor)];
  const aligned = low.alignment !== null && score.alignment !== null && high.alignment !== null;
  return {
    ...score,
    uncertainty: {
      views,
      standardError: {
        quality: means.quality.standardError,
        // Of the raw score, which may be there without a scale.
        alignment: score.raw.alignment === null ? null : (means.alignment?.standardError ?? null),
        technical: means.technical.standardError,
        aesthetic: means.aesthetic.standardError,
      },
      interval: {
        quality: [low.quality, high.quality],
        alignment: aligned ? [low.alignment, high.alignment] : null,
        technical: [low.aspects.technical, high.aspects.technical],
        aesthetic: [low.aspects.aesthetic, high.aspects.aesthetic],
      },
    },
  };
}
