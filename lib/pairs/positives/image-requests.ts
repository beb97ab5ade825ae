/** Asking servers for many pictures: what is there is kept, failures are listed, and a killed run goes on where it ended. */
import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Gate } from "../../batching/gate.js";
import { mapOrdered } from "../../batching/ordered.js";
import { EliqError, throwIfAborted, toEliqError } from "../../errors.js";
import { withLock } from "../../files/lock.js";
import { PromptRefusal } from "./generator.js";
import { RequestError } from "./http.js";
import { type CheckedImage, checkImage, ImageStore, type ListFormat, type StoredLine } from "./image-store.js";

/** A picture to be asked for. */
export interface ImageTask<L extends StoredLine, A extends object> {
  /** Path of the picture in the folder, without its extension; unique among the tasks. */
  readonly stem: string;
  /** What makes it, as the list's `makerOf` calls it: once a picture is there, its settings are right. */
  readonly maker: string;
  /** What a line of failures.jsonl says of it, besides code and message. */
  readonly about: A;
  /** Asks for the picture's file; nothing of it need be checked. */
  ask(signal: AbortSignal): Promise<Uint8Array>;
  /** Its line in the list. */
  lineOf(image: CheckedImage): L;
}

/** Pictures to be asked for, and where they go. */
export interface ImageBatch<L extends StoredLine, A extends object> {
  /** Folder for pictures, list and failures.jsonl. */
  readonly out: string;
  readonly list: ListFormat<L>;
  /** Gives the tasks from the start, each time it is called. */
  tasks(): AsyncIterable<ImageTask<L, A>>;
  /** Requests at once; 1 unless told. */
  readonly concurrency?: number | undefined;
  /** So many failures one after another end the run, since the server is then likely down; 20 unless told. */
  readonly failuresInARow?: number | undefined;
}

/** What a run hears of. */
export interface RequestHooks<A extends object> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RequestSummary) => void) | undefined;
  readonly onFailure?: ((failure: RequestFailure<A>) => void) | undefined;
}

/** A line of failures.jsonl, which lists the failures of the last run. */
export type RequestFailure<A extends object> = A & { readonly code: string; readonly message: string };

export interface RequestSummary {
  /** Pictures made by this run. */
  readonly made: number;
  /** Pictures that were there. */
  readonly kept: number;
  readonly failed: number;
}

/** What a run would do. */
export interface RequestPreview {
  /** All pictures that the options describe. */
  readonly images: number;
  /** Pictures that are there. */
  readonly kept: number;
  /** Pictures to be asked for, one request each; retries come on top. */
  readonly requests: number;
  /** Undefined when no price was given. */
  readonly price: number | undefined;
  /** Bytes to be written, from the pictures that are there, or from 1.5 bytes a pixel. */
  readonly bytes: number;
  /** At the rate limits, without the time that servers take; undefined without a limit. */
  readonly minutes: number | undefined;
}

/** What a maker costs and allows, for the preview. */
export interface RequestTerms {
  /** In any currency. */
  readonly pricePerImage?: number | undefined;
  /** What the requests' limiter allows. */
  readonly requestsPerMinute?: number | undefined;
  /** Of a picture. */
  readonly pixels: number;
}

/** A PNG of a detailed picture. */
const bytesPerPixel = 1.5;
/** A damaged picture is asked for so often. */
const attempts = 2;
const defaultFailuresInARow = 20;

/**
 * Counts what {@link requestImages} would ask for; reads the folder and the tasks, and writes nothing.
 *
 * @param terms of every maker of a task.
 */
