/** Has a chat model write new prompts until every category has enough, and keeps those that pass the checks. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { EliqError, throwIfAborted } from "../../errors.js";
import { endOfLastLine } from "../../files/lines.js";
import { type RequestOptions, requestJson } from "../positives/http.js";
import { Random } from "../random.js";
import { type Candidate, completionText, readCandidates } from "./chat-answer.js";
import { chatMessages } from "./chat-request.js";
import { DuplicateIndex } from "./duplicates.js";
import { checkText } from "./lint.js";
import { loadPrompts } from "./load.js";
import {
  categoryIds,
  isCategory,
  isFeature,
  type Prompt,
  type PromptCategory,
  promptSchema,
  wordsOf,
} from "./prompt.js";
import { shippedPrompts } from "./shipped.js";

export interface WriteOptions {
  /** Address of an OpenAI-compatible API, e.g. http://127.0.0.1:8080/v1; /chat/completions is added. */
  readonly endpoint: string;
  /** The model's name at the endpoint. */
  readonly model: string;
  /** JSON Lines file. What is in it counts, so that a run that was stopped goes on. */
  readonly out: string;
  /** Prompts wanted of each category; a prompt of two categories counts for both. 20 unless told. */
  readonly perCategory?: number | undefined;
  /** Categories wanted; all unless told. */
  readonly categories?: readonly PromptCategory[] | undefined;
  /** The environment variable that holds the API key. OPENAI_API_KEY unless told; without it no key is sent. */
  readonly apiKeyEnv?: string | undefined;
  /** Files of prompts that must not be repeated, besides the shipped ones. */
  readonly avoid?: readonly string[] | undefined;
  /** Chooses the examples, and is passed on to the API with each request's own offset. 0 unless told. */
  readonly seed?: number | undefined;
  /** Sent as given; the server's own default unless told. */
  readonly temperature?: number | undefined;
  /** Prompts asked for at once; 10 unless told. */
  readonly batch?: number | undefined;
  /** Rounds over all unfilled categories without one new prompt, after which the endpoint is given up; 3 unless told. */
  readonly patience?: number | undefined;
  /** Retries, rate limit and time limit of the requests. */
  readonly request?: Pick<RequestOptions, "backoff" | "delay" | "limiter" | "retries" | "timeoutMs">;
  readonly signal?: AbortSignal | undefined;
  /** Called after each answer. */
  readonly onProgress?: ((progress: WriteProgress) => void) | undefined;
}

/** Why prompts that a model gave were left out. */
export type Rejection = "duplicate" | "unfit" | "other-category" | "not-needed" | "unreadable-answer";

export interface WriteProgress {
  /** Prompts that count, over all wanted categories; `wanted` when every quota is filled. */
  readonly filled: number;
  readonly wanted: number;
  /** Prompts that this run added. */
  readonly added: number;
  readonly requests: number;
  readonly counts: Readonly<Record<PromptCategory, number>>;
  /** What this run left out. An answer without any prompt counts once, as "unreadable-answer". */
  readonly rejected: Readonly<Record<Rejection, number>>;
}

const defaults = { perCategory: 20, seed: 0, batch: 10, patience: 3, apiKeyEnv: "OPENAI_API_KEY" };
const examplesShown = 4;
const latestShown = 8;

/**
 * Asks for prompts, category by category, until every quota is filled. Each prompt is checked, compared with the shipped ones,
 * those of `avoid` and those of `out`, and appended to `out` at once; a run that fails or is stopped keeps what it has, and the
 * same call goes on from there.
 *
 * @returns what was reached.
 * @throws EliqError ERR_INVALID_ARGUMENT for options or a file that make no sense, or a request that the server refuses;
 * ERR_URL_FETCH when the endpoint cannot be reached or brings nothing new; ERR_IO; ERR_ABORTED.
 */
export async function writePrompts(options: WriteOptions): Promise<WriteProgress> {
  check(options);
  throwIfAborted(options.signal);
  const headers = authorization(options);
  const set = await PromptSet.open(options);
  try {
    const writer = new Writer(options, set, headers);
    await writer.run();
    return writer.progress();
  } finally {
    await set.close();
  }
}

function check({
  perCategory = 1,
  batch = 1,
  patience = 1,
  seed = 0,
  categories,
  temperature,
  model,
}: WriteOptions): void {
  for (const [name, value] of Object.entries({ perCategory, batch, patience }))
    if (!Number.isSafeInteger(value) || value < 1) throw invalid(`${name} must be a whole number of 1 or more.`);
  if (!Number.isSafeInteger(seed)) throw invalid("The seed must be a whole number.");
  if (model === "") throw invalid("The model's name is empty.");
  if (categories?.length === 0) throw invalid("No category is wanted.");
  const unknown = categories?.find((name) => !isCategory(name));
  if (unknown !== undefined) throw invalid(`There is no category "${unknown}"; there are ${categoryIds.join(", ")}.`);
  if (temperature !== undefined && !(temperature >= 0)) throw invalid("The temperature must be 0 or more.");
}

