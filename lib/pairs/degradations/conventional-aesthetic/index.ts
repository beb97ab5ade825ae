import type { DegradationFamily } from "../family.js";
import { badCrop } from "./bad-crop.js";
import { clutterOverlay } from "./clutter-overlay.js";
import { colourCast } from "./colour-cast.js";
import { contrastCrush } from "./contrast-crush.js";
import { cutOffSubject } from "./cut-off-subject.js";
import { desaturation } from "./desaturation.js";
import { offBalanceComposition } from "./off-balance-composition.js";
import { overExposure } from "./over-exposure.js";
import { overSaturation } from "./over-saturation.js";
import { tilt } from "./tilt.js";
import { underExposure } from "./under-exposure.js";
import { vignette } from "./vignette.js";

/** The families of the cell, in the order of the docs. */
export const conventionalAesthetic: readonly DegradationFamily[] = [
  badCrop,
  cutOffSubject,
  tilt,
  offBalanceComposition,
  colourCast,
  underExposure,
  overExposure,
  contrastCrush,
  overSaturation,
  desaturation,
  vignette,
  clutterOverlay,
];
