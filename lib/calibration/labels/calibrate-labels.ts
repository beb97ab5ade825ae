/** A calibration to the scale of human labels, with its error on labels that it did not see. */
import { EliqError } from "../../errors.js";
import { spearman } from "../../evaluation/statistics.js";
import { Random } from "../../pairs/random.js";
import type { Calibration } from "../calibration.js";
import type { LabelScale, ScoreRange } from "../scale.js";
import { fitLabelScale, type LabelledScore, type LabelMethod, squaredErrors } from "./fit.js";

/** What the labels are about. */
export type LabelTarget = "quality" | "alignment";

/** How a calibration is fitted to labels. */
export interface LabelCalibrationOptions {
  readonly id: string;
  /** YYYY-MM-DD. */
  readonly created: string;
  readonly target: LabelTarget;
  readonly method: LabelMethod;
  /** Ends of the labels' scale; the least and the greatest label unless told. */
  readonly range?: ScoreRange | undefined;
  /** Folds of the cross-validation; 5 unless told. */
  readonly folds?: number | undefined;
  /** Names the assignment to folds; 1 unless told. */
  readonly seed?: number | undefined;
}

/** A calibration and how far to trust it. */
export interface LabelCalibration {
  readonly calibration: Calibration;
  readonly count: number;
  /** Spearman's correlation of raw scores and labels; no rising map changes it. */
  readonly srcc: number;
  /** Root mean squared error on the labels that were fitted. */
  readonly rmse: number;
  /** The same on labels left out of the fit, over all folds, in units of the labels. */
  readonly crossValidatedRmse: number;
  /** The same when the mean of the other folds' labels is said of every image: what a calibration must beat. */
  readonly meanRmse: number;
  /** Sentences for the user. */
  readonly warnings: readonly string[];
}

/** Below, the choice of the images decides more of the error than the method does; docs/calibration.md has the measurement. */
export const usefulLabels = 50;

/**
 * Fits a scale to labels and puts it in place of the base calibration's. Other scores keep the base's scales, and percentiles its
 * reference population.
 *
 * @throws EliqError ERR_CALIBRATION for too few labels, labels outside their range, labels that do not rise with the raw scores, or a
 *   curve that would fall somewhere.
 */
export function calibrateLabels(
  labels: readonly LabelledScore[],
  base: Calibration,
  options: LabelCalibrationOptions,
): LabelCalibration {
  const { target, method, id, created } = options;
  const range = requireFittable(labels, base, options);
  const srcc = spearman(
    labels.map(({ raw }) => raw),
    labels.map(({ label }) => label),
  );
  if (!(srcc > 0))
    throw new EliqError(
      "ERR_CALIBRATION",
      `The labels do not rise with the raw ${target}: Spearman's correlation is ${srcc.toFixed(3)} over ${labels.length} images. No rising map can help; check that higher labels are better, that each stands by its image, and whether the model suits these images.`,
    );
  const scale = fitLabelScale(labels, method, range);
  const { crossValidatedRmse, meanRmse } = crossValidate(labels, method, range, options);
  const count = labels.length;
  const summary = { target, count, srcc, crossValidatedRmse };
  const calibration = { ...base, id, created, labels: summary, scales: { ...base.scales, [target]: scale } };
  const rmse = Math.sqrt(squaredErrors(scale, labels) / count);
  return {
    calibration,
    count,
    srcc,
    rmse,
    crossValidatedRmse,
    meanRmse,
    warnings: warningsOf(count, crossValidatedRmse, meanRmse),
  };
}

/**
 * What can be said of labels before their images are scored.
 *
 * @returns the ends of their scale.
 * @throws EliqError ERR_CALIBRATION for a target that the model does not score, too few labels, or labels outside their range.
 */
export function requireFittable(
  labels: readonly Pick<LabelledScore, "label">[],
  base: Calibration,
  { target, range = rangeOfLabels(labels) }: Pick<LabelCalibrationOptions, "target" | "range">,
): ScoreRange {
  if (!base.percentiles[target])
    throw new EliqError("ERR_CALIBRATION", `The model does not score ${target}, so labels of it cannot be fitted.`);
  checkLabels(labels, range);
  return range;
}

function rangeOfLabels(labels: readonly Pick<LabelledScore, "label">[]): ScoreRange {
  const values = labels.map(({ label }) => label);
  return {
    low: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    high: values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  };
}

function checkLabels(labels: readonly Pick<LabelledScore, "label">[], { low, high }: ScoreRange): void {
  if (labels.length < 5)
    throw new EliqError(
      "ERR_CALIBRATION",
      `There are ${labels.length} labelled images; a fit and its check need 5 at least, and ${usefulLabels} to be useful.`,
    );
  if (!(low < high)) throw new EliqError("ERR_CALIBRATION", "All labels are equal, so there is nothing to fit.");
  const outside = labels.find(({ label }) => !(label >= low && label <= high));
  if (outside)
    throw new EliqError(
      "ERR_CALIBRATION",
      `The label ${outside.label} lies outside the range from ${low} to ${high}. Correct it, or the range.`,
    );
}

/** Error on left-out folds; whole groups are left out together. */
function crossValidate(
  labels: readonly LabelledScore[],
  method: LabelMethod,
  range: ScoreRange,
  { folds = 5, seed = 1 }: LabelCalibrationOptions,
): { crossValidatedRmse: number; meanRmse: number } {
  const groups = new Map<string, LabelledScore[]>();
  for (const [i, item] of labels.entries()) {
    const key = item.group === undefined ? `\0${i}` : item.group;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  const order = new Random(seed, "calibration folds").shuffle([...groups.values()]);
  const parts = Array.from({ length: Math.min(folds, order.length) }, (_, fold) =>
    order.filter((_, i) => i % folds === fold).flat(),
  );
  if (parts.length < 2)
    throw new EliqError(
      "ERR_CALIBRATION",
      "All labelled images are of one group, so the fit cannot be checked on others.",
    );
  let [errors, plain] = [0, 0];
  for (const part of parts) {
    const rest = parts.filter((other) => other !== part).flat();
    errors += squaredErrors(fitRest(rest, method, range), part);
    const mean = rest.reduce((sum, { label }) => sum + label, 0) / rest.length;
    plain += part.reduce((sum, { label }) => sum + (label - mean) ** 2, 0);
  }
  return { crossValidatedRmse: Math.sqrt(errors / labels.length), meanRmse: Math.sqrt(plain / labels.length) };
}

/** A fit that some of the labels decide alone is none to rely on. */
function fitRest(rest: readonly LabelledScore[], method: LabelMethod, range: ScoreRange): LabelScale {
  try {
    return fitLabelScale(rest, method, range);
  } catch (cause) {
    throw new EliqError(
      "ERR_CALIBRATION",
      `The fit does not stand when a part of the labels is left out to check it. ${(cause as Error).message} Or collect more labels.`,
      { cause },
    );
  }
}

function warningsOf(count: number, error: number, mean: number): string[] {
  const warnings: string[] = [];
  if (count < usefulLabels)
    warnings.push(
      `${count} labels are few: with fewer than ${usefulLabels} the choice of the images moves the scale more than the method does. Collect more before you rely on single scores.`,
    );
  if (error >= mean)
    warnings.push("On labels left out, this scale is no better than saying the mean label of every image.");
  return warnings;
}
