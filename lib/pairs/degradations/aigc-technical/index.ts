import type { DegradationFamily } from "../family.js";
import { brokenGlyphs } from "./broken-glyphs.js";
import { checkerboardUpsampling } from "./checkerboard-upsampling.js";
import { coarseGenerator } from "./coarse-generator.js";
import { earlyDenoising } from "./early-denoising.js";
import { latentQuantisation } from "./latent-quantisation.js";
import { patchySharpness } from "./patchy-sharpness.js";
import { regenerationAgeing } from "./regeneration-ageing.js";
import { seamsTiling } from "./seams-tiling.js";
import { textureMelt } from "./texture-melt.js";
import { textureSwirl } from "./texture-swirl.js";

/** The families of the cell, in the order of the docs. */
export const aigcTechnical: readonly DegradationFamily[] = [
  earlyDenoising,
  latentQuantisation,
  checkerboardUpsampling,
  textureSwirl,
  textureMelt,
  coarseGenerator,
  patchySharpness,
  seamsTiling,
  regenerationAgeing,
  brokenGlyphs,
];
