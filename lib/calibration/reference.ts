/** The reference population that drift is measured against, from the images that a calibration was made of. */
import { toPopulation } from "../drift/population.js";
import { createReference, type Reference, smallestReference } from "../drift/reference.js";
import { decodeEmbedding } from "../results/embedding-text.js";
import type { Calibration } from "./calibration.js";
import type { ScoredUnit } from "./gather.js";

/**
 * A reference of the good images, those of the test split included: it is compared with, not fitted.
 *
 * @returns undefined when they are too few for one.
 */
export function referenceOf({ model, created, id }: Calibration, good: readonly ScoredUnit[]): Reference | undefined {
  if (good.length < smallestReference) return undefined;
  const images = good.flatMap(({ images: [first], embedding, group }) =>
    first ? [{ raw: first.raw, embedding: decodeEmbedding(embedding), group }] : [],
  );
  const kinds = new Map<string, number>();
  for (const { kind } of good) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ");
  const description = `good images of the calibration ${id}: ${counts}`;
  return createReference(toPopulation(model, images), { description, created });
}
