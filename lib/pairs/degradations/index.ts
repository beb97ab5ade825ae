import { EliqError } from "../../errors.js";
import { gaussianBlur, motionBlur } from "./blurring.js";
import { colourCast, colourQuantisation, contrastCrush, underExposure } from "./colour.js";
import { badCrop, tilt } from "./composition.js";
import { repeatedJpeg } from "./compression.js";
import { earlyDenoising, latentQuantisation } from "./diffusion.js";
import type { DegradationFamily } from "./family.js";
import { gaussianNoise, grainNoise } from "./noise.js";
import { blockLoss, clutterOverlay } from "./occlusion.js";
import { incoherentLight, overBakedGuidance, patchySharpness, plasticSmoothing } from "./rendering.js";
import { downUpSampling, pixelation } from "./resolution.js";
import { coarseGenerator, localWarp, misplacedParts, textureMelt } from "./structure.js";

export type { Cell, DegradationFamily, VisualAspect } from "./family.js";

/** Every family, in the grid's order: conventional technical, conventional aesthetic, AIGC technical, AIGC aesthetic. */
export const families: readonly DegradationFamily[] = [
  repeatedJpeg,
  gaussianNoise,
  grainNoise,
  gaussianBlur,
  motionBlur,
  downUpSampling,
  pixelation,
  colourQuantisation,
  blockLoss,
  badCrop,
  tilt,
  colourCast,
  contrastCrush,
  underExposure,
  clutterOverlay,
  latentQuantisation,
  earlyDenoising,
  textureMelt,
  coarseGenerator,
  patchySharpness,
  plasticSmoothing,
  overBakedGuidance,
  incoherentLight,
  localWarp,
  misplacedParts,
];

const byName = new Map(families.map((family) => [family.name, family]));

/**
 * A family by its name.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT naming the known families.
 */
export function familyByName(name: string): DegradationFamily {
  const family = byName.get(name);
  if (!family)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `There is no degradation family "${name}". Known: ${[...byName.keys()].join(", ")}.`,
    );
  return family;
}
