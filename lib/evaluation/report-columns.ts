/** What an evaluation is made from: one value of everything for each image, as lists of equal length. */
import { EliqError } from "../errors.js";
import type { DatasetLayout, DatasetProblem } from "./datasets/dataset.js";

/** The images of a data set with their opinions and scores; every list has `images` entries. */
export interface EvaluationColumns {
  /** As the field writes it, for instance "AGIQA-3K". */
  readonly dataset: string;
  /** Number of images. */
  readonly images: number;
  /** Where the layout of the data set was seen. */
  readonly layout?: DatasetLayout;
  /** Lines and images that were left out. */
  readonly problems: readonly DatasetProblem[];
  readonly names: readonly string[];
  /** Images of one group never lie on both sides of a split, and the clustered bootstrap draws them together. */
  readonly groups: readonly string[];
  /** undefined where an image has none. */
  readonly prompts: readonly (string | undefined)[];
  /** undefined where an image has none. */
  readonly generators: readonly (string | undefined)[];
  /** Mean opinions, higher is better; NaN where an image has none. A data set without one of the two leaves it out. */
  readonly opinions: { readonly quality?: Float64Array; readonly alignment?: Float64Array };
  /** Quality scores by name, higher is better. The first is the critic's raw quality, "eliq". NaN: undefined, counts as the worst. */
  readonly scores: ReadonlyMap<string, Float64Array>;
  /** Absent when the critic has no trained alignment score; `alignmentReason` then says why. */
  readonly alignment?: AlignmentColumns;
  /** Sentences on scores that are not here, which the report passes on. */
  readonly notMeasured?: readonly string[];
  /** Scores of alignment by other tools, higher is better. */
  readonly alignmentPeers?: ReadonlyMap<string, Float64Array>;
  /** A sentence; what the report says when there is no alignment score. */
  readonly alignmentReason?: string;
  /** Frozen features for the probe. */
  readonly embeddings?: EmbeddingColumns;
}

/** The critic's raw alignment; NaN where it is undefined. */
export interface AlignmentColumns {
  readonly score: Float64Array;
  /** With an empty prompt. Absent: the critic's quality stands for what is seen without the prompt. */
  readonly blind?: Float64Array;
  /** With the prompt of another image; NaN where there was none, which then counts as no difference. */
  readonly shuffled?: Float64Array;
}

/** Embeddings, row-major, `images` x `dimension`. */
export interface EmbeddingColumns {
  readonly data: Float32Array;
  readonly dimension: number;
  /** Norm of each row before it was scaled to 1. */
  readonly norms?: Float32Array;
}

/**
 * Checks that every list has one entry for each image, and that the critic's quality is there.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT.
 */
export function checkColumns(columns: EvaluationColumns): void {
  const { images, scores, opinions, alignment, alignmentPeers, embeddings } = columns;
  if (scores.size === 0) {
    throw new EliqError("ERR_INVALID_ARGUMENT", 'There is no score to evaluate; give at least the critic\'s, "eliq".');
  }
  const lists: [string, ArrayLike<unknown> | undefined, number][] = [
    ["names", columns.names, images],
    ["groups", columns.groups, images],
    ["prompts", columns.prompts, images],
    ["generators", columns.generators, images],
    ["opinions of quality", opinions.quality, images],
    ["opinions of alignment", opinions.alignment, images],
    ["alignment scores", alignment?.score, images],
    ["alignment scores with an empty prompt", alignment?.blind, images],
    ["alignment scores with another prompt", alignment?.shuffled, images],
    ["embeddings", embeddings?.data, images * (embeddings?.dimension ?? 0)],
    ["norms of the embeddings", embeddings?.norms, images],
  ];
  for (const [name, values] of [...scores, ...(alignmentPeers ?? [])]) lists.push([`scores "${name}"`, values, images]);
  for (const [name, values, expected] of lists) {
    if (values === undefined || values.length === expected) continue;
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `There are ${values.length} ${name} where ${images} images need ${expected}; give one for each image.`,
    );
  }
}
