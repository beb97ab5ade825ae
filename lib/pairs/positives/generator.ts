/** What an image generator behind an HTTP API is to the rest, and what its adapters share. */
import { EliqError } from "../../errors.js";
import { sniffFormat } from "../../images/format.js";
import {
  type Backoff,
  type Delay,
  errorField,
  RequestError,
  type RequestLimiter,
  type RequestOptions,
  requestBytes,
} from "./http.js";

/** A picture to be made. */
export interface ImageRequest {
  readonly prompt: string;
  /** 0 to 2^31 - 1; servers that know no seeds ignore it. */
  readonly seed: number;
  /** Wanted size, px. */
  readonly width: number;
  readonly height: number;
  readonly signal?: AbortSignal | undefined;
}

/** A picture as a server sent it; nothing of it is checked yet. */
export interface GeneratedImage {
  readonly bytes: Uint8Array;
  /** By the first bytes, e.g. "image/png"; "" for what is no picture. */
  readonly mediaType: string;
  /** The seed that the server says it used. */
  readonly seed?: number;
  /** What else the server says of the picture. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** A text-to-image model. */
export interface ImageGenerator {
  /** Of the API, for messages. */
  readonly name: string;
  /** Everything besides the request that shapes a picture; pictures made with other settings are other pictures. */
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * Makes a picture.
   *
   * @throws EliqError ERR_ABORTED; ERR_INVALID_ARGUMENT when the settings are at fault, so that all requests would fail;
   *   ERR_URL_FETCH when this one failed, a refused prompt included.
   */
  generate(request: ImageRequest): Promise<GeneratedImage>;
}

/** What every adapter is told. */
export interface AdapterOptions {
  /** The API's address, e.g. http://127.0.0.1:8080/v1. */
  readonly endpoint: string;
  /** Name of the model on the server. */
  readonly model?: string | undefined;
  /** Sent in the header that the API expects; never in a message. */
  readonly apiKey?: string | undefined;
  /** Further fields of the request, as the API names them. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly limiter?: RequestLimiter;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly backoff?: Backoff;
  readonly delay?: Delay;
}

/** The part of the options that concerns each request. */
export function transportOf(options: AdapterOptions): RequestOptions {
  const { limiter, timeoutMs, retries, backoff, delay } = options;
  return {
    ...(limiter === undefined ? {} : { limiter }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retries === undefined ? {} : { retries }),
    ...(backoff === undefined ? {} : { backoff }),
    ...(delay === undefined ? {} : { delay }),
  };
}

/** An address below an endpoint, however many slashes either has. */
export function urlBelow(endpoint: string, path: string): string {
  return `${endpoint.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
}

/** A key as a bearer token; a pair "name:password" as HTTP Basic, which self-hosted servers use. */
export function authorization(apiKey: string | undefined): Record<string, string> {
  if (apiKey === undefined || apiKey === "") return {};
  const basic = /^[^:\s]+:[^\s]+$/.test(apiKey);
  return { authorization: basic ? `Basic ${Buffer.from(apiKey).toString("base64")}` : `Bearer ${apiKey}` };
}

/** Base64, with or without a data URL's head, as a picture. */
export function fromBase64(text: string): GeneratedImage {
  const bytes = Buffer.from(text.startsWith("data:") ? text.slice(text.indexOf(",") + 1) : text, "base64");
  return { bytes, mediaType: mediaTypeOf(bytes) };
}

/** By the first bytes; "" for what is no picture. */
export function mediaTypeOf(bytes: Uint8Array): string {
  const format = sniffFormat(bytes);
  return format === undefined ? "" : `image/${format}`;
}

/** A picture in the answer of an OpenAI-compatible server: its bytes, or where they are. */
export interface AnsweredPicture {
  readonly b64_json?: string | null | undefined;
  readonly url?: string | null | undefined;
}

/**
 * The bytes of an answered picture. A `url` is fetched from the endpoint's own host or over https only; the key goes to the
 * endpoint's own host only.
 *
 * @param name of the server, for messages.
 * @throws EliqError ERR_URL_FETCH when the answer has no picture, points elsewhere, or the download fails; ERR_ABORTED.
 */
export async function pictureOf(
  name: string,
  { b64_json: base64, url }: AnsweredPicture,
  options: AdapterOptions,
  signal: AbortSignal | undefined,
): Promise<GeneratedImage> {
  if (base64) return fromBase64(base64);
  if (!url) throw brokenAnswer(name, "has neither `b64_json` nor `url`");
  if (url.startsWith("data:")) return fromBase64(url);
  const { origin } = new URL(options.endpoint);
  const address = URL.canParse(url, options.endpoint) ? new URL(url, options.endpoint) : undefined;
  // Otherwise a server could have us read addresses that only this machine can reach.
  if (!address || (address.origin !== origin && address.protocol !== "https:"))
    throw brokenAnswer(name, "points to a picture that is neither on the endpoint's host nor behind https");
  const { limiter: _, ...transport } = transportOf(options);
  const headers = address.origin === origin ? authorization(options.apiKey) : {};
  try {
    const { bytes } = await requestBytes(address, { ...transport, headers, signal });
    return { bytes, mediaType: mediaTypeOf(bytes) };
  } catch (error) {
    throw downloadFailure(error);
  }
}

/** An answer of the right status but the wrong content. */
export function brokenAnswer(name: string, what: string): RequestError {
  return new RequestError("ERR_URL_FETCH", `The ${name} server's answer ${what}.`, { status: 200 });
}

/** How servers name a refusal to draw a prompt, in the error's code or message. */
const refusal = /content.?(policy|filter|moderation)|moderation|safety|unsafe|nsfw|flagged|not allowed by our/i;
/** Statuses with which prompts are refused. */
const refusalStatuses = new Set([400, 403, 422, 451]);

/** A prompt that the server will not draw; others may be drawn. */
export class PromptRefusal extends RequestError {
  constructor(error: RequestError) {
    const said = `status ${error.status ?? "unknown"}${error.words === "" ? "" : `: "${error.words}"`}`;
    super("ERR_URL_FETCH", `The server refuses this prompt (${said}). Change the prompt, or leave it out.`, {
      ...(error.status === undefined ? {} : { status: error.status }),
      answer: error.answer,
      words: error.words,
      cause: error,
    });
  }
}

/**
 * A {@link PromptRefusal} where the error is one: refusals come with the same statuses as faults of the settings. Any other error comes
 * back as it is.
 */
export function refusedPrompt(error: unknown): unknown {
  if (!(error instanceof RequestError) || !refusalStatuses.has(error.status ?? 0)) return error;
  const fields = ["code", "type", "message", "detail"].map((name) => errorField(error.answer, name) ?? "");
  return refusal.test(fields.join(" ")) ? new PromptRefusal(error) : error;
}

/** A failed download after a picture was made: never the settings' fault. */
export function downloadFailure(error: unknown): unknown {
  if (!(error instanceof EliqError) || error.code !== "ERR_INVALID_ARGUMENT") return error;
  return new RequestError("ERR_URL_FETCH", `The picture could not be downloaded. ${error.message}`, { cause: error });
}
