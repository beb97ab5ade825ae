/** The class of the public API: from images to scores, embeddings and explanations. */
import { availableParallelism } from "node:os";
import { abortable } from "./batching/abort.js";
import { Gate } from "./batching/gate.js";
import { mapOrdered } from "./batching/ordered.js";
import { type Comparison, compareScores } from "./calibration/comparison.js";
import { type Score, toScore } from "./calibration/score.js";
import { abortedError, type CallSite, captureCallSite, EliqError, restamp, throwIfAborted } from "./errors.js";
import { type Explanation, toExplanation } from "./explanation/explanation.js";
import { checkSize } from "./images/limits.js";
import { type RgbImage, toRgb } from "./images/pixels.js";
import { type ReadLimits, readImage } from "./images/read.js";
import { type ImageInput, type ImageSource, toSource } from "./images/source.js";
import { type LoadOptions, loadParts } from "./load.js";
import type { Model } from "./models/directory.js";
import { PromptTokenizer, type TokenizedPrompt } from "./models/tokenizer.js";
import type { NativeEngine, NativeRequest, NativeResult } from "./native/addon.js";
import { scoreOfViews } from "./uncertainty/uncertainty.js";
import { checkViews, copyView, drawViews } from "./uncertainty/views.js";

/** Options of one call. */
export interface CallOptions {
  /** Rejects the call with ERR_ABORTED, whose `cause` is the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Options of {@link Eliq.score}, {@link Eliq.scoreBatch}, {@link Eliq.stream} and {@link Eliq.compare}. */
export interface ScoreOptions extends CallOptions {
  /** What the image was asked to show. */
  prompt?: string | undefined;
  /**
   * From 2 to 64: the score is the mean over so many views of the image, slightly different framings of it, and comes with its
   * {@link Score.uncertainty}. Each view takes the model as long as the image. 1, the default: the image as it is, once.
   */
  views?: number | undefined;
}

/** Options of what needs the network's maps or embedding, which are those of one look. */
type OneLookOptions = Omit<ScoreOptions, "views">;

/** An image of a batch, with a prompt of its own where it has one. */
export type BatchItem = ImageInput | { readonly image: ImageInput; readonly prompt?: string | undefined };

/** What became of one image of a batch. */
export type BatchResult =
  | { readonly ok: true; readonly score: Score }
  | { readonly ok: false; readonly error: EliqError };

/** An image's embedding. */
export interface Embedding {
  /**
   * The outputs of the quality queries, one after the other, scaled to Euclidean norm 1: the dot product of two embeddings of
   * one model is their cosine similarity.
   */
  readonly vector: Float32Array;
  /** Length of `vector`: {@link Eliq.embeddingDimension} of the model, 256 for the default. */
  readonly dimension: number;
  readonly norm: 1;
  /** Name and revision of the model; embeddings of different models cannot be compared. */
  readonly model: string;
}

/** What an {@link Eliq} is made of. */
export interface EliqParts extends ReadLimits {
  readonly engine: NativeEngine;
  readonly model: Model;
}

/** All that one pass of the network says of an image. */
export interface Appraisal {
  readonly score: Score;
  /** With embedding, gates and attention as far as they were asked for. */
  readonly result: NativeResult;
}

/** Scores an image and gives what else is asked for from the same pass; for evaluations, and not part of the public API. */
export let appraise: (eliq: Eliq, image: ImageInput, wanted: Wanted, options: OneLookOptions) => Promise<Appraisal>;

/** Makes an Eliq of given parts; for {@link Eliq.load} and tests, and not part of the public API. */
export let assemble: (parts: EliqParts) => Eliq;

/**
 * A loaded model that scores images. All methods may be called at any time and together: images are decoded concurrently and
 * wait in line for the model, with a bound on how many are held decoded. Every error is an {@link EliqError}, its stack that
 * of the call.
 */
export class Eliq implements AsyncDisposable {
  static {
    assemble = (parts) => new Eliq(parts);
    appraise = (eliq, image, wanted, options) => eliq.#appraise(image, wanted, options);
  }

  readonly #parts: EliqParts;
  /** Images that are being decoded or wait decoded: two more than are decoded at once, so that the engine never waits. */
  readonly #gate = new Gate(Math.min(availableParallelism(), 4) + 2);
  readonly #active = new Set<Promise<unknown>>();
  /** Absent where the model reads no prompts; an untrained branch's number would be thrown away. */
  readonly #tokenizer: PromptTokenizer | undefined;
  #disposal: Promise<void> | undefined;