function authorization({ apiKeyEnv }: WriteOptions): Record<string, string> {
  const key = process.env[apiKeyEnv ?? defaults.apiKeyEnv]?.trim();
  if (key) return { authorization: `Bearer ${key}` };
  if (apiKeyEnv === undefined) return {};
  throw invalid(`The environment variable ${apiKeyEnv}, which should hold the API key, is not set.`);
}

class Writer {
  readonly #options: WriteOptions;
  readonly #set: PromptSet;
  readonly #headers: Record<string, string>;
  readonly #url: string;
  readonly #quota: number;
  readonly #wanted: readonly PromptCategory[];
  readonly #rejected: Record<Rejection, number>;
  /** Requests for a category that brought nothing. */
  readonly #fruitless = new Map<PromptCategory, number>();
  #requests = 0;
  #added = 0;

  constructor(options: WriteOptions, set: PromptSet, headers: Record<string, string>) {
    this.#options = options;
    this.#set = set;
    this.#headers = headers;
    this.#url = completionsUrl(options.endpoint);
    this.#quota = options.perCategory ?? defaults.perCategory;
    this.#wanted = categoryIds.filter((category) => options.categories?.includes(category) ?? true);
    this.#rejected = { duplicate: 0, unfit: 0, "other-category": 0, "not-needed": 0, "unreadable-answer": 0 };
  }

