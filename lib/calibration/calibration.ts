/** calibration.json: the map from raw scores to the scale from 0 to 1. */
import { EliqError } from "../errors.js";
import { FieldReader } from "../models/fields.js";

/** score = 1 / (1 + exp(-(raw - mean) / std)): a raw score standardised on a population of images, through a logistic. */
export interface LogisticScale {
  readonly kind: "logistic";
  readonly mean: number;
  readonly std: number;
}

/** One scale for each score that the model has. */
export interface Calibration {
  /** Named in every result. */
  readonly id: string;
  /** The images that were standardised on, in words. */
  readonly population: string;
  readonly quality: LogisticScale;
  readonly technical: LogisticScale;
  readonly aesthetic: LogisticScale;
  /** Only where the model has a trained alignment score. */
  readonly alignment?: LogisticScale;
}

/**
 * Checks a parsed calibration.json.
 *
 * @param path how messages call the file.
 * @throws EliqError ERR_MODEL_CORRUPT or ERR_MODEL_UNSUPPORTED.
 */
export function parseCalibration(json: unknown, path: string): Calibration {
  const fields = new FieldReader(json, path);
  fields.requireFormat("eliq-calibration", 1);
  return {
    id: fields.string("id"),
    population: fields.string("population"),
    quality: parseScale(fields.object("quality")),
    technical: parseScale(fields.object("technical")),
    aesthetic: parseScale(fields.object("aesthetic")),
    ...(fields.has("alignment") ? { alignment: parseScale(fields.object("alignment")) } : {}),
  };
}

function parseScale(fields: FieldReader): LogisticScale {
  const kind = fields.string("kind");
  if (kind !== "logistic") {
    throw new EliqError(
      "ERR_MODEL_UNSUPPORTED",
      `${fields.file}: ${fields.prefix}kind is "${kind}"; this version of eliq knows "logistic". Update eliq.`,
    );
  }
  const scale = { kind, mean: fields.number("mean"), std: fields.number("std") } as const;
  if (scale.std > 0) return scale;
  throw new EliqError("ERR_MODEL_CORRUPT", `${fields.file}: ${fields.prefix}std must be above 0.`);
}

/** A raw score on its scale: in [0, 1], monotonically increasing, 0.5 at the population's mean. */
export function calibrate(raw: number, { mean, std }: LogisticScale): number {
  return 1 / (1 + Math.exp(-(raw - mean) / std));
}
