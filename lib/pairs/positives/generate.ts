/** From prompts to a folder of pictures with a manifest, by way of one or more generators. */
import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Gate } from "../../batching/gate.js";
import { mapOrdered } from "../../batching/ordered.js";
import { EliqError, throwIfAborted, toEliqError } from "../../errors.js";
import { withLock } from "../../files/lock.js";
import { hash52 } from "../hash-table.js";
import { Random } from "../random.js";
import { type ImageGenerator, PromptRefusal } from "./generator.js";
import { RequestError } from "./http.js";
import { type CheckedImage, checkImage, ImageStore, type PositiveLine, sha256 } from "./image-store.js";

/** A prompt to be drawn. */
export interface PositivePrompt {
  /** Unique among the prompts. */
  readonly id: string;
  readonly text: string;
  readonly categories?: readonly string[];
}

/** What is asked of one generator. */
export interface GeneratorPlan {
  /** Unique among the plans, e.g. "FLUX.1-dev"; the manifest's name of the generator. */
  readonly name: string;
  readonly generator: ImageGenerator;
  /** Larger is stronger. */
  readonly strength?: number;
  /** Release date, e.g. 2024-08-01. */
  readonly released?: string;
  /** 1 unless told. */
  readonly imagesPerPrompt?: number;
  /** In any currency; for the preview. */
  readonly pricePerImage?: number;
  /** Wanted size, px. */
  readonly width: number;
  readonly height: number;
  /** What the generator's limiter allows; for the preview. */
  readonly requestsPerMinute?: number;
}

/** What is to be made. */
export interface GenerateOptions {
  /** Gives the prompts from the start, each time it is called. */
  readonly prompts: () => Iterable<PositivePrompt> | AsyncIterable<PositivePrompt>;
  readonly generators: readonly GeneratorPlan[];
  /** Folder for pictures, manifest.jsonl and failures.jsonl. */
  readonly out: string;
  /** Seeds of the pictures follow from it; 0 unless told. */
  readonly seed?: number;
  /** Requests at once, of all generators together; 1 unless told. */
  readonly concurrency?: number;
  /** Of the pictures, as the generator's terms have it; "not stated" unless told. */
  readonly licence?: string;
  readonly provenance?: string;
  /** So many failures one after another end the run, since the server is then likely down; 20 unless told. */
  readonly failuresInARow?: number;
}

/** What a run hears of. */
export interface GenerateHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: GenerateSummary) => void;
  readonly onFailure?: (failure: GenerateFailure) => void;
}

