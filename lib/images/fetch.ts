/** Images over HTTP: only where the caller allowed it, with limits of size, time and redirections. */
import { EliqError } from "../errors.js";
import { displayUrl } from "./source.js";

/** true: every http(s) URL; a function is asked for each URL, also for those that a server redirects to. */
export type AllowUrls = boolean | ((url: URL) => boolean);

const maxBytes = 256 * 1024 * 1024;
const timeout = 30_000;
const maxRedirections = 5;

/**
 * Fetches an encoded image.
 *
 * @throws EliqError ERR_URL_REFUSED where not allowed; ERR_URL_FETCH on a failed request, more than 256 MB, more than 30 s or
 * more than five redirections. The abort of `signal` rejects with whatever `fetch` makes of it.
 */
export async function fetchImage(url: URL, allowUrls: AllowUrls, signal?: AbortSignal): Promise<Uint8Array> {
  const deadline = AbortSignal.timeout(timeout);
  const combined = signal ? AbortSignal.any([signal, deadline]) : deadline;
  try {
    return await readBody(await request(url, allowUrls, combined), url);
  } catch (cause) {
    if (cause instanceof EliqError || signal?.aborted) throw cause;
    const reason = deadline.aborted ? `no answer within ${timeout / 1000} s` : reasonOf(cause);
    throw new EliqError("ERR_URL_FETCH", `${displayUrl(url)} could not be fetched: ${reason}.`, { cause });
  }
}

async function request(start: URL, allowUrls: AllowUrls, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let redirections = 0; redirections <= maxRedirections; redirections++) {
    checkAllowed(url, allowUrls);
    const response = await fetch(url, { redirect: "manual", signal, headers: { accept: "image/*" } });
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location) {
      await response.body?.cancel();
      url = new URL(location, url);
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new EliqError(
        "ERR_URL_FETCH",
        `${displayUrl(url)} answered with status ${response.status} ${response.statusText}`.trimEnd().concat("."),
      );
    }
    return response;
  }
  throw new EliqError("ERR_URL_FETCH", `${displayUrl(start)} redirects more than ${maxRedirections} times.`);
}

function checkAllowed(url: URL, allowUrls: AllowUrls): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new EliqError("ERR_URL_REFUSED", `A redirection to a URL of scheme "${url.protocol}" is not followed.`);
  }
  if (allowUrls === true || (typeof allowUrls === "function" && allowUrls(url))) return;
  throw new EliqError(
    "ERR_URL_REFUSED",
    `${displayUrl(url)} is not fetched, because URLs were not allowed. Load with { allowUrls: true }, or pass --allow-urls.`,
  );
}

async function readBody(response: Response, url: URL): Promise<Uint8Array> {
  const tooBig = () =>
    new EliqError(
      "ERR_URL_FETCH",
      `${displayUrl(url)} is larger than ${maxBytes / 1024 / 1024} MB, which is the limit.`,
    );
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) {
    await response.body?.cancel();
    throw tooBig();
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > maxBytes) throw tooBig();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
