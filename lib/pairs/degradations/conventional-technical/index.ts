import type { DegradationFamily } from "../family.js";
import { avifArtefacts } from "./avif-artefacts.js";
import { banding } from "./banding.js";
import { blockLoss } from "./block-loss.js";
import { chromaShift } from "./chroma-shift.js";
import { chromaSubsampling } from "./chroma-subsampling.js";
import { colourQuantisation } from "./colour-quantisation.js";
import { defocusBlur } from "./defocus-blur.js";
import { downUpSampling } from "./down-up-sampling.js";
import { gaussianBlur } from "./gaussian-blur.js";
import { gaussianNoise } from "./gaussian-noise.js";
import { haze } from "./haze.js";
import { impulseNoise } from "./impulse-noise.js";
import { isoNoise } from "./iso-noise.js";
import { moire } from "./moire.js";
import { motionBlur } from "./motion-blur.js";
import { oversharpening } from "./oversharpening.js";
import { pixelation } from "./pixelation.js";
import { repeatedJpeg } from "./repeated-jpeg.js";
import { ringing } from "./ringing.js";
import { shotNoise } from "./shot-noise.js";
import { webpArtefacts } from "./webp-artefacts.js";

/** The families of the cell, in the order of the docs. */
export const conventionalTechnical: readonly DegradationFamily[] = [
  repeatedJpeg,
  webpArtefacts,
  avifArtefacts,
  gaussianNoise,
  shotNoise,
  impulseNoise,
  isoNoise,
  gaussianBlur,
  motionBlur,
  defocusBlur,
  downUpSampling,
  ringing,
  oversharpening,
  banding,
  colourQuantisation,
  chromaSubsampling,
  chromaShift,
  blockLoss,
  pixelation,
  haze,
  moire,
];