/** A line of failures.jsonl, which lists the failures of the last run. */
export interface GenerateFailure {
  readonly promptId: string;
  readonly prompt: string;
  readonly generator: string;
  /** Which of the prompt's pictures, from 0. */
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

export interface GenerateSummary {
  /** Pictures made by this run. */
  readonly made: number;
  /** Pictures that were there. */
  readonly kept: number;
  readonly failed: number;
}

/** What a run would do. */
export interface GeneratePreview {
  readonly prompts: number;
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

const unstated = "not stated";
/** A PNG of a detailed picture. */
const bytesPerPixel = 1.5;
/** A damaged picture is asked for so often. */
const attempts = 2;
const defaultFailuresInARow = 20;

interface Task {
  readonly prompt: PositivePrompt;
  readonly plan: GeneratorPlan;
  readonly index: number;
  readonly seed: number;
  /** Path of the picture in the folder, without its extension. */
  readonly stem: string;
}

type Outcome = { task: Task; kept: true } | { task: Task; line: PositiveLine } | { task: Task; error: EliqError };

/** Counts what {@link generatePositives} would ask for; reads the folder and the prompts, and writes nothing. */
export async function previewPositives(options: GenerateOptions): Promise<GeneratePreview> {
  checkOptions(options);
  const store = await ImageStore.open(options.out, "read");
  const counts = new Map(options.generators.map((plan) => [plan, { all: 0, wanted: 0 }]));
  let prompts = 0;
  for await (const prompt of options.prompts()) {
    prompts++;
    for (const task of tasksOf(prompt, options)) {
      const count = counts.get(task.plan) as { all: number; wanted: number };
      count.all++;
      if (!store.has(task.stem)) count.wanted++;
    }
  }
  const sum = (value: (plan: GeneratorPlan, count: { all: number; wanted: number }) => number) =>
    [...counts].reduce((total, [plan, count]) => total + value(plan, count), 0);
  const [images, requests] = [sum((_, { all }) => all), sum((_, { wanted }) => wanted)];
  const priced = options.generators.some(({ pricePerImage }) => pricePerImage !== undefined);
  const limited = [...counts].filter(([{ requestsPerMinute }]) => requestsPerMinute !== undefined);
  const minutes = limited.map(([{ requestsPerMinute = 1 }, { wanted }]) => wanted / requestsPerMinute);
  return {
    prompts,
    images,
    kept: images - requests,
    requests,
    price: priced ? sum(({ pricePerImage = 0 }, { wanted }) => wanted * pricePerImage) : undefined,
    bytes: Math.round(sum((plan, { wanted }) => wanted * expectedBytes(plan, store))),
    minutes: limited.length > 0 ? Math.max(...minutes) : undefined,
  };
}

function expectedBytes({ name, width, height }: GeneratorPlan, store: ImageStore): number {
  const { images, bytes } = store.sums(name);
  return images > 0 ? bytes / images : bytesPerPixel * width * height;
}

/**
 * Has the pictures made that are not there yet. Killed or aborted at any moment, the same call goes on; a picture that is there is never
 * asked for again. Failures are listed in failures.jsonl and do not stop the others.
 *
 * Pictures and lines are the same in every run when the servers' answers are; lines come in the order of the prompts, save those that
 * failed before.
 *
 * @throws EliqError ERR_ABORTED; ERR_INVALID_ARGUMENT when the options or a generator's settings are at fault; ERR_URL_FETCH when
 *   too many requests fail one after another; ERR_IO when another process is writing the folder.
 */
export async function generatePositives(options: GenerateOptions, hooks: GenerateHooks = {}): Promise<GenerateSummary> {
  checkOptions(options);
  throwIfAborted(hooks.signal);
  const lock = join(options.out, ".generate.lock");
  return withLock(
    lock,
    async () => new Run(options, hooks, await ImageStore.open(options.out, "write")).all(),
    (pid) => {
      throw new EliqError("ERR_IO", `Process ${pid} is writing ${options.out}. Wait for it, or choose another folder.`);
    },
  );
}

/** One call of {@link generatePositives}. */
class Run {
  readonly #stop = new AbortController();
  readonly #failures: string;
  /** Generators that have made a picture: their settings are right. */
  readonly #proven = new Set<GeneratorPlan>();
  #summary = { made: 0, kept: 0, failed: 0 };
  #inARow = 0;

  constructor(
    private readonly options: GenerateOptions,
    private readonly hooks: GenerateHooks,
    private readonly store: ImageStore,
  ) {
    this.#failures = join(options.out, "failures.jsonl");
    for (const plan of options.generators) if (store.sums(plan.name).images > 0) this.#proven.add(plan);
  }

