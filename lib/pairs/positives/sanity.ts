/** Whether a picture is fit to be a positive: what is tiny, monochrome, empty or degraded already teaches the wrong order. */

import sharp from "sharp";
import { EliqError } from "../../errors.js";
import { luma } from "../kernels/planes.js";
import { prepare, readSize } from "../preparation.js";
import { collect, type Raster } from "../raster.js";
import { quantisation } from "./compression-measures.js";
import { differenceHash } from "./near-duplicates.js";
import {
  bars,
  colourSpread,
  deviation,
  noiseDeviation,
  type Plane,
  type Sharpness,
  sharpness,
} from "./sanity-measures.js";

/** Why a picture is left out. Reasons keep their meaning; docs/pairs.md lists them with the false alarms of each. */
export type FindingReason =
  | "unreadable"
  | "tiny"
  | "aspect"
  | "monochrome"
  | "flat"
  | "blurred"
  | "compressed"
  | "noisy"
  | "bars"
  | "near-duplicate"
  | "unreadable-negative";

export interface Finding {
  readonly reason: FindingReason;
  /** What was measured, in the unit of the reason's threshold. */
  readonly value: number;
  /** A sentence for people. */
  readonly message: string;
}

/** Bounds of what passes. */
export interface SanityThresholds {
  /** Least short side of the original, px. */
  readonly shortSide: number;
  /** Greatest long side over short side. */
  readonly aspect: number;
  /** Least colour spread of the most colourful hundredth of the pixels, 0..255. */
  readonly colourSpread: number;
  /** Least standard deviation of luma, 0..127. */
  readonly deviation: number;
  /** Least share of blocks that show detail, 0..1. */
  readonly detail: number;
  /** Least energy of fine against coarser detail in the sharpest parts. */
  readonly sharpness: number;
  /** Least factor on JPEG's example quantisation table that counts as damage; 2.4 is quality 21. */
  readonly quantisation: number;
  /** Greatest standard deviation of noise in luma, 8-bit units. */
  readonly noise: number;
  /** Sharpness from which deviations are noise and no texture, which has coarse detail too. */
  readonly whiteness: number;
  /** Greatest share of the width or height that bars take. */
  readonly bars: number;
}

export const defaultThresholds: SanityThresholds = {
  shortSide: 256,
  aspect: 3,
  colourSpread: 10,
  deviation: 8,
  detail: 0.03,
  sharpness: 0.24,
  quantisation: 2.4,
  noise: 5.5,
  whiteness: 1.2,
  bars: 0.04,
};

/** What was found out about one picture by itself. */
export interface Inspection {
  /** 64-bit difference hash, for {@link NearDuplicates}. */
  readonly hash: bigint;
  /** Why it is not fit; empty for a good picture. */
  readonly findings: readonly Finding[];
}

/** Pixels that an inspection looks at: enough to see damage, few enough to take some milliseconds. */
const inspectedPixels = 512 * 512;
const nativeSide = 512;

export interface InspectionOptions {
  readonly thresholds?: SanityThresholds;
  /** Pixels of the file as they are, see {@link readNative}; without them a reduced picture's compression is not judged. */
  readonly native?: Raster;
}

/**
 * Looks at a picture.
 *
 * @param raster the picture, reduced to about 512 x 512 px where it is larger.
 * @param original size in the file.
 */
export async function inspectRaster(
  raster: Raster,
  original: { readonly width: number; readonly height: number },
  options: InspectionOptions = {},
): Promise<Inspection> {
  const { thresholds = defaultThresholds } = options;
  const native = options.native ?? (raster.width === original.width ? raster : undefined);
  const plane = planeOf(raster);
  const detail = sharpness(plane);
  const findings = [
    ...shapeFindings(original, thresholds),
    ...contentFindings(raster, plane, thresholds),
    ...blurFindings(detail, thresholds),
    ...(native ? compressionFindings(native === raster ? plane : planeOf(native), thresholds) : []),
    ...noiseFindings(plane, detail, thresholds),
    ...barFindings(plane, thresholds),
  ];
  return { hash: differenceHash(plane.values, plane.width, plane.height), findings };
}

function planeOf(raster: Raster): Plane {
  return { values: luma(raster), width: raster.width, height: raster.height };
}

/**
 * Looks at a file. A damaged or missing one has the finding "unreadable" and the hash 0.
 *
 * @throws nothing for a bad file.
 */
