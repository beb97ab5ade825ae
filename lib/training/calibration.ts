import type { NativeTrainer } from "../native/addon.js";

/** score = 1 / (1 + exp(-(raw - mean) / std)). */
export interface Logistic {
  kind: "logistic";
  mean: number;
  std: number;
}

/** calibration.json. */
export interface CalibrationFile {
  format: "eliq-calibration";
  formatVersion: 1;
  id: string;
  population: string;
  created: string;
  quality: Logistic;
  technical: Logistic;
  aesthetic: Logistic;
}

/**
 * Standardises raw scores on these samples, so that the population's mean scores .5 and one standard deviation above it .73.
 *
 * @param date YYYY-MM-DD.
 */
export async function calibrate(
  trainer: NativeTrainer,
  samples: readonly number[],
  name: string,
  population: string,
  date: string,
): Promise<CalibrationFile> {
  const scores = await trainer.score(Int32Array.from(samples));
  return {
    format: "eliq-calibration",
    formatVersion: 1,
    id: `${name}-${date}`,
    population,
    created: date,
    quality: standardise(scores.quality),
    technical: standardise(scores.technical),
    aesthetic: standardise(scores.aesthetic),
  };
}

function standardise(raw: Float32Array): Logistic {
  let sum = 0;
  let squares = 0;
  for (const value of raw) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / raw.length;
  const variance = Math.max(0, squares / raw.length - mean * mean);
  // A critic that scores everything alike has no spread to divide by.
  return { kind: "logistic", mean, std: Math.sqrt(variance) || 1 };
}
