/** Two scores as the probability that one image is better than the other. */
import { EliqError } from "../errors.js";
import { normalCdf } from "./normal.js";
import type { Score } from "./score.js";

/** The outcome of comparing two images; every probability is that of `a` being better, in [0, 1], 0.5 for a draw. */
export interface Comparison {
  readonly quality: number;
  /** null where either image has no alignment score; `alignmentReason` says why. */
  readonly alignment: number | null;
  readonly alignmentReason?: string;
  readonly aspects: { readonly technical: number; readonly aesthetic: number };
  readonly a: Score;
  readonly b: Score;
  readonly model: string;
}

/**
 * P(a better than b) = Phi((raw_a - raw_b) / sqrt 2): Thurstone's model, case V, with unit variances. It is the model whose
 * probabilities the fidelity loss trains (Tsai et al., "FRank: a ranking method with fidelity loss", SIGIR 2007), so raw
 * differences need no further scaling. Antisymmetric: P(a, b) = 1 - P(b, a).
 */
export function preference(rawA: number, rawB: number): number {
  return normalCdf((rawA - rawB) / Math.SQRT2);
}

/**
 * Compares two scores of one model under one calibration.
 *
 * @throws EliqError ERR_CALIBRATION_MISMATCH for scores of different models, whose raw scores have nothing in common, or of different
 *   calibrations, whose numbers mean different things.
 */
export function compareScores(a: Score, b: Score): Comparison {
  requireSame(a, b);
  const aligned = a.alignment !== null && b.alignment !== null;
  const reason = a.alignmentReason ?? b.alignmentReason;
  return {
    quality: preference(a.raw.quality, b.raw.quality),
    alignment: aligned ? preference(a.raw.alignment as number, b.raw.alignment as number) : null,
    ...(reason === undefined ? {} : { alignmentReason: reason }),
    aspects: {
      technical: preference(a.raw.technical, b.raw.technical),
      aesthetic: preference(a.raw.aesthetic, b.raw.aesthetic),
    },
    a,
    b,
    model: a.model,
  };
}

function requireSame(a: Score, b: Score): void {
  if (a.model !== b.model)
    throw new EliqError(
      "ERR_CALIBRATION_MISMATCH",
      `The scores are of different models, ${a.model} and ${b.model}, and cannot be compared. Score both images with one model.`,
    );
  if (a.calibration !== b.calibration)
    throw new EliqError(
      "ERR_CALIBRATION_MISMATCH",
      `The scores are on different scales: one is of the calibration "${a.calibration}", the other of "${b.calibration}". Bring both under one with recalibrate(score, calibration), or score both images again.`,
    );
}