  private constructor(parts: EliqParts) {
    this.#parts = parts;
    const { directory, text, alignment } = parts.model;
    if (text && alignment.trained) this.#tokenizer = new PromptTokenizer(directory, text);
  }

  /**
   * Loads a model. Loads of one model and device share one engine in the process, also across worker threads.
   *
   * @throws EliqError ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT or ERR_MODEL_UNSUPPORTED for the model; ERR_CALIBRATION or
   * ERR_CALIBRATION_MISMATCH for its calibration; ERR_ADDON_MISSING or ERR_ADDON_MISMATCH when the addon must be built, with the command; ERR_DEVICE_UNAVAILABLE; ERR_INVALID_ARGUMENT;
   * ERR_ABORTED.
   */
  static load(options: LoadOptions = {}): Promise<Eliq> {
    const site = captureCallSite(Eliq.load);
    return loadParts(options).then(assemble, (error) => {
      throw restamp(error, site);
    });
  }

  /** Name and revision of the model, e.g. "default@1f0c2a9b3d4e". */
  get model(): string {
    return this.#parts.model.id;
  }

  /** Id of the calibration that gives raw scores their scale. */
  get calibration(): string {
    return this.#parts.model.calibration.id;
  }

  /** Whether the model can score prompt alignment, and if not, why. */
  get alignment(): { readonly trained: boolean; readonly reason?: string } {
    return this.#parts.model.alignment;
  }

  /** The device that the model runs on: what "auto" was resolved to. */
  get device(): string {
    return this.#parts.engine.device;
  }

  /** Threads that the model's operations use. */
  get threads(): number {
    return this.#parts.engine.threads;
  }

  /** Length of the vectors that {@link embed} gives. */
  get embeddingDimension(): number {
    return this.#parts.engine.embeddingLength;
  }

  /**
   * Scores one image. Raw pixels and encoded bytes are copied before this returns; files are read when their turn comes.
   *
   * @throws EliqError ERR_IMAGE_NOT_FOUND, ERR_IMAGE_DECODE, ERR_IMAGE_TOO_LARGE, ERR_URL_REFUSED, ERR_URL_FETCH, ERR_IO,
   * ERR_INVALID_ARGUMENT, ERR_OUT_OF_MEMORY, ERR_ABORTED or ERR_DISPOSED.
   */
  score(image: ImageInput, options: ScoreOptions = {}): Promise<Score> {
    return this.#call(this.score, () => this.#score(image, options));
  }

