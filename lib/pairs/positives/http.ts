/** Requests to model servers: JSON over HTTP with retries, rate limits, time and size limits; keys never show in a message. */
import PQueue from "p-queue";
import pRetry from "p-retry";
import { onAbort } from "../../batching/abort.js";
import { abortedError, EliqError, throwIfAborted } from "../../errors.js";
import { displayUrl } from "../../images/source.js";

/** How a request is made, and how often it is tried. */
export interface RequestOptions {
  /** GET unless there is a body. */
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a FormData as multipart/form-data. */
  readonly body?: unknown;
  /** For one try, from its start to the last byte; 120,000 unless told. Node's fetch waits at most 300,000 for an answer's head. */
  readonly timeoutMs?: number;
  /** Further tries after the first; 5 unless told. */
  readonly retries?: number;
  /** Shared by the requests that must keep one limit; each try counts. */
  readonly limiter?: RequestLimiter;
  readonly signal?: AbortSignal | undefined;
  /** Longer answers are refused; 64 MiB unless told. */
  readonly maxBytes?: number;
  readonly backoff?: Backoff;
  /** Waits between tries; a timer unless told. */
  readonly delay?: Delay;
}

/** Waits before retry k (from 0): min(firstMs * 2^k, maxMs), or longer where the server's Retry-After says so. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A server that asks for a longer wait is given up. */
  readonly maxRetryAfterMs: number;
}

export type Delay = (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;

export const defaultBackoff: Backoff = { firstMs: 1000, maxMs: 60_000, maxRetryAfterMs: 600_000 };

const defaultTimeout = 120_000;
const defaultRetries = 5;
const defaultMaxBytes = 64 * 1024 * 1024;
/** As much of a server's own words as a message quotes. */
const quotedLength = 300;

/**
 * A request that failed. ERR_INVALID_ARGUMENT: the request itself is at fault (address, key, quota, parameters), so that the next
 * one would fail too; ERR_URL_FETCH: what the server or the network did.
 */
export class RequestError extends EliqError {
  /** HTTP status; undefined when no whole answer came. */
  readonly status: number | undefined;
  /** The error answer: parsed JSON, or text; undefined when there was none. */
  readonly answer: unknown;
  /** The server's own words on one line, without keys; "" when it gave none. */
  readonly words: string;
  /** Another try may help. */
  readonly retryable: boolean;
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: "ERR_INVALID_ARGUMENT" | "ERR_URL_FETCH",
    message: string,
    details: {
      status?: number;
      answer?: unknown;
      words?: string;
      retryable?: boolean;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(code, message, { cause: details.cause });
    this.status = details.status;
    this.answer = details.answer;
    this.words = details.words ?? "";
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Bounds how many requests run at once and how many start in a minute. */
export class RequestLimiter {
  readonly #queue: PQueue;
  #holdUntil = 0;

  /** @throws EliqError ERR_INVALID_ARGUMENT for limits that are not above 0. */
  constructor({
    requestsPerMinute = Number.POSITIVE_INFINITY,
    concurrency = 1,
  }: {
    requestsPerMinute?: number;
    concurrency?: number;
  } = {}) {
    if (!(requestsPerMinute > 0)) throw invalid("The requests per minute must be a number above 0.");
    if (!(concurrency >= 1)) throw invalid("The number of requests at once must be 1 or more.");
    const evenly = { interval: Math.ceil(60_000 / requestsPerMinute), intervalCap: 1, strict: true };
    this.#queue = new PQueue({ concurrency, ...(Number.isFinite(requestsPerMinute) ? evenly : {}) });
  }

  /** Runs `task` when its turn has come. Rejects with the signal's reason when aborted before that or meanwhile. */
  run<T>(task: () => Promise<T>, signal: AbortSignal | undefined, delay: Delay): Promise<T> {
    const turn = async () => {
      const held = this.#holdUntil - performance.now();
      if (held > 0) await delay(held, signal);
      return task();
    };
    return this.#queue.add(turn, signal ? { signal } : {});
  }

  /** Starts nothing for so long: a server that sends one client away sends the client's other requests away too. */
  hold(milliseconds: number): void {
    this.#holdUntil = Math.max(this.#holdUntil, performance.now() + milliseconds);
  }
}

/**
 * Requests JSON. Timeouts, network failures, answers that are not JSON, and statuses 408, 425, 429 and 5xx are tried again.
 *
 * @returns the parsed answer, of whatever shape it has.
 * @throws EliqError ERR_ABORTED; otherwise {@link RequestError}.
 */
export async function requestJson(url: string | URL, options: RequestOptions = {}): Promise<unknown> {
  return retrying(parseUrl(url), options, "application/json", ({ bytes, mediaType, where }) => {
    try {
      return JSON.parse(Buffer.from(bytes).toString("utf8")) as unknown;
    } catch (cause) {
      const what = bytes.length === 0 ? "an empty answer" : `an answer of type "${mediaType}" that is not JSON`;
      const message = `${where} sent ${what}. Check that the address is the API's and not a web page's.`;
      throw new RequestError("ERR_URL_FETCH", message, { retryable: true, cause });
    }
  });
}

/** Requests bytes, with the same care as {@link requestJson}. `mediaType` is lower case without parameters, "" when not given. */
export async function requestBytes(
  url: string | URL,
  options: RequestOptions = {},
): Promise<{ bytes: Uint8Array; mediaType: string }> {
  return retrying(parseUrl(url), options, "*/*", ({ bytes, mediaType }) => ({ bytes, mediaType }));
}

/** A timer that an abort ends. */
export const wait: Delay = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError(signal));
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, milliseconds);
    const forget = signal
      ? onAbort(signal, () => {
          clearTimeout(timer);
          reject(abortedError(signal));
        })
      : () => false;
  });

