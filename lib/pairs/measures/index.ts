/** Full-reference measures: how much, and in what way, a picture differs from its clean original. */
import type { Raster } from "../raster.js";
import { ciede2000 } from "./colour-difference.js";
import { contentShift } from "./content-shift.js";
import { changedShare, meanAbsoluteDifference, psnr } from "./pixel-difference.js";
import { contrastRatio, edgeEnergyRatio, lightnessShift, saturationRatio } from "./ratios.js";
import { registeredCorrelation, seenShare } from "./registration.js";
import { layoutCorrelation, structuralSimilarity } from "./structure.js";

/**
 * A measure of a picture against the clean one of the same size. Ratios are degraded over clean.
 * Each is documented where it is defined.
 */
export type Measure = (clean: Raster, degraded: Raster) => number;

/** All measures, by the name that families and docs use. */
export const measures = {
  psnr,
  ssim: structuralSimilarity,
  ciede2000,
  "mean-absolute-difference": meanAbsoluteDifference,
  "changed-share": changedShare,
  "layout-correlation": layoutCorrelation,
  "edge-energy-ratio": edgeEnergyRatio,
  "saturation-ratio": saturationRatio,
  "contrast-ratio": contrastRatio,
  "lightness-shift": lightnessShift,
  "seen-share": seenShare,
  "registered-correlation": registeredCorrelation,
  "content-shift": contentShift,
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;
