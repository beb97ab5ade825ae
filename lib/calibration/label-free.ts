/** A whole calibration without labels: a scale for each score, and the percentiles of the good images. */
import { EliqError } from "../errors.js";
import {
  type AnchorCheck,
  balancedWeights,
  checkAnchored,
  fitAnchored,
  type GradedScore,
  leastPopulation,
} from "./anchored.js";
import { type CalibratedScore, type Calibration, calibratedScores, type PerScore } from "./calibration.js";
import { quantileFunction, quantileTable } from "./percentiles.js";
import type { AnchoredScale } from "./scale.js";
import type { RawScore } from "./score.js";

/** A scored image whose level of damage is known. */
export interface GradedImage {
  readonly raw: RawScore;
  /** 0 for a good image, 1 for the mildest damage, and so on. */
  readonly level: number;
  /** Population, for instance "photo" or "ai". */
  readonly kind: string;
  /** Scores that the damage orders; those of a good image are all that it has. */
  readonly orders: readonly CalibratedScore[];
}

/** What a calibration says of itself. */
export interface CalibrationIdentity {
  readonly id: string;
  /** Name and revision. */
  readonly model: string;
  /** YYYY-MM-DD. */
  readonly created: string;
  readonly description: string;
}

/**
 * Fits a calibration to graded images; see {@link fitAnchored}. Percentiles refer to the good images, every kind counting alike.
 *
 * @param levels number of levels of damage, at least 1.
 * @throws EliqError ERR_CALIBRATION when the images are too few or the model does not tell good from damaged ones.
 */
export function fitLabelFree(
  images: readonly GradedImage[],
  levels: number,
  identity: CalibrationIdentity,
): Calibration {
  return assemble(images, identity, (scores, what) => fitAnchored(scores, levels, what));
}

/**
 * As {@link fitLabelFree}, and never fails where there is one good image: with few images every population counts, and where the
 * damage does not order a score (its families are others, or the model has not learned it) the scale standardises instead: the median
 * of all images at .5, their quartiles at .25 and .75. The description then says so.
 */
export function fitWhatThereIs(
  images: readonly GradedImage[],
  levels: number,
  identity: CalibrationIdentity,
): Calibration {
  const kinds = images.filter(({ level }) => level === 0).map(({ kind }) => kind);
  const enough = kinds.some((kind) => kinds.filter((other) => other === kind).length >= leastPopulation);
  const pooled = enough ? images : images.map((image) => ({ ...image, kind: "all" }));
  const standardised: string[] = [];
  const calibration = assemble(pooled, identity, (scores, what) => {
    try {
      return fitAnchored(scores, levels, what, enough ? leastPopulation : 1);
    } catch (error) {
      if (!(error instanceof EliqError && error.code === "ERR_CALIBRATION")) throw error;
      standardised.push(what);
      return standardise(scores);
    }
  });
  const { population } = calibration;
  const note = standardised.length > 0 ? `; no anchors, only standardised: ${standardised.join(", ")}` : "";
  const description = `${population.description}${note}`;
  return { ...calibration, population: { ...population, description, kinds: countKinds(images) } };
}

function standardise(scores: readonly GradedScore[]): AnchoredScale {
  const quantile = quantileFunction({ values: scores.map(({ raw }) => raw) });
  const [low, middle, high] = [quantile(0.25), quantile(0.5), quantile(0.75)];
  // A critic that scores everything alike has no spread.
  const [below, above] = [Math.max(middle - low, 1e-3), Math.max(high - middle, 1e-3)];
  return { kind: "anchored", raw: [middle - below, middle, middle + above], score: [0.25, 0.5, 0.75] };
}

function assemble(
  images: readonly GradedImage[],
  { id, model, created, description }: CalibrationIdentity,
  fit: (scores: readonly GradedScore[], what: CalibratedScore) => AnchoredScale,
): Calibration {
  const good = images.filter(({ level }) => level === 0);
  if (good.length === 0)
    throw new EliqError("ERR_CALIBRATION", "There is no good image that could be read, so there is nothing to fit.");
  const names = calibratedScores.filter((name) => good.some(({ raw }) => raw[name] !== null));
  const each = <T>(make: (scores: readonly GradedScore[], what: CalibratedScore) => T) =>
    Object.fromEntries(names.map((name) => [name, make(gradedScores(images, name), name)])) as unknown as PerScore<T>;
  return {
    id,
    model,
    created,
    population: {
      description,
      positives: good.length,
      negatives: images.length - good.length,
      kinds: countKinds(images),
    },
    scales: each(fit),
    percentiles: each((scores) => {
      const positives = scores.filter(({ level }) => level === 0);
      const weights = balancedWeights(positives.map(({ kind }) => kind));
      return quantileTable({ values: positives.map(({ raw }) => raw), weights });
    }),
  };
}

/** Of good images. */
function countKinds(images: readonly GradedImage[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { level, kind } of images) if (level === 0) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The scores of one name that are graded. */
function gradedScores(images: readonly GradedImage[], name: CalibratedScore): GradedScore[] {
  return images.flatMap(({ raw, level, kind, orders }) => {
    const value = raw[name];
    return value !== null && (level === 0 || orders.includes(name)) ? [{ raw: value, level, kind }] : [];
  });
}

/** Checks each scale of a label-free calibration on images that were not used to fit it; see {@link checkAnchored}. */
export function checkLabelFree(
  { scales }: Calibration,
  images: readonly GradedImage[],
  levels: number,
): Map<CalibratedScore, readonly AnchorCheck[]> {
  const checks = new Map<CalibratedScore, readonly AnchorCheck[]>();
  for (const name of calibratedScores) {
    const scale = scales[name];
    if (scale?.kind === "anchored") checks.set(name, checkAnchored(scale, gradedScores(images, name), levels));
  }
  return checks;
}