interface Answer {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** The URL as messages show it. */
  readonly where: string;
}

async function retrying<T>(url: URL, options: RequestOptions, accept: string, read: (answer: Answer) => T): Promise<T> {
  const { signal, limiter, retries = defaultRetries, backoff = defaultBackoff, delay = wait } = options;
  throwIfAborted(signal);
  const headers = buildHeaders(options, accept);
  const attempt = async () => {
    try {
      return read(await send(url, options, headers));
    } catch (error) {
      // While this request still has its place, so that no other one slips through.
      const { retryAfterMs = 0 } = error as { retryAfterMs?: number };
      if (retryAfterMs <= backoff.maxRetryAfterMs) limiter?.hold(retryAfterMs);
      throw error;
    }
  };
  try {
    return await pRetry(() => (limiter ? limiter.run(attempt, signal, delay) : attempt()), {
      retries,
      // The waiting is done below, where Retry-After is known.
      minTimeout: 0,
      shouldRetry: ({ error }) => error instanceof RequestError && error.retryable,
      async onFailedAttempt({ error, attemptNumber, retriesLeft }) {
        if (!(error instanceof RequestError) || !error.retryable || retriesLeft === 0) return;
        const { retryAfterMs = 0 } = error;
        if (retryAfterMs > backoff.maxRetryAfterMs) throw error;
        await delay(
          Math.max(retryAfterMs, Math.min(backoff.firstMs * 2 ** (attemptNumber - 1), backoff.maxMs)),
          signal,
        );
      },
    });
  } catch (error) {
    if (signal?.aborted) throw abortedError(signal);
    throw error;
  }
}

/** One try. */
async function send(url: URL, options: RequestOptions, headers: Headers): Promise<Answer> {
  const { body, method = body === undefined ? "GET" : "POST", timeoutMs = defaultTimeout, signal } = options;
  const { maxBytes = defaultMaxBytes } = options;
  const where = displayUrl(url);
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, timeoutMs);
  const forget = signal ? onAbort(signal, () => controller.abort()) : () => false;
  try {
    throwIfAborted(signal);
    const payload = body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) };
    const response = await fetch(url, { method, headers, ...payload, redirect: "manual", signal: controller.signal });
    const bytes = await readBody(response, maxBytes, where);
    const mediaType = (response.headers.get("content-type")?.split(";", 1)[0] ?? "").trim().toLowerCase();
    if (!response.ok) throw statusError(response, bytes, where, secretsOf(url, headers));
    return { bytes, mediaType, where };
  } catch (cause) {
    if (signal?.aborted) throw abortedError(signal);
    if (cause instanceof EliqError) throw cause;
    throw networkError(cause, where, timedOut ? timeoutMs : undefined);
  } finally {
    clearTimeout(timer);
    forget();
  }
}

async function readBody(response: Response, maxBytes: number, where: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > maxBytes)
      throw new RequestError(
        "ERR_URL_FETCH",
        `${where} sent more than ${maxBytes} bytes, which is the limit. Ask for smaller or fewer images at once.`,
        { status: response.status },
      );
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function networkError(cause: unknown, where: string, timeoutMs: number | undefined): RequestError {
  const message =
    timeoutMs === undefined
      ? `${where} could not be reached: ${reasonOf(cause)}. Check that the server runs and that the address is right.`
      : `${where} did not answer within ${timeoutMs / 1000} s. Allow more time, or ask for smaller images.`;
  return new RequestError("ERR_URL_FETCH", message, { retryable: true, cause });
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const inner = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  return inner ? `${message} (${inner})` : message;
}

