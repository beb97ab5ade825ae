/** Whether new images have moved away from a reference population, and whether the critic should be trained again. */
import { EliqError } from "../errors.js";
import { projectEmbedding } from "./axes.js";
import { distancesBetween, shareUnfamiliar } from "./distances.js";
import { holm, type PermutationResult, permutationTest } from "./permutation.js";
import { type ComparedScore, comparedScores, type Population, selectImages, shuffledImages } from "./population.js";
import type { Reference } from "./reference.js";
import {
  type Distances,
  energyCoefficient,
  energyDistance,
  firstItems,
  kolmogorovSmirnov,
  type SplitStatistic,
  shareAbove,
  shareBelow,
  wasserstein,
} from "./two-sample.js";
import { conclude, type DriftFigures, type Verdict } from "./verdict.js";

/** Fewest images of a batch that are tested. */
export const smallestBatch = 20;

/** Most images of a batch that are tested; of more, so many are drawn at random. */
export const mostTested = 1000;

/** What the reference's top and bottom leave out. */
const tail = 0.01;

/** How drift is tested. */
export interface DriftOptions {
  /** Random splits; default 999. */
  readonly permutations?: number | undefined;
  /** Probability of an alarm, of any kind, when nothing has moved; default .02. */
  readonly level?: number | undefined;
  /** Draws the splits; default 1. */
  readonly seed?: number | undefined;
  /** Whether images of one group change sides together, where batch and reference have groups; default true. */
  readonly grouped?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is compared by a test. */
export type DriftTestKind = "kolmogorov-smirnov" | "wasserstein" | "above-top" | "below-bottom" | "energy";

/** One test of batch against reference. */
export interface DriftTest {
  readonly kind: DriftTestKind;
  readonly of: ComparedScore | "embeddings";
  /**
   * At least 0, larger when they differ more: the Kolmogorov-Smirnov statistic, the Wasserstein-1 distance in standard deviations of the
   * reference, the share of the batch beyond the reference's top or bottom, or the energy distance of the projected embeddings.
   */
  readonly statistic: number;
  /** Mean of the statistic over random splits: what it is by chance. */
  readonly chance: number;
  /** p-value by permutation. */
  readonly p: number;
  /** p-value adjusted for the number of tests (Holm). */
  readonly adjusted: number;
  /** Whether `adjusted` is at most the level. */
  readonly alarm: boolean;
}

/** What was found. The names are those of `eliq drift --json`. */
export interface DriftReport extends Verdict, DriftFigures {
  readonly format: "eliq-drift";
  readonly version: 1;
  readonly model: string;
  readonly reference: {
    readonly description: string;
    readonly created: string;
    readonly size: number;
    readonly members: number;
  };
  /** `tested` is less than `size` where the batch holds more than {@link mostTested} images. */
  readonly batch: { readonly size: number; readonly tested: number };
  /** Whether images of one group changed sides together. */
  readonly grouped: boolean;
  readonly permutations: number;
  readonly level: number;
  readonly seed: number;
  readonly tests: readonly DriftTest[];
  /** What limits the result, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Compares a batch with a reference.
 *
 * Every p-value is by permutation, on the same random splits for all tests, and adjusted by Holm's method, so that the whole comparison
 * raises an alarm by chance with at most probability `level`.
 *
 * @throws EliqError ERR_CALIBRATION_MISMATCH when they are of different models; ERR_INVALID_ARGUMENT when the batch is smaller than
 *   {@link smallestBatch} or there are too few permutations for the level; ERR_ABORTED.
 */
export async function measureDrift(
  reference: Reference,
  batch: Population,
  options: DriftOptions = {},
): Promise<DriftReport> {
  const { permutations = 999, level = 0.02, seed = 1, signal } = options;
  requireComparable(reference, batch);
  const tested = selectImages(batch, shuffledImages(batch, seed).slice(0, mostTested));
  const members = membersOf(reference);
  const clusters = (options.grouped ?? true) ? clustersOf(tested, reference) : undefined;
  const distances = await distancesOf(reference, tested, signal);
  const planned = planTests(reference, tested, distances);
  requireResolution(permutations, level, planned.length);
  const statistics = planned.map(({ statistic }) => statistic);
  const total = tested.size + members;
  const drawing = { permutations, seed, clusters, signal };
  const results = await permutationTest(tested.size, total, statistics, drawing);
  const tests = judge(planned, results, level);
  const figures = describe(reference, tested, distances);
  return {
    format: "eliq-drift",
    version: 1,
    model: reference.model,
    ...conclude(tests, figures),
    ...figures,
    reference: {
      description: reference.description,
      created: reference.created,
      size: reference.size,
      members,
    },
    batch: { size: batch.size, tested: tested.size },
    grouped: clusters !== undefined,
    permutations,
    level,
    seed,
    tests,
    notes: notesOn(reference, batch, clusters !== undefined),
  };
}

/** @throws EliqError ERR_CALIBRATION_MISMATCH when the reference is of another model than `model`. */
export function requireSameModel(reference: Reference, model: string): void {
  if (reference.model === model) return;
  throw new EliqError(
    "ERR_CALIBRATION_MISMATCH",
    `The reference population is of model ${reference.model} and the batch of ${model}: their scores have nothing in common. Score the batch with the reference's model, or make a reference with \`eliq drift <images> --save-reference <file>\`.`,
  );
}

function requireComparable(reference: Reference, batch: Population): void {
  requireSameModel(reference, batch.model);
  if (batch.size < smallestBatch)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `A batch of ${batch.size} images is too small to say anything; give at least ${smallestBatch}, better 100.`,
    );
}

/** Too few permutations could never raise an alarm, which would look like peace. */
function requireResolution(permutations: number, level: number, tests: number): void {
  const fewest = Math.ceil(tests / level) - 1;
  if (permutations >= fewest) return;
  throw new EliqError(
    "ERR_INVALID_ARGUMENT",
    `An alarm at the level ${level} over ${tests} tests needs at least ${fewest} permutations, not ${permutations}.`,
  );
}

function membersOf({ scores }: Reference): number {
  return scores.quality?.length ?? 0;
}

/** Clusters of the pooled images. One that lies on both sides counts as two, because the sides are what is exchanged. */
function clustersOf(batch: Population, reference: Reference): Int32Array | undefined {
  if (!batch.groups || !reference.groups) return undefined;
  const numbers = new Map([...new Set(batch.groups)].map((name, i) => [name, i]));
  const ofBatch = batch.groups.map((name) => numbers.get(name) as number);
  return Int32Array.from([...ofBatch, ...reference.groups.map((group) => numbers.size + group)]);
}

async function distancesOf(
  { embeddings }: Reference,
  batch: Population,
  signal: AbortSignal | undefined,
): Promise<Distances | undefined> {
  if (!embeddings || !batch.embeddings) return undefined;
  const points = batch.embeddings.map((embedding) => projectEmbedding(embeddings, embedding));
  return distancesBetween([...points, ...embeddings.coordinates], signal);
}

interface PlannedTest {
  readonly kind: DriftTestKind;
  readonly of: ComparedScore | "embeddings";
  readonly statistic: SplitStatistic;
}

function planTests(reference: Reference, batch: Population, distances: Distances | undefined): PlannedTest[] {
  const tests: PlannedTest[] = [];
  for (const { score, own, theirs } of sharedScores(reference, batch)) {
    const pooled = Float32Array.from([...own, ...theirs]);
    const deviation = moments(theirs).deviation;
    const distance = wasserstein(pooled);
    tests.push({ kind: "kolmogorov-smirnov", of: score, statistic: kolmogorovSmirnov(pooled) });
    tests.push({ kind: "wasserstein", of: score, statistic: (split) => distance(split) / deviation });
    if (score !== "quality") continue;
    tests.push({ kind: "above-top", of: score, statistic: shareAbove(pooled, tail) });
    tests.push({ kind: "below-bottom", of: score, statistic: shareBelow(pooled, tail) });
  }
  if (distances) tests.push({ kind: "energy", of: "embeddings", statistic: energyDistance(distances) });
  return tests;
}

interface SharedScore {
  readonly score: ComparedScore;
  readonly own: Float32Array;
  readonly theirs: Float32Array;
}

function sharedScores(reference: Reference, batch: Population): SharedScore[] {
  return comparedScores.flatMap((score) => {
    const own = batch.scores[score];
    const theirs = reference.scores[score];
    return own && theirs ? [{ score, own, theirs }] : [];
  });
}

function judge(planned: readonly PlannedTest[], results: readonly PermutationResult[], level: number): DriftTest[] {
  const adjusted = holm(results.map(({ p }) => p));
  return planned.map(({ kind, of }, i) => {
    const result = results[i] as PermutationResult;
    return { kind, of, ...result, adjusted: adjusted[i] as number, alarm: (adjusted[i] as number) <= level };
  });
}

function describe(reference: Reference, batch: Population, distances: Distances | undefined): DriftFigures {
  const shifts = sharedScores(reference, batch).map(({ score, own, theirs }) => {
    const { mean, deviation } = moments(theirs);
    return [score, (moments(own).mean - mean) / deviation] as const;
  });
  return {
    shifts: Object.fromEntries(shifts),
    ...(distances
      ? {
          unfamiliar: shareUnfamiliar(distances, batch.size, tail),
          energyCoefficient: energyCoefficient(distances)(firstItems(batch.size, distances.count)),
        }
      : {}),
  };
}

function moments(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // Scores that are all alike have no unit; as they are, they still show a move.
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function notesOn(reference: Reference, batch: Population, grouped: boolean): string[] {
  const notes: string[] = [];
  if (batch.size < 50) notes.push(`With ${batch.size} images only large changes can be seen; 100 are better.`);
  if (batch.size > mostTested)
    notes.push(`${mostTested} of the batch's ${batch.size} images, drawn at random, were tested.`);
  if (!reference.embeddings || !batch.embeddings)
    notes.push(
      `${reference.embeddings ? "The batch" : "The reference"} has no embeddings, so only scores were compared.`,
    );
  const own = imagesPerGroup(batch.size, batch.groups);
  const theirs = imagesPerGroup(membersOf(reference), reference.groups);
  if (own > 1.2 && (!grouped || own > 1.5 * theirs))
    notes.push(
      `The batch has ${own.toFixed(1)} images a group${grouped ? `, the reference ${theirs.toFixed(1)}` : ", which counted as independent"}: images of one prompt are alike, so that alarms come too often. Give one image a prompt, or a reference made in the same way.`,
    );
  return notes;
}

function imagesPerGroup(size: number, groups: readonly unknown[] | undefined): number {
  return groups ? size / new Set(groups).size : 1;
}
