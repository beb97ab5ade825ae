/** One piece of work over all listed images: concurrent, in order, with a tally. */
import { mapOrdered } from "../batching/ordered.js";
import { type EliqError, toEliqError } from "../errors.js";
import { formatSeconds } from "../native/report.js";
import type { Listed, ListedImage } from "./listing.js";
import type { Progress } from "./progress.js";
import { exitCode } from "./usage.js";

/** What became of one image. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: EliqError };

/** Images begun and not yet printed: enough that a slow one does not leave the engine idle. */
const window = 16;

/** Does `work` for each image and yields the outcomes in order, until one was aborted. */
export async function* overImages<T>(
  listed: AsyncIterable<Listed>,
  work: (image: ListedImage) => Promise<T>,
): AsyncGenerator<{ path: string; result: Outcome<T> }, void, void> {
  const outcomes = mapOrdered(listed, window, async (entry) => ({
    path: entry.path,
    result: await attempt(entry, work),
  }));
  for await (const outcome of outcomes) {
    if (!outcome.result.ok && outcome.result.error.code === "ERR_ABORTED") return;
    yield outcome;
  }
}

async function attempt<T>(entry: Listed, work: (image: ListedImage) => Promise<T>): Promise<Outcome<T>> {
  try {
    if ("error" in entry) throw entry.error;
    return { ok: true, value: await work(entry) };
  } catch (error) {
    return { ok: false, error: toEliqError(error) };
  }
}

/** Counts a listing beside the work and tells the progress bar, so that it can say how long the rest will take. */
export async function countImages(listed: AsyncIterable<Listed>, progress: Progress): Promise<void> {
  let count = 0;
  try {
    for await (const _ of listed) count++;
    progress.setTotal(count);
  } catch {
    // The work goes through the same listing and reports what is wrong with it.
  }
}

/** How many images were done, and how many not. */
export class Tally {
  done = 0;
  failed = 0;
  /** Images that came with a prompt. */
  prompts = 0;
  readonly #started = performance.now();

  get total(): number {
    return this.done + this.failed;
  }

  add(result: Outcome<unknown>): void {
    if (result.ok) this.done++;
    else this.failed++;
  }

  /** Says on standard error how it went, unless that is plain: one image that was done. */
  summarise(verb: string, interrupted: boolean): void {
    if (this.total === 1 && this.failed === 0 && !interrupted) return;
    const seconds = (performance.now() - this.#started) / 1000;
    const failed = this.failed > 0 ? `, ${this.failed} failed` : "";
    const rate = `${(this.total / seconds).toFixed(1)} images/s`;
    const start = interrupted ? `Interrupted. ${verb}` : verb;
    process.stderr.write(`${start} ${this.done} images${failed} in ${formatSeconds(seconds)} (${rate}).\n`);
  }

  exitCode(interrupted: boolean): number {
    if (interrupted) return exitCode.interrupted;
    return this.failed > 0 ? exitCode.someFailed : exitCode.ok;
  }
}
