/**
 * NIQE, the opinion-unaware baseline: the distance between a picture's natural scene statistics and those of pristine pictures
 * (Mittal, Soundararajan & Bovik, "Making a completely blind image quality analyzer", IEEE Signal Processing Letters 20(3), 2013).
 */
import { EliqError } from "../errors.js";
import { FEATURES, type SceneStatistics } from "./scene-statistics.js";
import { inverseQuadraticForm } from "./symmetric-matrix.js";

/** Share of the sharpest patch's sharpness that a patch of a pristine picture must exceed to be learnt from. */
const SHARP_ENOUGH = 0.75;

/** A multivariate Gaussian over the statistics of patches. */
export interface SceneModel {
  /** [36] */
  mean: Float64Array;
  /** [36, 36], row-major, symmetric. */
  covariance: Float64Array;
  /** Patches that it was made from. */
  patches: number;
}

/** A pristine model and where it comes from, as kept in a file. */
export interface NiqeModel extends SceneModel {
  /** What the pristine pictures were, for tables. */
  name: string;
  /** Free-form record of the fit: pictures, licences, command. */
  provenance: Record<string, unknown>;
}

/**
 * NIQE of a picture: sqrt((m1 - m2)^T pinv((S1 + S2) / 2) (m1 - m2)), where m2, S2 are mean and covariance over the picture's own
 * patches. At least 0, **lower is better**; negate it to compare with opinions.
 *
 * @returns NaN for a picture with fewer than two patches that have statistics (small or flat), which NIQE cannot score.
 */
export function niqe(statistics: SceneStatistics, pristine: SceneModel): number {
  const own = fitSceneModel([statistics], 0);
  if (!own) return Number.NaN;
  const shift = pristine.mean.map((value, i) => value - (own.mean[i] as number));
  const pooled = pristine.covariance.map((value, i) => (value + (own.covariance[i] as number)) / 2);
  return Math.sqrt(inverseQuadraticForm(pooled, shift));
}

/**
 * The Gaussian over the sharp patches of pristine pictures, all patches counting alike.
 *
 * @param share of the sharpest patch's sharpness, in each picture, that a patch must exceed; 0 takes all.
 * @returns undefined when fewer than two patches have statistics.
 */
export function fitSceneModel(pictures: Iterable<SceneStatistics>, share = SHARP_ENOUGH): SceneModel | undefined {
  const rows: Float64Array[] = [];
  for (const picture of pictures) {
    const threshold = share * picture.sharpness.reduce((largest, value) => Math.max(largest, value), 0);
    for (let i = 0; i < picture.patches; i++) {
      const row = picture.features.subarray(i * FEATURES, (i + 1) * FEATURES);
      const sharp = share === 0 || (picture.sharpness[i] as number) > threshold;
      if (sharp && row.every(Number.isFinite)) rows.push(row);
    }
  }
  if (rows.length < 2) return undefined;
  const mean = new Float64Array(FEATURES);
  for (const row of rows) {
    for (let i = 0; i < FEATURES; i++) mean[i] = (mean[i] as number) + (row[i] as number) / rows.length;
  }
  return { mean, covariance: covarianceOf(rows, mean), patches: rows.length };
}

/** Unbiased: divided by one less than the number of rows. */
function covarianceOf(rows: Float64Array[], mean: Float64Array): Float64Array {
  const covariance = new Float64Array(FEATURES * FEATURES);
  const centred = new Float64Array(FEATURES);
  for (const row of rows) {
    for (let i = 0; i < FEATURES; i++) centred[i] = (row[i] as number) - (mean[i] as number);
    for (let i = 0, o = 0; i < FEATURES; i++) {
      const value = centred[i] as number;
      for (let j = 0; j < FEATURES; j++, o++) {
        covariance[o] = (covariance[o] as number) + value * (centred[j] as number);
      }
    }
  }
  return covariance.map((value) => value / (rows.length - 1));
}

/** The file's form: the covariance as its lower triangle, row by row. */
export function niqeModelToJson(model: NiqeModel): string {
  const triangle: number[] = [];
  for (let i = 0; i < FEATURES; i++) triangle.push(...model.covariance.subarray(i * FEATURES, i * FEATURES + i + 1));
  const { name, provenance, patches } = model;
  const head = JSON.stringify({ format: "eliq-niqe", formatVersion: 1, name, patches, provenance }, null, 2);
  return `${head.slice(0, -2)},\n  "mean": ${JSON.stringify([...model.mean])},\n  "covariance": ${JSON.stringify(triangle)}\n}\n`;
}

/** @throws EliqError ERR_MODEL_CORRUPT when `text` is not what {@link niqeModelToJson} writes. */
export function niqeModelFromJson(text: string): NiqeModel {
  const { name, patches, provenance, mean, covariance } = parse(text);
  const full = new Float64Array(FEATURES * FEATURES);
  for (let i = 0, k = 0; i < FEATURES; i++) {
    for (let j = 0; j <= i; j++, k++) {
      full[i * FEATURES + j] = covariance[k] as number;
      full[j * FEATURES + i] = covariance[k] as number;
    }
  }
  return { name, patches, provenance, mean: Float64Array.from(mean), covariance: full };
}

interface NiqeFile {
  name: string;
  patches: number;
  provenance: Record<string, unknown>;
  mean: number[];
  covariance: number[];
}

function parse(text: string): NiqeFile {
  let file: Partial<NiqeFile> & { format?: unknown; formatVersion?: unknown };
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw corrupt("it is not JSON", cause);
  }
  if (file?.format !== "eliq-niqe" || file.formatVersion !== 1) throw corrupt('"format" is not "eliq-niqe", version 1');
  if (!isNumbers(file.mean, FEATURES)) throw corrupt(`"mean" is not ${FEATURES} finite numbers`);
  const triangle = (FEATURES * (FEATURES + 1)) / 2;
  if (!isNumbers(file.covariance, triangle)) throw corrupt(`"covariance" is not ${triangle} finite numbers`);
  return {
    name: String(file.name),
    patches: Number(file.patches),
    provenance: file.provenance ?? {},
    mean: file.mean,
    covariance: file.covariance,
  };
}

function isNumbers(value: unknown, length: number): value is number[] {
  return Array.isArray(value) && value.length === length && value.every((item) => Number.isFinite(item));
}

function corrupt(what: string, cause?: unknown): EliqError {
  return new EliqError(
    "ERR_MODEL_CORRUPT",
    `The NIQE model cannot be read: ${what}. Make it again with benchmarks/fit-niqe.js.`,
    { cause },
  );
}
