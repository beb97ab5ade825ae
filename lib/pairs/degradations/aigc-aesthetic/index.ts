import type { DegradationFamily } from "../family.js";
import { duplicatedParts } from "./duplicated-parts.js";
import { identityBlending } from "./identity-blending.js";
import { incoherentLight } from "./incoherent-light.js";
import { localWarp } from "./local-warp.js";
import { misplacedParts } from "./misplaced-parts.js";
import { missingParts } from "./missing-parts.js";
import { overBakedGuidance } from "./over-baked-guidance.js";
import { plasticSmoothing } from "./plastic-smoothing.js";

/** The families of the cell, in the order of the docs. */
export const aigcAesthetic: readonly DegradationFamily[] = [
  plasticSmoothing,
  overBakedGuidance,
  incoherentLight,
  localWarp,
  duplicatedParts,
  missingParts,
  misplacedParts,
  identityBlending,
];
