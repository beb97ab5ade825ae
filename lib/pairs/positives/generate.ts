/** From prompts to a folder of pictures with a manifest, by way of one or more generators. */
import { EliqError } from "../../errors.js";
import { hash52 } from "../hash-table.js";
import { Random } from "../random.js";
import type { ImageGenerator } from "./generator.js";
import {
  checkCounts,
  type ImageBatch,
  type ImageTask,
  previewRequests,
  type RequestFailure,
  type RequestHooks,
  type RequestPreview,
  type RequestSummary,
  requestImages,
} from "./image-requests.js";
import { type CheckedImage, type ListFormat, type StoredLine, sha256, slug } from "./image-store.js";

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

/** A prompt's picture, as failures.jsonl names it. */
export interface PositivePlace {
  readonly promptId: string;
  readonly prompt: string;
  readonly generator: string;
  /** Which of the prompt's pictures, from 0. */
  readonly index: number;
}

/** What a run hears of. */
export type GenerateHooks = RequestHooks<PositivePlace>;

/** A line of failures.jsonl, which lists the failures of the last run. */
export type GenerateFailure = RequestFailure<PositivePlace>;

export type GenerateSummary = RequestSummary;

/** What a run would do. */
export interface GeneratePreview extends RequestPreview {
  readonly prompts: number;
}

/** A picture's line in the manifest; a list of sources for `eliq pairs build`. */
export interface PositiveLine extends StoredLine {
  readonly prompt: string;
  readonly promptId: string;
  readonly categories: readonly string[];
  /** Pictures of one prompt share a group, and so a split. */
  readonly group: string;
  readonly generator: string;
  /** Larger is stronger. */
  readonly strength?: number;
  /** Release date of the generator, e.g. 2024-08-01. */
  readonly released?: string;
  /** What was asked for; a server without seeds ignored it. */
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly kind: "ai";
  readonly licence: string;
  readonly provenance: string;
}

const positives: ListFormat<PositiveLine> = {
  name: "manifest.jsonl",
  what: "generated pictures",
  isLine: (line): line is PositiveLine => typeof line.generator === "string",
  makerOf: ({ generator }) => generator,
};

const unstated = "not stated";

type Task = ImageTask<PositiveLine, PositivePlace>;

/** Counts what {@link generatePositives} would ask for; reads the folder and the prompts, and writes nothing. */
export async function previewPositives(options: GenerateOptions): Promise<GeneratePreview> {
  checkOptions(options);
  let prompts = 0;
  async function* counted() {
    for await (const prompt of options.prompts()) {
      prompts++;
      yield prompt;
    }
  }
  const terms = options.generators.map(({ name, pricePerImage, requestsPerMinute, width, height }) => {
    return [name, { pricePerImage, requestsPerMinute, pixels: width * height }] as const;
  });
  const preview = await previewRequests(batchOf({ ...options, prompts: counted }), new Map(terms));
  return { prompts, ...preview };
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
  return requestImages(batchOf(options), hooks);
}

function batchOf(options: GenerateOptions): ImageBatch<PositiveLine, PositivePlace> {
  const { out, concurrency, failuresInARow } = options;
  async function* tasks() {
    for await (const prompt of options.prompts()) yield* tasksOf(prompt, options);
  }
  return { out, list: positives, tasks, concurrency, failuresInARow };
}

/** The pictures of a prompt: all generators, each as often as it is asked. */
function* tasksOf(prompt: PositivePrompt, options: GenerateOptions): Generator<Task, void, void> {
  for (const plan of options.generators)
    for (let index = 0; index < (plan.imagesPerPrompt ?? 1); index++) yield taskOf(prompt, plan, index, options);
}

function taskOf(prompt: PositivePrompt, plan: GeneratorPlan, index: number, options: GenerateOptions): Task {
  const { name, generator, width, height } = plan;
  const { seed: runSeed = 0 } = options;
  const seed = new Random(runSeed, "positive", name, prompt.id, index).uint32() >>> 1;
  const stem = stemOf(prompt, plan, index, runSeed);
  return {
    stem,
    maker: name,
    about: { promptId: prompt.id, prompt: prompt.text, generator: name, index },
    async ask(signal) {
      return (await generator.generate({ prompt: prompt.text, seed, width, height, signal })).bytes;
    },
    lineOf: (image) => lineOf(prompt, plan, { stem, seed }, image, options),
  };
}

/** Readable, and different for pictures that differ in anything that is asked for. */
function stemOf(prompt: PositivePrompt, plan: GeneratorPlan, index: number, seed: number): string {
  const { name, generator, width, height } = plan;
  const identity = hash52(
    JSON.stringify([seed, name, generator.settings, width, height, prompt.id, prompt.text, index]),
  );
  return `images/${slug(name)}/${slug(prompt.id)}-${index}-${identity.toString(16).padStart(13, "0")}`;
}

function lineOf(
  prompt: PositivePrompt,
  { strength, released, name }: GeneratorPlan,
  { stem, seed }: { stem: string; seed: number },
  image: CheckedImage,
  options: GenerateOptions,
): PositiveLine {
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

function checkOptions(options: GenerateOptions): void {
  checkCounts(options);
  const { generators } = options;
  const invalid = (message: string) => new EliqError("ERR_INVALID_ARGUMENT", message);
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  if (generators.length === 0) throw invalid("Give at least one generator.");
  if (new Set(generators.map(({ name }) => slug(name).toLowerCase())).size < generators.length)
    throw invalid("Generators need names that differ in letters or digits.");
  for (const { name, width, height, imagesPerPrompt = 1, released } of generators) {
    if (!whole(width, 16) || !whole(height, 16)) throw invalid(`${name}: width and height must be 16 px or more.`);
    if (!whole(imagesPerPrompt, 1)) throw invalid(`${name}: the images per prompt must be 1 or more.`);
    if (released !== undefined && Number.isNaN(Date.parse(released)))
      throw invalid(`${name}: the release date must look like 2024-08-01, not "${released}".`);
  }
}
