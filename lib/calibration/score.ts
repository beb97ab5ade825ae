/** What scoring an image gives. */
import type { Model } from "../models/directory.js";
import type { NativeResult } from "../native/addon.js";
import { type Calibration, calibrate } from "./calibration.js";

/** Raw outputs of the network: unbounded, higher is better, comparable only between scores of one model. */
export interface RawScore {
  readonly quality: number;
  readonly alignment: number | null;
  readonly technical: number;
  readonly aesthetic: number;
}

/**
 * The score of one image. `quality`, `alignment` and `aspects` are in [0, 1] and higher is better; 0.5 is the mean of the
 * population that the calibration was fitted on. They are positions on that population's scale, not percentages of anything.
 */
export interface Score {
  /** Visual quality, technical and aesthetic together. */
  readonly quality: number;
  /** How well the image fits its prompt; null without a prompt, and where the model was not trained for it. */
  readonly alignment: number | null;
  /** Why `alignment` is null; absent when it is a number. */
  readonly alignmentReason?: string;
  readonly aspects: {
    /** Freedom from blur, noise, compression and generation artefacts. */
    readonly technical: number;
    /** Composition, light and colour. */
    readonly aesthetic: number;
  };
  /** The same before calibration. */
  readonly raw: RawScore;
  /** Name and revision of the model, e.g. "default@1f0c2a9b3d4e". */
  readonly model: string;
  /** Id of the calibration. */
  readonly calibration: string;
}

const noPrompt = "No prompt was given.";
const noPromptReading = "This version of eliq does not give prompts to the model.";

/** Calibrates a native result. */
export function toScore(result: NativeResult, model: Model, prompt: string | undefined): Score {
  const { calibration } = model;
  const alignment = alignmentOf(result, model, prompt);
  return {
    quality: calibrate(result.quality, calibration.quality),
    alignment: alignment.raw === null ? null : calibrate(alignment.raw, alignment.scale),
    ...(alignment.raw === null ? { alignmentReason: alignment.reason } : {}),
    aspects: {
      technical: calibrate(result.technical, calibration.technical),
      aesthetic: calibrate(result.aesthetic, calibration.aesthetic),
    },
    raw: {
      quality: result.quality,
      alignment: alignment.raw,
      technical: result.technical,
      aesthetic: result.aesthetic,
    },
    model: model.id,
    calibration: calibration.id,
  };
}

type Alignment = { raw: number; scale: NonNullable<Calibration["alignment"]> } | { raw: null; reason: string };

/** Never a number from an untrained branch, whatever the network gave. */
function alignmentOf(result: NativeResult, { alignment, calibration }: Model, prompt: string | undefined): Alignment {
  if (!alignment.trained) return { raw: null, reason: alignment.reason ?? noPromptReading };
  if (prompt === undefined) return { raw: null, reason: noPrompt };
  if (result.alignment === null || !calibration.alignment) return { raw: null, reason: noPromptReading };
  return { raw: result.alignment, scale: calibration.alignment };
}
