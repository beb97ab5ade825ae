/** From a prompt to the token ids that a model's sentence encoder reads. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tokenizer } from "@huggingface/tokenizers";
import { EliqError } from "../errors.js";
import type { TextConfig } from "./config.js";
import { FieldReader } from "./fields.js";

/** A prompt as the model reads it. */
export interface TokenizedPrompt {
  /** Token ids, special tokens among them: 2 or more, and `maxTokens` of the model at most. */
  readonly ids: Int32Array;
  /** Whether the prompt's end was cut off. */
  readonly truncated: boolean;
  /** How many tokens the prompt has, special tokens among them; of its first 20,000 characters where it has more. */
  readonly tokens: number;
}

/** The tokenizer of one model directory. Its files are read when the first prompt comes. */
export class PromptTokenizer {
  readonly #path: string;
  readonly #text: TextConfig;
  #reading: Promise<PromptEncoding> | undefined;

  /**
   * @param directory of the model; tokenizer.json lies there.
   * @param text what config.json says of the text side.
   */
  constructor(directory: string, text: TextConfig) {
    this.#path = join(directory, "tokenizer.json");
    this.#text = text;
  }

  /**
   * @param prompt user text: names of special tokens in it, such as "[SEP]", are text like any other.
   * @throws EliqError ERR_INVALID_ARGUMENT for what is no string or holds no token; ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT or
   *   ERR_MODEL_UNSUPPORTED for tokenizer.json.
   */
  async encode(prompt: string): Promise<TokenizedPrompt> {
    if (typeof prompt !== "string") throw invalid(`The prompt must be a string; a ${typeof prompt} was given.`);
    if (prompt === "") throw emptyPrompt();
    // A failure is not kept: the next prompt tries again.
    this.#reading ??= readTokenizer(this.#path, this.#text).catch((error: unknown) => {
      this.#reading = undefined;
      throw error;
    });
    return (await this.#reading)(prompt);
  }
}

type PromptEncoding = (prompt: string) => TokenizedPrompt;

/** How many special tokens stand before and after the prompt's own. */
interface Frame {
  readonly before: number;
  readonly after: number;
}

async function readTokenizer(path: string, text: TextConfig): Promise<PromptEncoding> {
  const json = parse(await read(path), path);
  const frame = frameOf(json, path, text);
  const tokenizer = await construct(json, path);
  return (prompt) => encode(tokenizer, prompt, frame, path, text);
}

/**
 * UTF-16 units of a prompt that are looked at. Tokenizing runs on JavaScript's thread, which a megabyte would block for most of a
 * second; this many hold far more tokens than a model reads.
 */
const longestRead = 20_000;

function encode(tokenizer: Tokenizer, prompt: string, frame: Frame, path: string, text: TextConfig): TokenizedPrompt {
  const all: number[] = tokenizer.encode(wellFormed(prompt.slice(0, longestRead))).ids;
  if (all.length <= frame.before + frame.after) throw emptyPrompt();
  if (!all.every((id) => Number.isInteger(id) && id >= 0 && id < text.vocabulary)) {
    throw corrupt(path, "it gives tokens that are not in the model's vocabulary");
  }
  const tooMany = all.length > text.maxTokens;
  const truncated = tooMany || prompt.length > longestRead;
  const end = all.length - frame.after;
  const ids = tooMany ? [...all.slice(0, text.maxTokens - frame.after), ...all.slice(end)] : all;
  return { ids: Int32Array.from(ids), truncated, tokens: all.length };
}

/**
 * Unpaired surrogates become U+FFFD, and a capital sigma the sigma that lower-casing letter by letter gives, as the reference
 * tokenizer does; JavaScript lower-cases it by its place in the word.
 */
function wellFormed(prompt: string): string {
  return Buffer.from(prompt).toString().replaceAll("Σ", "σ");
}

/** Without the list of added tokens, nothing in a user's text is taken for a special token. */
async function construct(json: object, path: string): Promise<Tokenizer> {
  const { Tokenizer } = await import("@huggingface/tokenizers");
  const plain = { ...json, added_tokens: [] };
  try {
    const tokenizer = new Tokenizer(plain, {});
    tokenizer.encode("a");
    return tokenizer;
  } catch (cause) {
    throw corrupt(path, (cause as Error).message, cause);
  }
}

/** The frame that the template of single texts gives. */
function frameOf(json: object, path: string, { maxTokens }: TextConfig): Frame {
  const fields = new FieldReader(json, path);
  if (fields.has("normalizer") && !fields.object("normalizer").boolean("lowercase"))
    throw unsupported(path, "a cased tokenizer");
  const kinds = { model: fields.object("model").string("type"), frame: fields.object("post_processor").string("type") };
  if (kinds.model !== "WordPiece" || kinds.frame !== "TemplateProcessing") {
    throw unsupported(path, `a ${kinds.model} tokenizer with ${kinds.frame}`);
  }
  const { single } = (json as { post_processor: { single?: unknown } }).post_processor;
  const before = Array.isArray(single) ? single.findIndex((part) => part?.Sequence !== undefined) : -1;
  if (!Array.isArray(single) || before < 0) throw corrupt(path, "its template has no place for the text");
  const after = single.length - before - 1;
  if (before + after >= maxTokens) throw corrupt(path, "its special tokens alone fill what the model reads");
  return { before, after };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new EliqError(
      "ERR_MODEL_NOT_FOUND",
      `${path} is missing or unreadable; a model with a text side needs it. Restore the model directory.`,
      { cause },
    );
  }
}

function parse(text: string, path: string): object {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(path, (cause as Error).message, cause);
  }
  new FieldReader(json, path);
  return json as object;
}

function corrupt(path: string, fault: string, cause?: unknown): EliqError {
  const message = `${path} is not a sound tokenizer: ${fault}. Restore the model directory.`;
  return new EliqError("ERR_MODEL_CORRUPT", message, { cause });
}

function unsupported(path: string, found: string): EliqError {
  return new EliqError(
    "ERR_MODEL_UNSUPPORTED",
    `${path} is ${found}; this version of eliq reads uncased WordPiece with TemplateProcessing. Update eliq or use another model.`,
  );
}

function invalid(message: string): EliqError {
  return new EliqError("ERR_INVALID_ARGUMENT", message);
}

function emptyPrompt(): EliqError {
  return invalid("The prompt holds no text. Give what the image was asked to show, or leave the prompt out.");
}