  /**
   * Scores many images; see {@link stream} for more than fit in memory.
   *
   * @returns one result for each item, in order: an image that cannot be scored spoils no other.
   * @throws EliqError ERR_ABORTED when the signal is aborted: what was scored by then is lost; {@link stream} keeps it.
   */
  scoreBatch(
    items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
    options: ScoreOptions = {},
  ): Promise<BatchResult[]> {
    return this.#call(this.scoreBatch, async () => {
      const results: BatchResult[] = [];
      for await (const result of this.stream(items, options)) results.push(result);
      return results;
    });
  }

  /**
   * Scores a stream of images and yields their results in order. Items are drawn as they can be worked on; raw pixels and
   * encoded bytes must not change before that.
   *
   * @throws EliqError ERR_ABORTED, after the results that were finished before the signal was aborted.
   */
  stream(
    items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
    options: ScoreOptions = {},
  ): AsyncGenerator<BatchResult, void, void> {
    return this.#stream(captureCallSite(this.stream), items, options);
  }

  /**
   * Compares two images.
   *
   * @returns the probability, per aspect, that `a` is the better one.
   * @throws EliqError as {@link score}.
   */
  compare(a: ImageInput, b: ImageInput, options: ScoreOptions = {}): Promise<Comparison> {
    return this.#call(this.compare, async () => {
      const [scoreA, scoreB] = await Promise.all([this.#score(a, options), this.#score(b, options)]);
      return compareScores(scoreA, scoreB);
    });
  }

  /**
   * Embeds an image: a vector of {@link embeddingDimension} numbers with Euclidean norm 1.
   *
   * @throws EliqError as {@link score}.
   */
  embed(image: ImageInput, options: CallOptions = {}): Promise<Embedding> {
    return this.#call(this.embed, () => this.#embed(image, options));
  }

  /**
   * Scores an image and says where the model looked, at which scale.
   *
   * @returns gates and attention maps in the coordinates of the image.
   * @throws EliqError as {@link score}.
   */
  explain(image: ImageInput, options: OneLookOptions = {}): Promise<Explanation> {
    const { prompt, signal } = options;
    return this.#call(this.explain, async () => {
      checkPrompt(prompt);
      const look = async (pixels: RgbImage, text: TokenizedPrompt | undefined) => {
        const result = await this.#infer(pixels, { explain: true, ...idsOf(text) }, signal);
        const score = toScore(result, this.#parts.model, prompt, text?.truncated);
        return toExplanation(result.explanation, score, pixels.width, pixels.height);
      };
      return this.#computeWith(prompt, image, signal, look);
    });
  }

  /** Waits for what is in flight and lets go of the model. Calls that come later reject with ERR_DISPOSED. */
  dispose(): Promise<void> {
    this.#disposal ??= (async () => {
      await Promise.allSettled(this.#active);
      await this.#parts.engine.dispose();
    })();
    return this.#disposal;
  }

  /** `await using eliq = await Eliq.load()` disposes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #score(image: ImageInput, { prompt, signal, views }: ScoreOptions): Promise<Score> {
    checkPrompt(prompt);
    const count = checkViews(views);
    const look = async (pixels: RgbImage, text: TokenizedPrompt | undefined) => {
      const calibrated = (result: NativeResult) => toScore(result, this.#parts.model, prompt, text?.truncated);
      if (count === 1) return calibrated(await this.#infer(pixels, idsOf(text), signal));
      return scoreOfViews(await this.#inferViews(pixels, count, idsOf(text), signal), calibrated);
    };
    return this.#computeWith(prompt, image, signal, look, count === 1 ? "once" : "lasting");
  }

  async #appraise(image: ImageInput, wanted: Wanted, { prompt, signal }: OneLookOptions): Promise<Appraisal> {
    checkPrompt(prompt);
    const look = async (pixels: RgbImage, text: TokenizedPrompt | undefined) => {
      const result = await this.#infer(pixels, { ...wanted, ...idsOf(text) }, signal);
      return { score: toScore(result, this.#parts.model, prompt, text?.truncated), result };
    };
    return this.#computeWith(prompt, image, signal, look);
  }

  async #embed(image: ImageInput, { signal }: CallOptions): Promise<Embedding> {
    const wanted = { embedding: true };
    const { embedding: vector } = await this.#compute(image, signal, (pixels) => this.#infer(pixels, wanted, signal));
    if (!vector) throw new EliqError("ERR_INTERNAL", "The addon gave no embedding.");
    return { vector, dimension: vector.length, norm: 1, model: this.model };
  }

  async *#stream(
    site: CallSite,
    items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
    options: ScoreOptions,
  ): AsyncGenerator<BatchResult, void, void> {
    const views = checkViews(options.views);
    yield* this.#settle(site, items, options.signal, async (item) => {
      const { image, prompt = options.prompt } = toItem(item);
      return { ok: true, score: await this.#score(image, { prompt, signal: options.signal, views }) };
    });
  }

  /** One result for each item, in order; errors become results, except that of an abort, which ends the stream. */
  async *#settle<I, R>(
    site: CallSite,
    items: Iterable<I> | AsyncIterable<I>,
    signal: AbortSignal | undefined,
    work: (item: I) => Promise<R>,
  ): AsyncGenerator<R | { readonly ok: false; readonly error: EliqError }, void, void> {
    const settle = (item: I) =>
      work(item).catch((error: unknown) => ({ ok: false as const, error: restamp(error, site) }));
    for await (const result of mapOrdered(items, 2 * this.#gate.places, settle)) {
      const aborted = signal?.aborted && errorOf(result)?.code === "ERR_ABORTED";
      if (aborted) throw errorOf(result);
      yield result;
    }
    if (signal?.aborted) throw restamp(abortedError(signal), site);
  }

  /** Runs a public method and gives its errors the caller's stack. */
  async #call<T>(entry: (...args: never[]) => unknown, work: () => Promise<T>): Promise<T> {
    const site = captureCallSite(entry);
    try {
      return await work();
    } catch (error) {
      throw restamp(error, site);
    }
  }

  /**
   * As {@link #compute}, with the prompt's tokens where the model reads prompts. They may take a moment, over which the pixels
   * must last.
   */
  #computeWith<T>(
    prompt: string | undefined,
    image: ImageInput,
    signal: AbortSignal | undefined,
    work: (pixels: RgbImage, text: TokenizedPrompt | undefined) => Promise<T>,
    need: "once" | "lasting" = "once",
  ): Promise<T> {
    const tokenizer = this.#tokenizer;
    if (tokenizer === undefined || prompt === undefined) {
      return this.#compute(image, signal, (pixels) => work(pixels, undefined), need);
    }
    return this.#compute(image, signal, async (pixels) => work(pixels, await tokenizer.encode(prompt)), "lasting");
  }

  /**
   * The one way from an image to the network's outputs. Copies bytes and pixels before it first waits.
   *
   * @param need "lasting": `work` reads the pixels after it first waits.
   */
  async #compute<T>(
    image: ImageInput,
    signal: AbortSignal | undefined,
    work: (pixels: RgbImage) => Promise<T>,
    need: "once" | "lasting" = "once",
  ): Promise<T> {
    if (this.#disposal) throw new EliqError("ERR_DISPOSED", "This Eliq was disposed; load the model again to go on.");
    throwIfAborted(signal);
    const running = this.#begin(toSource(image), signal, work, need);
    this.#active.add(running);
    try {
      return await running;
    } finally {
      this.#active.delete(running);
    }
  }

  #begin<T>(
    source: ImageSource,
    signal: AbortSignal | undefined,
    work: (pixels: RgbImage) => Promise<T>,
    need: "once" | "lasting",
  ): Promise<T> {
    const atGate = (read: () => RgbImage | Promise<RgbImage>) =>
      abortable(
        this.#gate.run(async () => work(await read()), signal),
        signal,
      );
    if (source.kind === "pixels") {
      const pixels = this.#checkSize(toRgb(source.pixels));
      // Pixels that the caller holds decoded need no place at the gate: the engine's queue takes its copy at once.
      if (need === "once") return work(pixels);
      const kept = { ...pixels, data: pixels.data.slice() };
      return atGate(() => kept);
    }
    const kept = source.kind === "bytes" ? { ...source, bytes: Buffer.from(source.bytes) } : source;
    return atGate(() => readImage(kept, this.#parts, signal));
  }

  #infer(pixels: RgbImage, wanted: Wanted & Ids, signal: AbortSignal | undefined): Promise<NativeResult> {
    const ticket = this.#parts.engine.score({ ...pixels, ...wanted });
    return abortable(ticket.promise, signal, () => ticket.cancel());
  }

  /** One view after the other, so that an image never has more than one waiting at the engine. */
  async #inferViews(
    pixels: RgbImage,
    count: number,
    ids: Ids,
    signal: AbortSignal | undefined,
  ): Promise<NativeResult[]> {
    const room = new Uint8Array(pixels.data.length);
    const results: NativeResult[] = [];
    for (const view of drawViews(pixels, count)) {
      const shown = await copyView(pixels, view, room);
      throwIfAborted(signal);
      results.push(await this.#infer(shown, ids, signal));
    }
    return results;
  }

  #checkSize(image: RgbImage): RgbImage {
    checkSize("The raw pixels", image.width, image.height, this.#parts.maxPixels);
    return image;
  }
}

/** What else a pass of the network may give. */
export type Wanted = Pick<NativeRequest, "embedding" | "explain">;

type Ids = Pick<NativeRequest, "text">;

function idsOf(text: TokenizedPrompt | undefined): Ids {
  return text === undefined ? {} : { text: text.ids };
}

function toItem(item: BatchItem): { readonly image: ImageInput; readonly prompt?: string | undefined } {
  return typeof item === "object" && item !== null && "image" in item ? item : { image: item };
}

function checkPrompt(prompt: unknown): void {
  if (prompt === undefined || typeof prompt === "string") return;
  throw new EliqError("ERR_INVALID_ARGUMENT", `The prompt must be a string; a ${typeof prompt} was given.`);
}

function errorOf(result: unknown): EliqError | undefined {
  return (result as { error?: EliqError }).error;
}