export async function inspectPositive(
  path: string,
  thresholds: SanityThresholds = defaultThresholds,
): Promise<Inspection> {
  try {
    const raster = await prepare(path, inspectedPixels);
    return await inspectRaster(raster, await readSize(path), { thresholds, native: await readNative(path) });
  } catch (error) {
    const message = error instanceof EliqError ? error.message : `Could not read the image ${path}: ${String(error)}`;
    return { hash: 0n, findings: [{ reason: "unreadable", value: 0, message }] };
  }
}

/**
 * The middle of a file, at most 512 x 512 px, neither resized nor turned: what traces of compression are looked for in.
 *
 * @throws EliqError ERR_IMAGE_DECODE when the file is missing, damaged or not an image.
 */
export async function readNative(path: string): Promise<Raster> {
  try {
    const image = sharp(path, { failOn: "error" });
    const { width, height } = await image.metadata();
    const [w, h] = [Math.min(width, nativeSide), Math.min(height, nativeSide)];
    const middle = { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h };
    return await collect(image.extract(middle).flatten({ background: "#ffffff" }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EliqError("ERR_IMAGE_DECODE", `Could not read the image ${path}: ${reason}`, { cause });
  }
}

function shapeFindings({ width, height }: { width: number; height: number }, thresholds: SanityThresholds): Finding[] {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const findings: Finding[] = [];
  if (short < thresholds.shortSide)
    findings.push({
      reason: "tiny",
      value: short,
      message: `The short side has ${short} px; at least ${thresholds.shortSide} are needed.`,
    });
  if (long > thresholds.aspect * short)
    findings.push({
      reason: "aspect",
      value: long / short,
      message: `The long side is ${(long / short).toFixed(1)} times the short one; at most ${thresholds.aspect} times is taken.`,
    });
  return findings;
}

function contentFindings(raster: Raster, plane: Plane, thresholds: SanityThresholds): Finding[] {
  const findings: Finding[] = [];
  const spread = colourSpread(raster.data);
  if (spread < thresholds.colourSpread)
    findings.push({
      reason: "monochrome",
      value: spread,
      message: `There is no colour: red, green and blue differ by ${spread} of 255 where they differ most.`,
    });
  const contrast = deviation(plane);
  if (contrast < thresholds.deviation)
    findings.push({
      reason: "flat",
      value: contrast,
      message: `There is almost no contrast: luma deviates by ${contrast.toFixed(1)} of 255.`,
    });
  return findings;
}

function blurFindings({ ratio = 0, detail }: Sharpness, thresholds: SanityThresholds): Finding[] {
  if (detail < thresholds.detail)
    return [
      {
        reason: "flat",
        value: detail,
        message: `Only ${(100 * detail).toFixed(1)} % of the picture shows any detail: it is empty or out of focus.`,
      },
    ];
  if (ratio >= thresholds.sharpness) return [];
  const message = `Nothing in it is sharp (${ratio.toFixed(2)}, at least ${thresholds.sharpness} is needed): it is blurred or was enlarged.`;
  return [{ reason: "blurred", value: ratio, message }];
}

function compressionFindings(native: Plane, thresholds: SanityThresholds): Finding[] {
  const factor = quantisation(native, thresholds.quantisation);
  if (factor === 0) return [];
  // Quality q below 50 multiplies the table by 50 / q in libjpeg and what follows it.
  const message = `It was compressed as JPEG at about quality ${Math.max(1, Math.round(50 / factor))}, and shows it.`;
  return [{ reason: "compressed", value: factor, message }];
}

function noiseFindings(plane: Plane, { ratio = 0 }: Sharpness, thresholds: SanityThresholds): Finding[] {
  const noise = noiseDeviation(plane);
  if (noise <= thresholds.noise || ratio < thresholds.whiteness) return [];
  const message = `Even its quietest parts are noisy: luma deviates by ${noise.toFixed(1)} of 255 there.`;
  return [{ reason: "noisy", value: noise, message }];
}

function barFindings(plane: Plane, thresholds: SanityThresholds): Finding[] {
  const share = bars(plane);
  if (share <= thresholds.bars) return [];
  const message = `Bars at opposite edges take ${(100 * share).toFixed(0)} % of it; crop them off.`;
  return [{ reason: "bars", value: share, message }];
}
