/** Parts of a picture's subject as masks. */
import { type Segmentation, softMask } from "../../kernels/segments.js";
import type { Subject } from "../../kernels/subjects.js";

/** The first pieces of a subject, as few as make up a share of its pixels; all of them for 1, never none. */
export function firstPieces({ segmentation: { areas }, pieces }: Subject, share: number): readonly number[] {
  const total = pieces.reduce((sum, k) => sum + (areas[k] as number), 0);
  let [sum, count] = [0, 0];
  while (count < pieces.length && (count === 0 || sum < share * total - 0.5))
    sum += areas[pieces[count++] as number] as number;
  return pieces.slice(0, count);
}

/** A soft mask that is 1 on the pieces and falls to 0 outside them, so that a thing's blurred rim goes with it. */
export function spreadMask(segmentation: Segmentation, pieces: readonly number[], feather: number): Float32Array {
  const { mask } = softMask(segmentation, pieces, 2 * feather);
  for (let p = 0; p < mask.length; p++) mask[p] = Math.max(0, Math.min(1, 2.6 * (mask[p] as number) - 0.1));
  return mask;
}