function statusError(response: Response, bytes: Uint8Array, where: string, secrets: readonly string[]): RequestError {
  const { status } = response;
  const text = Buffer.from(bytes).toString("utf8");
  const answer = parseLeniently(text);
  const words = redact(serverText(answer), secrets);
  const said = `${where} answered with status ${status}${words === "" ? "" : ` ("${words}")`}.`;
  const advice = adviceOf(status, answer, response.headers.get("location"));
  if (advice !== undefined)
    return new RequestError("ERR_INVALID_ARGUMENT", `${said} ${advice}`, { status, answer, words });
  const retryable = status === 408 || status === 425 || status === 429 || status >= 500;
  const retryAfterMs = retryAfter(response.headers.get("retry-after"));
  const what = retryable ? "The server is busy or failing; try again later, with fewer requests a minute." : "";
  return new RequestError("ERR_URL_FETCH", `${said} ${what}`.trimEnd(), {
    status,
    answer,
    words,
    retryable,
    retryAfterMs,
  });
}

/** What to change, where the request is at fault; undefined where it is not. */
function adviceOf(status: number, answer: unknown, location: string | null): string | undefined {
  if (status >= 300 && status < 400)
    return location === null
      ? "Give the address that the API answers at."
      : "It redirects, and keys are not sent on. Give the address that it redirects to.";
  if (status === 401 || status === 403) return "Check the API key and what it may do.";
  if (status === 402 || errorField(answer, "code") === "insufficient_quota")
    return "The account has no credit left: top it up, then run the same again.";
  if (status === 404 || status === 405) return "Check the endpoint's address and the name of the model.";
  if (status === 400 || status === 413 || status === 415 || status === 422)
    return "The server does not accept these parameters; change them.";
  return undefined;
}

/**
 * A text field of an error answer, as servers that follow OpenAI's `{"error": {"message", "code", "type"}}` send it, or one of
 * the answer itself (`{"detail": ...}` of FastAPI servers).
 */
export function errorField(answer: unknown, name: string): string | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const record = answer as Record<string, unknown>;
  const inner = record.error;
  const value = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[name] : undefined;
  const found = value ?? record[name];
  return typeof found === "string" ? found : undefined;
}

function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The words of an error answer on one line; a web page has none worth quoting. */
function serverText(answer: unknown): string {
  if (typeof answer === "string") return /^\s*</.test(answer) ? "" : oneLine(answer);
  for (const name of ["message", "detail", "error", "errors"]) {
    const found = errorField(answer, name);
    if (found) return oneLine(found);
  }
  return answer === null || answer === undefined ? "" : oneLine(JSON.stringify(answer));
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > quotedLength ? `${line.slice(0, quotedLength)}…` : line;
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now; undefined when there is none. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Math.ceil(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function parseUrl(url: string | URL): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw invalid(`"${String(url)}" is not a URL. Give one such as http://127.0.0.1:8080/v1.`);
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:")
    throw invalid(`The endpoint's address must start with http:// or https://, not "${parsed.protocol}".`);
  if (parsed.username !== "" || parsed.password !== "")
    throw invalid("Leave name and password out of the endpoint's address, and give the key as an option.");
  return parsed;
}

function buildHeaders({ headers = {}, body }: RequestOptions, accept: string): Headers {
  try {
    // A form names its own type, with the boundary between its parts.
    const json = body !== undefined && !(body instanceof FormData);
    const content: Record<string, string> = json ? { "content-type": "application/json" } : {};
    return new Headers({ accept, ...content, ...headers });
  } catch {
    // The cause quotes the value, which may be a key.
    throw invalid("A request header or the API key holds characters that HTTP does not allow, such as a line break.");
  }
}

/** Values that must not be quoted, should a server repeat them. */
function secretsOf(url: URL, headers: Headers): string[] {
  const values = [...url.searchParams.values()];
  for (const [name, value] of headers)
    if (/authorization|key|token|secret|cookie/i.test(name)) values.push(value, value.split(" ").at(-1) as string);
  return values.filter((value) => value.length >= 4).sort((a, b) => b.length - a.length);
}

function redact(text: string, secrets: readonly string[]): string {
  const plain = secrets.reduce((line, secret) => line.replaceAll(secret, "[key]"), text);
  // Some servers repeat a key in part, e.g. "sk-ab********yz".
  return plain.replaceAll(/\b(sk|key|hf)[-_][\w*.-]{6,}/gi, "[key]").replaceAll(/\S*\*{3,}\S*/g, "[key]");
}

function invalid(message: string): EliqError {
  return new EliqError("ERR_INVALID_ARGUMENT", message);
}
