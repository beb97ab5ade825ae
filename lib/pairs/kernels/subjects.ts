/** Finding a picture's subject and where its pixels lie. */
import type { Raster } from "../raster.js";
import { attend, type SubjectSize, subject } from "./saliency.js";
import { type Segmentation, segment } from "./segments.js";

/** Diameter of the pieces, px at 512 px: about 140 in a picture, so that a subject has a dozen or more. */
const pieceSize = 44;

/** A picture's pieces and those of its subject. */
export interface Subject {
  readonly segmentation: Segmentation;
  /** The subject's pieces; the first few are a connected part of it. Never empty. */
  readonly pieces: readonly number[];
  /** Saliency of every piece, 0..1. */
  readonly scores: Float64Array;
}

/** Cuts a picture into pieces and picks its most salient group; no randomness. */
export async function findSubject(raster: Raster, size: SubjectSize): Promise<Subject> {
  const segmentation = await segment(raster, pieceSize);
  const attention = attend(segmentation);
  return { segmentation, pieces: subject(segmentation, attention, size), scores: attention.scores };
}

/**
 * Positions, in shares 0..1 of the picture's width (axis "x") or height ("y"), below which the given shares of the subject's
 * pixels lie.
 */
export function quantiles({ segmentation, pieces }: Subject, axis: "x" | "y", shares: readonly number[]): number[] {
  const { labels, width, height, count } = segmentation;
  const inside = new Uint8Array(count);
  for (const k of pieces) inside[k] = 1;
  const length = axis === "x" ? width : height;
  const histogram = new Float64Array(length);
  let total = 0;
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++)
      if (inside[labels[p] as number]) {
        (histogram[axis === "x" ? x : y] as number)++;
        total++;
      }
  return shares.map((share) => {
    let [sum, i] = [0, 0];
    while (i < length && sum + (histogram[i] as number) < share * total) sum += histogram[i++] as number;
    return i / length;
  });
}
