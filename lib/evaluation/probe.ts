/**
 * The probe protocol: how well a linear model of frozen features, fitted to the opinions of some prompts, agrees with those of other
 * prompts. Ridge regression, ten random splits that share no group, the penalty chosen inside the training part only.
 */
import { EliqError, throwIfAborted } from "../errors.js";
import { Random } from "../pairs/random.js";
import { Pauses } from "./pause.js";
import { type Features, fitRidge, predictRidge } from "./probe-ridge.js";
import { clusterMembers, kendall, pearson, spearman } from "./statistics.js";

export type { Features } from "./probe-ridge.js";

/** Indices of the items of both parts; an item may be in neither. */
export interface ProbeSplit {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** How a probe is done. */
export interface ProbeOptions {
  /** Number of random splits, with seeds 1, 2, ...; default 10. */
  seeds?: number;
  /** Splits to use in place of random ones. */
  splits?: readonly ProbeSplit[];
  signal?: AbortSignal;
  /** Called after every split. */
  onSplit?: (done: number, total: number) => void;
}

/** One split's outcome. Correlations are in [-1, 1], NaN where undefined. */
export interface ProbeSplitResult {
  /** Seed of the split, or its number from 1 when splits were given. */
  seed: number;
  /** Number of images. */
  train: number;
  test: number;
  /** The ridge penalty that was chosen, divided by the number of training images; for features of deviation 1. */
  lambda: number;
  srcc: number;
  plcc: number;
  krcc: number;
}

/** A figure over the splits; NaN where it was undefined on all. */
export interface Spread {
  median: number;
  lowest: number;
  highest: number;
  /** Sample standard deviation; NaN of fewer than two. */
  deviation: number;
}

/** A probe's outcome. */
export interface ProbeResult {
  splits: ProbeSplitResult[];
  srcc: Spread;
  plcc: Spread;
  krcc: Spread;
}

/** Share of the groups that a random split tests on. */
const TESTED = 0.2;
/** Folds inside the training part. */
const FOLDS = 5;
/** With fewer groups a split says nothing. */
export const leastProbeGroups = 10;

/**
 * Runs the probe protocol.
 *
 * @param features finite, n rows. @param opinions n finite numbers, higher is better.
 * @param groups of each item; no split shares one between its parts.
 * @throws EliqError ERR_SPLIT_LEAK when a split that was given shares a group between its parts; ERR_INVALID_ARGUMENT for fewer than
 *   ten groups, and for lists that do not fit together; ERR_ABORTED.
 */
export async function runProbe(
  features: Features,
  opinions: Float64Array,
  groups: readonly string[],
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  const { seeds = 10, signal, onSplit } = options;
  check(features, opinions, groups);
  const splits = options.splits ?? Array.from({ length: seeds }, (_, i) => randomSplit(groups, i + 1));
  for (const [i, split] of splits.entries()) checkSplit(split, groups, i + 1);
  const pauses = new Pauses(signal);
  const results: ProbeSplitResult[] = [];
  throwIfAborted(signal);
  for (const [i, { train, test }] of splits.entries()) {
    const folds = innerFolds(train, groups, i + 1);
    const ridge = await fitRidge(features, opinions, train, folds, pauses);
    const predicted = predictRidge(ridge, features, test);
    const wanted = Float64Array.from(test, (item) => opinions[item] as number);
    results.push({
      seed: i + 1,
      train: train.length,
      test: test.length,
      lambda: ridge.lambda,
      srcc: spearman(predicted, wanted),
      plcc: pearson(predicted, wanted),
      krcc: kendall(predicted, wanted),
    });
    onSplit?.(i + 1, splits.length);
    await pauses.take();
  }
  return {
    splits: results,
    srcc: spreadOf(results.map(({ srcc }) => srcc)),
    plcc: spreadOf(results.map(({ plcc }) => plcc)),
    krcc: spreadOf(results.map(({ krcc }) => krcc)),
  };
}

/**
 * A split by groups: a fifth of them, drawn by the seed, are tested on.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT for fewer than ten groups.
 */
export function randomSplit(groups: readonly string[], seed: number): ProbeSplit {
  const members = clusterMembers(groups.length, groups);
  if (members.length < leastProbeGroups) {
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `A probe needs at least ${leastProbeGroups} groups of images, such as prompts; there are ${members.length}.`,
    );
  }
  const shuffled = new Random("probe split", seed).shuffle(members);
  const tested = Math.round(TESTED * members.length);
  const ascending = (lists: number[][]) => lists.flat().sort((a, b) => a - b);
  return { train: ascending(shuffled.slice(tested)), test: ascending(shuffled.slice(0, tested)) };
}

/** Folds of whole groups; each item of `train` gets one. */
function innerFolds(train: readonly number[], groups: readonly string[], seed: number): Uint32Array {
  const members = clusterMembers(
    train.length,
    train.map((item) => groups[item] as string),
  );
  const folds = new Uint32Array(train.length);
  for (const [k, places] of new Random("probe folds", seed).shuffle(members).entries()) {
    for (const place of places) folds[place] = k % FOLDS;
  }
  return folds;
}

function check({ data, dimension }: Features, opinions: Float64Array, groups: readonly string[]): void {
  const fits = dimension >= 1 && data.length === opinions.length * dimension && groups.length === opinions.length;
  if (fits && data.every(Number.isFinite) && opinions.every(Number.isFinite)) return;
  throw new EliqError(
    "ERR_INVALID_ARGUMENT",
    `A probe needs finite features, a finite opinion and a group for each image; got ${data.length} features of dimension ${dimension}, ${opinions.length} opinions and ${groups.length} groups. Leave out images that lack one.`,
  );
}

function checkSplit({ train, test }: ProbeSplit, groups: readonly string[], number: number): void {
  const known = [...train, ...test].every((item) => Number.isInteger(item) && item >= 0 && item < groups.length);
  const trained = new Set(train.map((item) => groups[item]));
  if (!known || trained.size < FOLDS || test.length < 2) {
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `Split ${number} needs at least ${FOLDS} groups to train on and 2 images to test on, all of them among the ${groups.length} images.`,
    );
  }
  const shared = test.find((item) => trained.has(groups[item]));
  if (shared === undefined) return;
  throw new EliqError(
    "ERR_SPLIT_LEAK",
    `Split ${number} has images of the group "${groups[shared]}" in both its parts, so the test would repeat what was trained on. Split by groups.`,
  );
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  const { length } = sorted;
  if (length === 0) return { median: Number.NaN, lowest: Number.NaN, highest: Number.NaN, deviation: Number.NaN };
  const at = (place: number) => sorted[place] as number;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / length;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    median: (at(Math.floor((length - 1) / 2)) + at(Math.floor(length / 2))) / 2,
    lowest: at(0),
    highest: at(length - 1),
    deviation: length > 1 ? Math.sqrt(squares / (length - 1)) : Number.NaN,
  };
}
