/** Permutation tests: how often a split drawn by chance differs as much as the one that was observed. */
import { Pauses } from "../evaluation/pause.js";
import { Random } from "../pairs/random.js";
import { firstItems, type Split, type SplitStatistic } from "./two-sample.js";

/** How a permutation test draws. */
export interface PermutationOptions {
  /** Number of random splits; the smallest p-value is 1 / (permutations + 1). */
  readonly permutations: number;
  /** The same seed draws the same splits. */
  readonly seed: number;
  /**
   * Cluster of each pooled item, by number: whole clusters change sides. Clusters that lie on both sides in the data must have different
   * numbers there. Default: every item by itself.
   */
  readonly clusters?: ArrayLike<number> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A statistic with its p-value. */
export interface PermutationResult {
  readonly statistic: number;
  /** Its mean over the random splits. */
  readonly chance: number;
  /** (1 + splits that differ at least as much) / (1 + splits): valid at every level (Phipson & Smyth, SAGMB 9(1), 2010). */
  readonly p: number;
}

/** Statistics closer than this, relatively, count as equal: sums in another order differ in their last digits. */
const tolerance = 1e-10;

/**
 * Tests several statistics of one split on the same random splits. Under the hypothesis that all items come from one population (and,
 * with clusters, that clusters are exchangeable), every p-value is valid, whatever the distribution and its ties.
 *
 * With clusters, a random batch takes whole clusters until it holds at least `batchSize` items or one cluster is left.
 *
 * @param batchSize the batch is the first so many pooled items. @param total number of pooled items.
 * @returns one result for each statistic.
 * @throws EliqError ERR_ABORTED.
 */
export async function permutationTest(
  batchSize: number,
  total: number,
  statistics: readonly SplitStatistic[],
  options: PermutationOptions,
): Promise<PermutationResult[]> {
  const { permutations, seed, clusters, signal } = options;
  const random = new Random(seed, "permutation test", batchSize, total);
  const draw = clusters ? clusterDraw(clusters, batchSize, random) : itemDraw(batchSize, total, random);
  const pauses = new Pauses(signal);
  const original = firstItems(batchSize, total);
  const observed = statistics.map((statistic) => statistic(original));
  const asFar = new Uint32Array(statistics.length);
  const sums = new Float64Array(statistics.length);
  for (let i = 0; i < permutations; i++) {
    const split = draw();
    statistics.forEach((statistic, s) => {
      const drawn = statistic(split);
      sums[s] = (sums[s] as number) + drawn;
      if (drawn >= (observed[s] as number) * (1 - tolerance)) asFar[s] = (asFar[s] as number) + 1;
    });
    if (pauses.due()) await pauses.take();
  }
  return observed.map((statistic, s) => ({
    statistic,
    chance: (sums[s] as number) / permutations,
    p: (1 + (asFar[s] as number)) / (1 + permutations),
  }));
}

/**
 * Holm's step-down adjustment (Scandinavian Journal of Statistics 6(2), 1979): a test whose adjusted p-value is at most a level is one
 * of an alarm that comes by chance no more often than that level, however many tests there are and however they depend on each other.
 *
 * @returns adjusted p-values, in the order of `values`, each at most 1.
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const adjusted = new Array<number>(values.length);
  let largest = 0;
  order.forEach((item, rank) => {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * (values[item] as number)));
    adjusted[item] = largest;
  });
  return adjusted;
}

/** `batchSize` of the items, each set of them equally likely. */
function itemDraw(batchSize: number, total: number, random: Random): () => Split {
  const items = Uint32Array.from({ length: total }, (_, i) => i);
  return () => {
    for (let i = 0; i < batchSize; i++) swap(items, i, i + random.integer(total - i));
    return splitOf(items.slice(0, batchSize), total);
  };
}

/** Whole clusters in random order until the batch is full. */
function clusterDraw(clusters: ArrayLike<number>, batchSize: number, random: Random): () => Split {
  const members = new Map<number, number[]>();
  for (let i = 0; i < clusters.length; i++) {
    const cluster = clusters[i] as number;
    const list = members.get(cluster);
    if (list) list.push(i);
    else members.set(cluster, [i]);
  }
  const lists = [...members.values()];
  return () => {
    const batch: number[] = [];
    for (let i = 0; batch.length < batchSize && i < lists.length - 1; i++) {
      const j = i + random.integer(lists.length - i);
      const taken = lists[j] as number[];
      lists[j] = lists[i] as number[];
      lists[i] = taken;
      batch.push(...taken);
    }
    return splitOf(Uint32Array.from(batch), clusters.length);
  };
}

function splitOf(batch: Uint32Array, total: number): Split {
  const inBatch = new Uint8Array(total);
  for (const item of batch) inBatch[item] = 1;
  return { inBatch, batch };
}

function swap(items: Uint32Array, i: number, j: number): void {
  const kept = items[i] as number;
  items[i] = items[j] as number;
  items[j] = kept;
}