export async function previewRequests<L extends StoredLine, A extends object>(
  { out, list, tasks }: ImageBatch<L, A>,
  terms: ReadonlyMap<string, RequestTerms>,
): Promise<RequestPreview> {
  const store = await ImageStore.open(out, list, "read");
  const makers = new Map([...terms].map(([maker, its]) => [maker, { ...its, all: 0, wanted: 0 }]));
  for await (const { maker, stem } of tasks()) {
    const count = makers.get(maker);
    if (!count) throw new EliqError("ERR_INTERNAL", `There are no terms of ${maker}.`);
    count.all++;
    if (!store.has(stem)) count.wanted++;
  }
  const counts = [...makers];
  const sum = (value: (count: (typeof counts)[number]) => number) =>
    counts.reduce((total, count) => total + value(count), 0);
  const [images, requests] = [sum(([, { all }]) => all), sum(([, { wanted }]) => wanted)];
  const priced = counts.some(([, { pricePerImage }]) => pricePerImage !== undefined);
  const minutes = counts.flatMap(([, { requestsPerMinute, wanted }]) =>
    requestsPerMinute === undefined ? [] : [wanted / requestsPerMinute],
  );
  return {
    images,
    kept: images - requests,
    requests,
    price: priced ? sum(([, { pricePerImage = 0, wanted }]) => wanted * pricePerImage) : undefined,
    bytes: Math.round(sum(([maker, { pixels, wanted }]) => wanted * expectedBytes(store.sums(maker), pixels))),
    minutes: minutes.length > 0 ? Math.max(...minutes) : undefined,
  };
}

function expectedBytes({ images, bytes }: { images: number; bytes: number }, pixels: number): number {
  return images > 0 ? bytes / images : bytesPerPixel * pixels;
}

/**
 * Asks for the pictures that are not there yet. Killed or aborted at any moment, the same call goes on; a picture that is there is never
 * asked for again. Failures are listed in failures.jsonl and do not stop the others.
 *
 * Pictures and lines are the same in every run when the servers' answers are; lines come in the order of the tasks, save those that
 * failed before.
 *
 * @throws EliqError ERR_ABORTED; ERR_INVALID_ARGUMENT when the settings of a request are at fault; ERR_URL_FETCH when too many
 *   requests fail one after another; ERR_IO when another process is writing the folder; what the tasks' source throws.
 */
export async function requestImages<L extends StoredLine, A extends object>(
  batch: ImageBatch<L, A>,
  hooks: RequestHooks<A> = {},
): Promise<RequestSummary> {
  throwIfAborted(hooks.signal);
  const { out, list } = batch;
  return withLock(
    join(out, ".generate.lock"),
    async () => new Run(batch, hooks, await ImageStore.open(out, list, "write")).all(),
    (pid) => {
      throw new EliqError("ERR_IO", `Process ${pid} is writing ${out}. Wait for it, or choose another folder.`);
    },
  );
}

type Outcome<T, L> = { task: T; kept: true } | { task: T; line: L } | { task: T; error: EliqError };

/** One call of {@link requestImages}. */
class Run<L extends StoredLine, A extends object> {
  readonly #stop = new AbortController();
  readonly #failures: string;
  #summary = { made: 0, kept: 0, failed: 0 };
  #inARow = 0;

  constructor(
    private readonly batch: ImageBatch<L, A>,
    private readonly hooks: RequestHooks<A>,
    private readonly store: ImageStore<L>,
  ) {
    this.#failures = join(batch.out, "failures.jsonl");
  }

