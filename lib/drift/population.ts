/** A set of images as drift sees it: raw scores, embeddings, and which images belong together. */
import { EliqError } from "../errors.js";
import { Random } from "../pairs/random.js";
import { decodeEmbedding } from "../results/embedding-text.js";
import type { ResultsFile } from "../results/read.js";

/** The scores that are compared, alignment only where every image has it. */
export const comparedScores = ["quality", "technical", "aesthetic", "alignment"] as const;

/** One of them. */
export type ComparedScore = (typeof comparedScores)[number];

/** One image of a population. */
export interface PopulationImage {
  /** Before calibration: unbounded, higher is better. */
  readonly raw: Readonly<Record<Exclude<ComparedScore, "alignment">, number>> & { readonly alignment: number | null };
  readonly embedding?: Float32Array | undefined;
  /** Images of one group are not independent, for instance those of one prompt. */
  readonly group?: string | undefined;
}

/** Images of one model. */
export interface Population {
  /** Name and revision of the model. */
  readonly model: string;
  /** As many as there are images, float32 as the model gives them. */
  readonly scores: Readonly<Partial<Record<ComparedScore, Float32Array>>>;
  /** Absent unless every image has one. */
  readonly embeddings?: readonly Float32Array[];
  /** Absent unless every image has one. */
  readonly groups?: readonly string[];
  readonly size: number;
}

/** Puts images together. @param model their model. */
export function toPopulation(model: string, images: readonly PopulationImage[]): Population {
  const scores: Partial<Record<ComparedScore, Float32Array>> = {};
  for (const score of comparedScores) {
    const values = images.map(({ raw }) => raw[score]);
    if (values.every((value) => value !== null)) scores[score] = Float32Array.from(values as number[]);
  }
  const embeddings = images.map(({ embedding }) => embedding);
  const groups = images.map(({ group }) => group);
  return {
    model,
    scores,
    ...(embeddings.every((value) => value !== undefined) ? { embeddings: embeddings as Float32Array[] } : {}),
    ...(groups.every((value) => value !== undefined) ? { groups: groups as string[] } : {}),
    size: images.length,
  };
}

/**
 * The images of a results file that were scored.
 *
 * @throws EliqError ERR_RESULTS when the file is not as documented; ERR_CALIBRATION_MISMATCH when its lines are of several models.
 */
export async function readPopulation(file: ResultsFile): Promise<Population> {
  const images: PopulationImage[] = [];
  let model: string | undefined;
  for await (const line of file.lines()) {
    if (!line.ok) continue;
    model ??= line.model;
    if (line.model !== model)
      throw new EliqError(
        "ERR_CALIBRATION_MISMATCH",
        `${file.path} holds scores of ${model} and of ${line.model}, which cannot be compared; score all images with one model.`,
      );
    const { raw, embedding, group = line.prompt } = line;
    images.push({ raw, embedding: embedding === undefined ? undefined : decodeEmbedding(embedding), group });
  }
  if (model === undefined) throw new EliqError("ERR_RESULTS", `${file.path} holds no image that was scored.`);
  return toPopulation(model, images);
}

/** Some of a population's images, by their numbers. */
export function selectImages({ model, scores, embeddings, groups }: Population, items: readonly number[]): Population {
  const selected: Partial<Record<ComparedScore, Float32Array>> = {};
  for (const score of comparedScores) {
    const values = scores[score];
    if (values) selected[score] = Float32Array.from(items, (item) => values[item] as number);
  }
  return {
    model,
    scores: selected,
    ...(embeddings ? { embeddings: items.map((item) => embeddings[item] as Float32Array) } : {}),
    ...(groups ? { groups: items.map((item) => groups[item] as string) } : {}),
    size: items.length,
  };
}

/**
 * Numbers of all images in a random order in which groups stay together.
 *
 * @param seed the same seed gives the same order.
 */
export function shuffledImages({ size, groups }: Population, seed: number): number[] {
  const random = new Random(seed, "order of a population", size);
  const items = random.shuffle(Array.from({ length: size }, (_, i) => i));
  if (!groups) return items;
  const members = new Map<string, number[]>();
  for (const item of items) {
    const list = members.get(groups[item] as string);
    if (list) list.push(item);
    else members.set(groups[item] as string, [item]);
  }
  return [...members.values()].flat();
}
