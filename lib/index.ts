/**
 * eliq: label-free quality scores for AI-generated images. This file is the whole public API.
 *
 * @packageDocumentation
 */
export type { Calibration, LabelSummary, PerScore, Population } from "./calibration/calibration.js";
export { type Comparison, compareScores } from "./calibration/comparison.js";
export { readCalibration } from "./calibration/read.js";
export type { Scale, ScoreRange } from "./calibration/scale.js";
export { type RawScore, recalibrate, type Score } from "./calibration/score.js";
export {
  type BatchItem,
  type BatchResult,
  type CallOptions,
  Eliq,
  type Embedding,
  type ScoreOptions,
} from "./eliq.js";
export { EliqError, type EliqErrorCode } from "./errors.js";
export type { Explanation, LevelExplanation } from "./explanation/explanation.js";
export { HeatMap } from "./explanation/heat-map.js";
export type { AllowUrls } from "./images/fetch.js";
export type { ImageInput, RawPixels } from "./images/source.js";
export type { LoadOptions, LoadProgress } from "./load.js";
export type { ScoreInterval, Uncertainty } from "./uncertainty/uncertainty.js";