  async run(): Promise<void> {
    const patience = this.#options.patience ?? defaults.patience;
    let stalled = 0;
    while (this.#wanted.some((category) => this.#missing(category) > 0)) {
      const before = this.#added;
      for (const category of this.#wanted) if (this.#missing(category) > 0) await this.#ask(category);
      stalled = this.#added === before ? stalled + 1 : 0;
      if (stalled === patience) throw this.#noProgress(stalled);
    }
  }

  progress(): WriteProgress {
    const filled = this.#wanted.map((category) => Math.min(this.#quota, this.#set.counts[category]));
    return {
      filled: filled.reduce((sum, count) => sum + count, 0),
      wanted: this.#quota * this.#wanted.length,
      added: this.#added,
      requests: this.#requests,
      counts: { ...this.#set.counts },
      rejected: { ...this.#rejected },
    };
  }

  #missing(category: PromptCategory): number {
    return Math.max(0, this.#quota - this.#set.counts[category]);
  }

  async #ask(category: PromptCategory): Promise<void> {
    const { seed = defaults.seed, batch = defaults.batch, model, temperature, request, signal } = this.#options;
    // From what the file has, not from a counter: a run that goes on asks what an unbroken run would have asked.
    const fruitless = this.#fruitless.get(category) ?? 0;
    const random = new Random(seed, "prompts", category, this.#set.size, fruitless);
    const body = {
      model,
      messages: chatMessages(
        { category, count: Math.min(batch, this.#missing(category)), ...this.#set.shown(category, random) },
        random,
      ),
      seed: random.uint32() >>> 1,
      ...(temperature === undefined ? {} : { temperature }),
    };
    const before = this.#added;
    this.#requests++;
    const answer = await requestJson(this.#url, { ...request, headers: this.#headers, body, signal });
    const candidates = readCandidates(completionText(answer) ?? "");
    if (candidates.length === 0) this.#rejected["unreadable-answer"]++;
    for (const candidate of candidates) await this.#take(candidate, category);
    if (this.#added === before) this.#fruitless.set(category, fruitless + 1);
    this.#options.onProgress?.(this.progress());
  }

  /** Keeps a prompt when it fills a gap. */
  async #take(candidate: Candidate, asked: PromptCategory): Promise<void> {
    const given = candidate.categories.map((name) => name.trim().toLowerCase()).filter(isCategory);
    const labels = given.length > 0 ? given : [asked];
    const categories = categoryIds.filter((category) => labels.includes(category));
    const rejection = this.#judge(candidate.text, categories, asked);
    if (rejection !== undefined) {
      this.#rejected[rejection]++;
      return;
    }
    const features = [...new Set(candidate.features.map((name) => name.trim().toLowerCase()).filter(isFeature))];
    await this.#set.append({ id: idOf(candidate.text), text: candidate.text, categories, features });
    this.#added++;
  }

  #judge(text: string, categories: readonly PromptCategory[], asked: PromptCategory): Rejection | undefined {
    if (checkText(text).length > 0) return "unfit";
    if (this.#set.repeats(text)) return "duplicate";
    const fills = this.#wanted.some((category) => categories.includes(category) && this.#missing(category) > 0);
    if (fills) return undefined;
    return categories.includes(asked) ? "not-needed" : "other-category";
  }

  #noProgress(rounds: number): EliqError {
    const gaps = this.#wanted.filter((category) => this.#missing(category) > 0);
    const missing = gaps.map((category) => `${this.#missing(category)} of ${category}`).join(", ");
    const reasons = Object.entries(this.#rejected).filter(([, count]) => count > 0);
    const why = reasons.map(([reason, count]) => `${count} ${reason}`).join(", ");
    return new EliqError(
      "ERR_URL_FETCH",
      `The model "${this.#options.model}" brought no new prompt in ${rounds} rounds (left out so far: ${why}); missing: ${missing}. ` +
        `What there is was kept in ${this.#options.out}. Try another model, seed or temperature, or ask for fewer.`,
    );
  }
}

function completionsUrl(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  if (!url.pathname.endsWith("/chat/completions"))
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/chat/completions`;
  return url.href;
}

/** The same words have the same id in any set. */
function idOf(text: string): string {
  return `w${createHash("sha256").update(wordsOf(text).join(" ")).digest("hex").slice(0, 12)}`;
}

/** The prompts of the output file, and what must not be repeated. */
class PromptSet {
  readonly counts = Object.fromEntries(categoryIds.map((category) => [category, 0])) as Record<PromptCategory, number>;
  readonly #index = new DuplicateIndex();
  readonly #latest = new Map<PromptCategory, string[]>();
  readonly #examples: readonly Prompt[];
  readonly #file: FileHandle;
  readonly #path: string;
  #size = 0;

  private constructor(examples: readonly Prompt[], file: FileHandle, path: string) {
    this.#examples = examples;
    this.#file = file;
    this.#path = path;
  }

  static async open({ out, avoid = [] }: WriteOptions): Promise<PromptSet> {
    const examples = await shippedPrompts();
    const file = await openForAppend(out);
    const set = new PromptSet(examples, file, out);
    try {
      for (const { text } of examples) set.#index.add(text);
      for (const path of avoid) for await (const { text } of loadPrompts(path)) set.#index.add(text);
      for await (const { place, ...entry } of loadPrompts(out, { format: "jsonl" })) {
        const parsed = promptSchema.safeParse(entry);
        if (!parsed.success) throw notOurs(place);
        set.#count(parsed.data);
      }
      return set;
    } catch (error) {
      await set.close();
      throw error;
    }
  }

  /** How many prompts the output file has. */
  get size(): number {
    return this.#size;
  }

  repeats(text: string): boolean {
    return this.#index.find(text) !== undefined;
  }

  /** What a request for the category shows: examples of the shipped set, and what the output file has already. */
  shown(category: PromptCategory, random: Random): { examples: Prompt[]; avoid: string[] } {
    const fitting = this.#examples.filter(({ categories }) => categories.includes(category));
    return { examples: random.shuffle(fitting).slice(0, examplesShown), avoid: this.#latest.get(category) ?? [] };
  }

  /** Writes whole lines, so that a kill tears at most the last, which the next run takes away. */
  async append(prompt: Prompt): Promise<void> {
    try {
      await this.#file.appendFile(`${JSON.stringify(prompt)}\n`);
    } catch (cause) {
      throw new EliqError("ERR_IO", `${this.#path} cannot be written: ${(cause as Error).message}.`, { cause });
    }
    this.#count(prompt);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #count({ text, categories }: Prompt): void {
    this.#size++;
    this.#index.add(text);
    for (const category of new Set(categories)) {
      this.counts[category]++;
      this.#latest.set(category, [...(this.#latest.get(category) ?? []), text].slice(-latestShown));
    }
  }
}

/** Opens the output, creates it when it is not there, and mends the end that a kill may have left. */
async function openForAppend(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, "a+");
    await mendEnd(file, path).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    return file;
  } catch (cause) {
    if (cause instanceof EliqError) throw cause;
    throw new EliqError("ERR_IO", `${path} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}

/** How every line begins that this module writes. */
const lineStart = '{"id":"w';

/** Takes an unfinished last line of ours away, and ends a finished one; refuses what somebody else wrote. */
async function mendEnd(file: FileHandle, path: string): Promise<void> {
  const { size } = await file.stat();
  const end = await endOfLastLine(file, size);
  if (end === size) return;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - end), 0, size - end, end);
  const tail = buffer.toString("utf8", 0, bytesRead);
  if (isWholeLine(tail)) await file.appendFile("\n");
  else if (tail.startsWith(lineStart) || lineStart.startsWith(tail)) await file.truncate(end);
  else throw notOurs(path);
}

function isWholeLine(line: string): boolean {
  try {
    return promptSchema.safeParse(JSON.parse(line)).success;
  } catch {
    return false;
  }
}

function notOurs(place: string): EliqError {
  return invalid(`${place} is no line of a set that eliq wrote. Give another file as output.`);
}

function invalid(message: string): EliqError {
  return new EliqError("ERR_INVALID_ARGUMENT", message);
}