  async all(): Promise<RequestSummary> {
    await rm(this.#failures, { force: true });
    const { concurrency = 1 } = this.batch;
    const gate = new Gate(concurrency);
    const { signal } = this.hooks;
    const signals = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
    try {
      const outcomes = mapOrdered(this.#tasks(), 4 * concurrency, (task) => this.#work(task, gate, signals));
      for await (const outcome of outcomes) await this.#record(outcome);
    } finally {
      // What is under way when the loop ends early is of no use any more.
      this.#stop.abort();
    }
    throwIfAborted(signal);
    return this.#summary;
  }

  async *#tasks(): AsyncGenerator<ImageTask<L, A>, void, void> {
    for await (const task of this.batch.tasks()) {
      if (this.hooks.signal?.aborted) return;
      yield task;
    }
  }

  async #work(task: ImageTask<L, A>, gate: Gate, signal: AbortSignal): Promise<Outcome<ImageTask<L, A>, L>> {
    if (this.store.has(task.stem)) return { task, kept: true };
    try {
      // Within the gate, which lets them in by turns, so that requests begin in the order of the tasks.
      const image = await gate.run(
        async () => (await this.store.orphan(task.stem)) ?? (await this.#make(task, signal)),
        signal,
      );
      return { task, line: task.lineOf(image) };
    } catch (error) {
      return { task, error: toEliqError(error) };
    }
  }

  /** Put in place before another is asked for, so that a kill loses no more pictures than are under way. */
  async #make(task: ImageTask<L, A>, signal: AbortSignal): Promise<CheckedImage> {
    const image = await askForWhole(task, signal);
    await this.store.put(task.stem, image);
    return image;
  }

  async #record(outcome: Outcome<ImageTask<L, A>, L>): Promise<void> {
    const { task } = outcome;
    if ("kept" in outcome || ("line" in outcome && this.store.has(task.stem))) this.#summary.kept++;
    else if ("line" in outcome) {
      await this.store.append(outcome.line);
      this.#inARow = 0;
      this.#summary.made++;
    } else await this.#fail(task, outcome.error);
    this.hooks.onProgress?.({ ...this.#summary });
  }

  async #fail({ about, maker }: ImageTask<L, A>, error: EliqError): Promise<void> {
    if (this.#isFatal(error, maker)) throw error;
    const { code, message } = error;
    const failure = { ...about, code, message };
    await appendFile(this.#failures, `${JSON.stringify(failure)}\n`);
    this.#summary.failed++;
    this.hooks.onFailure?.(failure);
    if (error instanceof PromptRefusal || isOfItsImage(error)) return;
    const { failuresInARow = defaultFailuresInARow } = this.batch;
    if (++this.#inARow < failuresInARow) return;
    const advice = "Run the same again when the server works; what has been made is kept.";
    throw new EliqError(
      "ERR_URL_FETCH",
      `${this.#inARow} requests failed one after another, the last one thus: ${message} ${advice}`,
      { cause: error },
    );
  }

  /** Bad parameters may be one request's doing (too long, say) once others have been met; a bad key or address never is. */
  #isFatal(error: EliqError, maker: string): boolean {
    if (error.code === "ERR_URL_FETCH" || isOfItsImage(error)) return false;
    const parameters = error instanceof RequestError && [400, 413, 422].includes(error.status ?? 0);
    return !(parameters && this.store.sums(maker).images > 0);
  }
}

/** An image that was to be sent cannot be read, which says nothing about the server. */
function isOfItsImage({ code }: EliqError): boolean {
  return code === "ERR_IMAGE_DECODE";
}

/** Asks for a picture, once more when the first is damaged. */
async function askForWhole<L extends StoredLine>(
  task: ImageTask<L, object>,
  signal: AbortSignal,
): Promise<CheckedImage> {
  for (let attempt = 1; ; attempt++) {
    const bytes = await task.ask(signal);
    try {
      return await checkImage(bytes);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

/** @throws EliqError ERR_INVALID_ARGUMENT for counts and seeds that are none. */
export function checkCounts({
  concurrency = 1,
  failuresInARow = 1,
  seed = 0,
}: {
  readonly concurrency?: number | undefined;
  readonly failuresInARow?: number | undefined;
  readonly seed?: number | undefined;
}): void {
  if (![concurrency, failuresInARow].every((count) => Number.isSafeInteger(count) && count >= 1))
    throw new EliqError("ERR_INVALID_ARGUMENT", "Counts must be whole numbers of 1 or more.");
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new EliqError("ERR_INVALID_ARGUMENT", "The seed must be a whole number of 0 or more.");
}
