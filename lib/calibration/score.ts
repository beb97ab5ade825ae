/** What scoring an image gives, and the same score under another calibration. */
import { EliqError } from "../errors.js";
import type { Model } from "../models/directory.js";
import type { NativeResult } from "../native/addon.js";
import { type MeanScore, scoreOfMeans, type Uncertainty } from "../uncertainty/uncertainty.js";
import type { Calibration } from "./calibration.js";
import { percentileOf } from "./percentiles.js";
import { applyScale, rangeOf, type ScoreRange } from "./scale.js";

/** Raw outputs of the network: unbounded, higher is better, comparable only between scores of one model. */
export interface RawScore {
  readonly quality: number;
  readonly alignment: number | null;
  readonly technical: number;
  readonly aesthetic: number;
}

/**
 * The score of one image; higher is better. Under a label-free calibration `quality`, `alignment` and `aspects` are in (0, 1):
 * about .85 is the median of good images and .15 that of their worst damage, so they are places on that scale, not percentages of
 * anything. Under a calibration that was fitted to labels, what was fitted is in the labels' units, and `ranges` says so.
 */
export interface Score {
  /** Visual quality, technical and aesthetic together. */
  readonly quality: number;
  /** How well the image fits its prompt; null without a prompt, and where the model was not trained for it. */
  readonly alignment: number | null;
  /** Why `alignment` is null; absent when it is a number. */
  readonly alignmentReason?: string;
  /** Whether the prompt was longer than the model reads, so that its end was cut off; absent where the model read no prompt. */
  readonly promptTruncated?: boolean;
  readonly aspects: {
    /** Freedom from blur, noise, compression and generation artefacts. */
    readonly technical: number;
    /** Composition, light and colour. */
    readonly aesthetic: number;
  };
  /**
   * Percentage of the good images in the calibration's reference population that score lower, in [0, 100]; `alignment` is null
   * where the score is.
   */
  readonly percentiles: RawScore;
  /** The same before calibration. */
  readonly raw: RawScore;
  /** Ends of the scales that are not those from 0 to 1; absent under a label-free calibration. */
  readonly ranges?: { readonly quality?: ScoreRange; readonly alignment?: ScoreRange };
  /** How much the score depends on the framing; only where several views were asked for. */
  readonly uncertainty?: Uncertainty;
  /** Name and revision of the model, e.g. "default@1f0c2a9b3d4e". */
  readonly model: string;
  /** Id of the calibration. */
  readonly calibration: string;
}

const noPrompt = "No prompt was given.";
const noPromptReading = "This version of eliq does not give prompts to the model.";

/**
 * Calibrates a native result.
 *
 * @param truncated whether the prompt was cut off; undefined where the model read none.
 */
export function toScore(result: NativeResult, model: Model, prompt: string | undefined, truncated?: boolean): Score {
  const reason = whyNotRead(result, model, prompt);
  const { quality, technical, aesthetic } = result;
  const raw = { quality, alignment: reason === undefined ? result.alignment : null, technical, aesthetic };
  return withPrompt(calibrated(raw, reason, model.calibration), truncated);
}

function withPrompt(score: Score, truncated: boolean | undefined): Score {
  return truncated === undefined ? score : { ...score, promptTruncated: truncated };
}

/** Never a number from an untrained branch, whatever the network gave. */
function whyNotRead(result: NativeResult, { alignment }: Model, prompt: string | undefined): string | undefined {
  if (!alignment.trained) return alignment.reason ?? noPromptReading;
  if (prompt === undefined) return noPrompt;
  return result.alignment === null ? noPromptReading : undefined;
}

/**
 * A score under another calibration of the same model: one look of the network serves several calibrations.
 *
 * @returns what scoring the image with `Eliq.load({ calibration })` would have given.
 * @throws EliqError ERR_CALIBRATION_MISMATCH for a calibration of another model.
 */
export function recalibrate(score: Score, calibration: Calibration): Score {
  if (calibration.model !== score.model) throw otherModel(calibration, score.model);
  const { raw, uncertainty, alignmentReason, promptTruncated } = score;
  const toScore = (one: RawScore) => withPrompt(calibrated(one, alignmentReason, calibration), promptTruncated);
  return uncertainty === undefined
    ? toScore(raw)
    : scoreOfMeans(meansOf(raw, uncertainty.standardError), uncertainty.views, toScore);
}

function meansOf(raw: RawScore, errors: RawScore): MeanScore {
  const { alignment } = raw;
  return {
    quality: { mean: raw.quality, standardError: errors.quality },
    technical: { mean: raw.technical, standardError: errors.technical },
    aesthetic: { mean: raw.aesthetic, standardError: errors.aesthetic },
    alignment:
      alignment === null || errors.alignment === null ? null : { mean: alignment, standardError: errors.alignment },
  };
}

/** The error for a calibration that was made with another model. */
export function otherModel({ id, model }: Calibration, used: string): EliqError {
  return new EliqError(
    "ERR_CALIBRATION_MISMATCH",
    `The calibration "${id}" was made with the model ${model}, and the raw scores of ${used} mean something else. Load that model, or run \`eliq calibrate\` with this one.`,
  );
}

/** @param reason why there is no raw alignment; used only where there is none. */
function calibrated(raw: RawScore, reason: string | undefined, calibration: Calibration): Score {
  const { scales, percentiles } = calibration;
  const ranges = rangesOf(calibration);
  return {
    quality: applyScale(raw.quality, scales.quality),
    ...alignmentOf(raw, reason, calibration),
    aspects: {
      technical: applyScale(raw.technical, scales.technical),
      aesthetic: applyScale(raw.aesthetic, scales.aesthetic),
    },
    percentiles: {
      quality: percentileOf(raw.quality, percentiles.quality),
      alignment:
        raw.alignment !== null && percentiles.alignment ? percentileOf(raw.alignment, percentiles.alignment) : null,
      technical: percentileOf(raw.technical, percentiles.technical),
      aesthetic: percentileOf(raw.aesthetic, percentiles.aesthetic),
    },
    raw,
    ...(ranges === undefined ? {} : { ranges }),
    model: calibration.model,
    calibration: calibration.id,
  };
}

function alignmentOf(
  { alignment }: RawScore,
  reason: string | undefined,
  { id, scales }: Calibration,
): Pick<Score, "alignment" | "alignmentReason"> {
  if (alignment === null) return { alignment, ...(reason === undefined ? {} : { alignmentReason: reason }) };
  if (scales.alignment) return { alignment: applyScale(alignment, scales.alignment) };
  return { alignment: null, alignmentReason: `The calibration "${id}" has no scale for alignment.` };
}

function rangesOf({ scales: { quality, alignment } }: Calibration): Score["ranges"] {
  const ranges = {
    ...(quality.kind === "anchored" ? {} : { quality: rangeOf(quality) }),
    ...(alignment === undefined || alignment.kind === "anchored" ? {} : { alignment: rangeOf(alignment) }),
  };
  return Object.keys(ranges).length > 0 ? ranges : undefined;
}