  async all(): Promise<GenerateSummary> {
    await rm(this.#failures, { force: true });
    const { concurrency = 1 } = this.options;
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

  async *#tasks(): AsyncGenerator<Task, void, void> {
    for await (const prompt of this.options.prompts()) {
      if (this.hooks.signal?.aborted) return;
      yield* tasksOf(prompt, this.options);
    }
  }

  async #work(task: Task, gate: Gate, signal: AbortSignal): Promise<Outcome> {
    if (this.store.has(task.stem)) return { task, kept: true };
    try {
      const orphan = await this.store.orphan(task.stem);
      const image = orphan ?? (await gate.run(() => this.#make(task, signal), signal));
      return { task, line: lineOf(task, image, this.options) };
    } catch (error) {
      return { task, error: toEliqError(error) };
    }
  }

  /** Put in place before another is asked for, so that a kill loses no more pictures than are under way. */
  async #make(task: Task, signal: AbortSignal): Promise<CheckedImage> {
    const image = await ask(task, signal);
    await this.store.put(task.stem, image);
    return image;
  }

  async #record(outcome: Outcome): Promise<void> {
    const { task } = outcome;
    if ("kept" in outcome || ("line" in outcome && this.store.has(task.stem))) this.#summary.kept++;
    else if ("line" in outcome) {
      await this.store.append(outcome.line);
      this.#proven.add(task.plan);
      this.#inARow = 0;
      this.#summary.made++;
    } else await this.#fail(task, outcome.error);
    this.hooks.onProgress?.({ ...this.#summary });
  }

  async #fail({ prompt, plan, index }: Task, error: EliqError): Promise<void> {
    if (this.#isFatal(error, plan)) throw error;
    const { code, message } = error;
    const failure = { promptId: prompt.id, prompt: prompt.text, generator: plan.name, index, code, message };
    await appendFile(this.#failures, `${JSON.stringify(failure)}\n`);
    this.#summary.failed++;
    this.hooks.onFailure?.(failure);
    if (error instanceof PromptRefusal) return;
    const { failuresInARow = defaultFailuresInARow } = this.options;
    if (++this.#inARow < failuresInARow) return;
    const advice = "Run the same again when the server works; what has been made is kept.";
    throw new EliqError(
      "ERR_URL_FETCH",
      `${this.#inARow} requests failed one after another, the last one thus: ${message} ${advice}`,
      {
        cause: error,
      },
    );
  }

  /** Bad parameters may be one prompt's doing (too long, say) once others have been drawn; a bad key or address never is. */
  #isFatal(error: EliqError, plan: GeneratorPlan): boolean {
    if (error.code === "ERR_URL_FETCH") return false;
    const parameters = error instanceof RequestError && [400, 413, 422].includes(error.status ?? 0);
    return !(parameters && this.#proven.has(plan));
  }
}

/** Asks for a picture, once more when the first is damaged. */
async function ask({ prompt, plan, seed }: Task, signal: AbortSignal): Promise<CheckedImage> {
  const { generator, width, height } = plan;
  for (let attempt = 1; ; attempt++) {
    const { bytes } = await generator.generate({ prompt: prompt.text, seed, width, height, signal });
    try {
      return await checkImage(bytes);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

/** The pictures of a prompt: all generators, each as often as it is asked. */
function* tasksOf(prompt: PositivePrompt, options: GenerateOptions): Generator<Task, void, void> {
  for (const plan of options.generators)
    for (let index = 0; index < (plan.imagesPerPrompt ?? 1); index++) {
      const { seed = 0 } = options;
      const random = new Random(seed, "positive", plan.name, prompt.id, index);
      yield { prompt, plan, index, seed: random.uint32() >>> 1, stem: stemOf(prompt, plan, index, seed) };
    }
}

/** Readable, and different for pictures that differ in anything that is asked for. */
function stemOf(prompt: PositivePrompt, plan: GeneratorPlan, index: number, seed: number): string {
  const { name, generator, width, height } = plan;
  const identity = hash52(
    JSON.stringify([seed, name, generator.settings, width, height, prompt.id, prompt.text, index]),
  );
  return `images/${slug(name)}/${slug(prompt.id)}-${index}-${identity.toString(16).padStart(13, "0")}`;
}

function slug(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[.-]+|[.-]+$/g, "");
  return plain.slice(0, 60) || "x";
}

function lineOf({ prompt, plan, seed, stem }: Task, image: CheckedImage, options: GenerateOptions): PositiveLine {
  const { strength, released, name } = plan;
  return {
    path: `${stem}.${image.extension}`,
    prompt: prompt.text,
    promptId: prompt.id,
    categories: prompt.categories ?? [],
    group: prompt.id,
    generator: name,
    ...(strength === undefined ? {} : { strength }),
    ...(released === undefined ? {} : { released }),
    seed,
    width: image.width,
    height: image.height,
    kind: "ai",
    licence: options.licence ?? unstated,
    provenance: options.provenance ?? unstated,
    sha256: sha256(image.bytes),
    bytes: image.bytes.length,
  };
}

function checkOptions({ generators, concurrency = 1, failuresInARow = 1, seed = 0 }: GenerateOptions): void {
  const invalid = (message: string) => new EliqError("ERR_INVALID_ARGUMENT", message);
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  if (generators.length === 0) throw invalid("Give at least one generator.");
  if (new Set(generators.map(({ name }) => slug(name).toLowerCase())).size < generators.length)
    throw invalid("Generators need names that differ in letters or digits.");
  if (!whole(concurrency, 1) || !whole(failuresInARow, 1)) throw invalid("Counts must be whole numbers of 1 or more.");
  if (!whole(seed, 0)) throw invalid("The seed must be a whole number of 0 or more.");
  for (const { name, width, height, imagesPerPrompt = 1, released } of generators) {
    if (!whole(width, 16) || !whole(height, 16)) throw invalid(`${name}: width and height must be 16 px or more.`);
    if (!whole(imagesPerPrompt, 1)) throw invalid(`${name}: the images per prompt must be 1 or more.`);
    if (released !== undefined && Number.isNaN(Date.parse(released)))
      throw invalid(`${name}: the release date must look like 2024-08-01, not "${released}".`);
  }
}
