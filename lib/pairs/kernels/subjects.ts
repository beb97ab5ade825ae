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

/** How a subject's pixels lie along the picture's width (x) and height (y): cumulative shares 0..1, one per column or row. */
export interface Spread {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Where the subject's pixels lie. */
export function spreadOf({ segmentation, pieces }: Subject): Spread {
  const { labels, width, height, count } = segmentation;
  const inside = new Uint8Array(count);
  for (const k of pieces) inside[k] = 1;
  const x = new Float64Array(width);
  const y = new Float64Array(height);
  for (let row = 0, p = 0; row < height; row++)
    for (let column = 0; column < width; column++, p++)
      if (inside[labels[p] as number]) {
        (x[column] as number)++;
        (y[row] as number)++;
      }
  return { x: cumulative(x), y: cumulative(y) };
}

function cumulative(counts: Float64Array): Float64Array {
  let sum = 0;
  const sums = counts.map((value) => (sum += value));
  return sums.map((value) => value / Math.max(1, sum));
}

/** The position, as a share 0..1 of the picture's width or height, below which a share of the subject's pixels lies. */
export function quantile(shares: Float64Array, share: number): number {
  let i = 0;
  while (i < shares.length - 1 && (shares[i] as number) < share) i++;
  return i / shares.length;
}
