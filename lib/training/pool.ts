/** Fills the trainer with the samples of a run: every chain member of every readable image, in a fixed order. */
import { EliqError } from "../errors.js";
import { readJsonIfThere, writeAtomically } from "../files/atomic.js";
import type { NativeTrainer } from "../native/addon.js";
import type { PoolImage, Raster } from "../pairs/index.js";
import { type ImageOrigin, memberCount, type PlannedImage } from "./planned-image.js";

/** A planned image whose members are samples of the trainer. */
export interface PooledImage extends PoolImage {
  readonly origin: ImageOrigin;
  readonly heldOut: boolean;
}

/** Kept beside the feature cache: what its rows are. */
interface PoolRecord {
  /** Hash of the recipes. */
  readonly key: string;
  /** Keys of images that could not be read, and why; they have no rows. */
  readonly skipped: Record<string, string>;
}

export interface PoolOptions {
  /** Hash of everything that the rows depend on besides the tower. */
  readonly key: string;
  /** Where the record is kept; undefined: the trainer has no cache file. */
  readonly record?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Checks that a feature cache belongs to these recipes. Before the trainer is made, since that opens the cache.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT when it belongs to others.
 */
export async function openPoolRecord(path: string, key: string): Promise<void> {
  const record = await readJsonIfThere<PoolRecord>(path);
  if (record && record.key !== key)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${path} belongs to other images or negatives. Give another --run (or --features), or remove the old one.`,
    );
  if (!record) await writeAtomically(path, JSON.stringify({ key, skipped: {} } satisfies PoolRecord));
}

/**
 * Adds what the trainer's cache does not hold yet. Unreadable images are left out and listed.
 *
 * @throws EliqError ERR_ABORTED between two samples; those already added stay in the cache.
 */
export async function fillPool(
  trainer: NativeTrainer,
  planned: readonly PlannedImage[],
  options: PoolOptions,
): Promise<{ images: PooledImage[]; skipped: Record<string, string> }> {
  const skipped = { ...(options.record ? (await readJsonIfThere<PoolRecord>(options.record))?.skipped : {}) };
  const total = planned.reduce((sum, image) => sum + memberCount(image), 0);
  const images: PooledImage[] = [];
  let rows = 0;
  options.onProgress?.(trainer.cached, total);
  for await (const { image, have, rasters, error } of prepareAhead(planned, options, skipped, trainer.cached)) {
    throwIfAborted(options.signal);
    if (error !== undefined) {
      skipped[image.origin.key] = error;
      if (options.record) await writeAtomically(options.record, JSON.stringify({ key: options.key, skipped }));
    }
    if (rasters === undefined) continue;
    for (const [index, raster] of rasters.entries()) {
      throwIfAborted(options.signal);
      if ((await trainer.add(raster)) !== rows + have + index) throw outOfStep();
    }
    images.push(pooled(image, rows));
    rows += memberCount(image);
    if (rows > trainer.cached) options.onProgress?.(rows, total);
  }
  if (trainer.cached > rows) throw outOfStep();
  return { images, skipped };
}

/** @throws EliqError ERR_ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new EliqError("ERR_ABORTED", "Training was stopped; the same command goes on where it ended.", {
      cause: signal.reason,
    });
}

function outOfStep(): EliqError {
  return new EliqError(
    "ERR_INVALID_ARGUMENT",
    "The feature cache has rows that no image of this run accounts for. Remove the cache and its record, and start again.",
  );
}

function pooled(image: PlannedImage, first: number): PooledImage {
  let next = first + 1;
  const chains = image.chains.map((chain) => {
    const samples = chain.severities.map((_, level) => next + level);
    next += samples.length;
    return { ...chain, samples };
  });
  return { origin: image.origin, heldOut: image.heldOut, clean: first, chains };
}

interface Prepared {
  image: PlannedImage;
  /** Members that the cache already holds. */
  have: number;
  /** The others; undefined when the image is left out. */
  rasters?: Raster[];
  /** Why the image is newly left out. */
  error?: string;
}

/** Images rendered ahead of the one that the trainer works on; their pixels cost memory, so few. */
const lookAhead = 2;

/** Renders in order, `lookAhead` images at a time, so that decoding and degrading overlap with feature extraction. */
async function* prepareAhead(
  planned: readonly PlannedImage[],
  options: PoolOptions,
  skipped: Readonly<Record<string, string>>,
  cachedRows: number,
): AsyncGenerator<Prepared> {
  const pending: Promise<Prepared>[] = [];
  let cached = cachedRows;
  const start = (image: PlannedImage): Promise<Prepared> => {
    if (image.origin.key in skipped) return Promise.resolve({ image, have: 0 });
    const have = Math.min(cached, memberCount(image));
    cached -= have;
    return prepare(image, have, options);
  };
  try {
    for (const image of planned) {
      pending.push(start(image));
      if (pending.length >= lookAhead) yield await (pending.shift() as Promise<Prepared>);
    }
    while (pending.length > 0) yield await (pending.shift() as Promise<Prepared>);
  } finally {
    await Promise.allSettled(pending);
  }
}

async function prepare(image: PlannedImage, have: number, options: PoolOptions): Promise<Prepared> {
  const count = memberCount(image);
  if (have === count) return { image, have, rasters: [] };
  const rasters: Raster[] = [];
  try {
    const render = await image.open();
    for (let member = have; member < count && !options.signal?.aborted; member++) rasters.push(await render(member));
  } catch (error) {
    // An image that is kept for evaluation is never left out quietly.
    if (error instanceof EliqError && error.code === "ERR_INVALID_ARGUMENT") throw error;
    // With rows of it in the cache it was readable once, and leaving it out would shift every later row.
    if (have > 0) throw error;
    return { image, have, error: (error as Error).message };
  }
  return { image, have, rasters };
}
