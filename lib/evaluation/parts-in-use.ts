/** Whether the parts of a critic are in use: gates that never move, and queries that all say the same, are dead weight. */
import { throwIfAborted } from "../errors.js";
import type { FigureTable } from "../training/card.js";
import type { Critic } from "./critic.js";
import { decimal } from "./report-figures.js";

/** What was found in some images. */
export interface PartsInUse {
  /** Name of the critic in the run. */
  readonly name: string;
  readonly images: number;
  /** Mean over levels of the standard deviation of a level's gate over all tokens of these images. */
  readonly gateDeviation: number;
  /** The same inside one image, mean over images. */
  readonly gateDeviationInside: number;
  /** Mean cosine between the outputs of two quality queries for one image; 1: they say the same. */
  readonly queryCosine: number;
}

/**
 * Looks at gates and queries in some images.
 *
 * @param paths at least one.
 * @param onImage called after each image.
 * @returns undefined for a critic without such parts.
 */
export async function inspectParts(
  name: string,
  critic: Critic,
  paths: readonly string[],
  { signal, onImage }: { signal?: AbortSignal | undefined; onImage?: (() => void) | undefined } = {},
): Promise<PartsInUse | undefined> {
  if (!critic.look || paths.length === 0) return undefined;
  const levels: Deviation[] = [];
  let inside = 0;
  let cosine = 0;
  for (const path of paths) {
    throwIfAborted(signal);
    const { gates, outputs, queries } = await critic.look(path, signal);
    gates.forEach((gate, level) => {
      const all = levels[level] ?? new Deviation();
      levels[level] = all;
      const own = new Deviation();
      for (const value of gate) {
        all.add(value);
        own.add(value);
      }
      inside += own.value() / gates.length / paths.length;
    });
    cosine += meanPairwiseCosine(outputs, queries) / paths.length;
    onImage?.();
  }
  const gateDeviation = levels.reduce((sum, level) => sum + level.value() / levels.length, 0);
  return { name, images: paths.length, gateDeviation, gateDeviationInside: inside, queryCosine: cosine };
}

/** Standard deviation of a population that comes one by one (Welford, Technometrics 4(3), 1962). */
class Deviation {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const before = value - this.mean;
    this.mean += before / this.count;
    this.squares += before * (value - this.mean);
  }

  value(): number {
    return Math.sqrt(this.squares / this.count);
  }
}

/**
 * Mean cosine between the vectors of a list.
 *
 * @param outputs `count` vectors of equal length, one after the other.
 * @returns in [-1, 1]; NaN of fewer than two.
 */
export function meanPairwiseCosine(outputs: Float32Array, count: number): number {
  const width = outputs.length / count;
  const vectors = Array.from({ length: count }, (_, i) => outputs.subarray(i * width, (i + 1) * width));
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  let sum = 0;
  vectors.forEach((a, i) => {
    for (const b of vectors.slice(i + 1)) sum += dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  });
  return count < 2 ? Number.NaN : (2 * sum) / (count * (count - 1));
}

/** The table that the report and the model card show. */
export function partsTable(parts: readonly PartsInUse[]): FigureTable {
  return {
    title: "Whether the parts are in use",
    protocol: `On ${parts[0]?.images ?? 0} of the images. Gate deviation: standard deviation of a level's gate over tokens, mean over levels. Query cosine: mean cosine between the outputs of two quality queries for one image (1 = collapsed).`,
    columns: ["model", "gate deviation, all tokens", "gate deviation inside an image", "query cosine"],
    rows: parts.map(({ name, gateDeviation, gateDeviationInside, queryCosine }) => [
      name,
      decimal(gateDeviation),
      decimal(gateDeviationInside),
      decimal(queryCosine),
    ]),
  };
}
