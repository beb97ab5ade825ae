/** What commands share that ask a server for many pictures: numbers, key and limits, the preview, the question, the report. */
import { createInterface } from "node:readline/promises";
import { EliqError } from "../errors.js";
import { formatSeconds } from "../native/report.js";
import type { AdapterOptions } from "../pairs/positives/generator.js";
import { RequestLimiter } from "../pairs/positives/http.js";
import type { RequestHooks, RequestPreview, RequestSummary } from "../pairs/positives/image-requests.js";
import { interruptible } from "./interrupt.js";
import { wholeOf } from "./options.js";
import { createProgress } from "./progress.js";
import { exitCode, UsageError } from "./usage.js";

/** The environment variable that holds the key unless another is named. */
export const keyVariable = "ELIQ_API_KEY";
/** More pictures, or a higher price, are not begun at a mere "y". */
const askedAtMost = { requests: 1000, price: 20 };

/** The part of a help text that describes the options below which begin a run. */
export const beginHelp = `  --price <x>              of a picture, for the preview
  --yes                    begin without asking; needed where no terminal is, and above ${askedAtMost.requests} pictures or a
                           price of ${askedAtMost.price}
  --preview                only print the preview
  -h, --help               this text`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

/** For `parseArgs`: options of every such command. */
export const requestOptions = {
  endpoint: text,
  model: text,
  parameters: text,
  "key-from": text,
  out: text,
  limit: text,
  seed: text,
  concurrency: text,
  retries: text,
  timeout: text,
  price: text,
  yes: flag,
  preview: flag,
  help: { type: "boolean", short: "h" },
} as const;

/** Their values as parseArgs gives them. */
export type RequestValues = {
  readonly [K in keyof typeof requestOptions]?: (typeof requestOptions)[K]["type"] extends "string" ? string : boolean;
};

/**
 * How the server is asked.
 *
 * @param requestsPerMinute no limit unless told.
 * @param timeout default, s.
 * @throws UsageError
 */
export function adapterOptions(
  values: RequestValues,
  requestsPerMinute: number | undefined,
  timeout: number,
): AdapterOptions {
  const { endpoint, model, "key-from": variable } = values;
  if (endpoint === undefined) throw new UsageError("--endpoint is missing: the address of the API.");
  const apiKey = process.env[variable ?? keyVariable];
  if (variable !== undefined && !apiKey)
    throw new UsageError(`--key-from: the environment has no variable ${variable}.`);
  const concurrency = wholeOf(values, "concurrency", 1) ?? 1;
  return {
    endpoint,
    model,
    apiKey,
    parameters: parseObject(values.parameters),
    limiter: new RequestLimiter({ concurrency, ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }) }),
    timeoutMs: 1000 * (wholeOf(values, "timeout", 1) ?? timeout),
    retries: wholeOf(values, "retries", 0) ?? 5,
  };
}

function parseObject(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw new UsageError(`--parameters must be a JSON object such as {"steps":30}, not "${json}".`);
}

/** A run, and what is said of it. */
export interface RequestRun<A extends object> {
  /** Label of the progress bar. */
  readonly label: string;
  readonly out: string;
  readonly preview: RequestPreview;
  /** What the pictures are of, e.g. "12 prompts". */
  readonly of: string;
  /** How a failure's picture is called. */
  nameOf(place: A): string;
  work(hooks: RequestHooks<A>): Promise<RequestSummary>;
}

/**
 * Shows the preview, asks where that is needed, and works, with a progress bar and until Ctrl-C.
 *
 * @returns the exit code.
 * @throws UsageError where there is nobody to ask.
 */
export async function runRequests<A extends object>(run: RequestRun<A>, values: RequestValues): Promise<number> {
  const { preview, out } = run;
  process.stderr.write(`${describePreview(run)}\n`);
  if (values.preview) return exitCode.ok;
  if (preview.requests > 0 && !values.yes && !(await confirmed(preview))) return exitCode.interrupted;
  try {
    const { made, kept, failed } = await withProgress(run);
    const failures = failed === 0 ? "" : ` ${failed} failed, see failures.jsonl; the same command tries them again.`;
    process.stderr.write(`Made ${made} pictures, ${kept} were there, in ${out}.${failures}\n`);
    return failed > 0 ? exitCode.someFailed : exitCode.ok;
  } catch (error) {
    if (!(error instanceof EliqError) || error.code !== "ERR_ABORTED") throw error;
    process.stderr.write(`Interrupted. What was made is in ${out}; the same command goes on.\n`);
    return exitCode.interrupted;
  }
}

function describePreview<A extends object>({ preview, of, out }: RequestRun<A>): string {
  const { images, kept, requests, price, bytes, minutes } = preview;
  const lines = [`${images} pictures of ${of}, ${kept} of them in ${out} already.`];
  if (requests === 0) return lines.join("\n");
  const parts = [`${requests} requests, about ${formatBytes(bytes)}`];
  if (price !== undefined) parts.push(`price ${price.toFixed(2)}`);
  parts.push(minutes === undefined ? "time not known" : `at least ${formatSeconds(60 * minutes)} at the rate limit`);
  return [...lines, `To be made: ${parts.join(", ")}. Retries come on top.`].join("\n");
}

function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

async function confirmed({ requests, price = 0 }: RequestPreview): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UsageError("No terminal is there to ask at. Add --yes to begin.");
  if (requests > askedAtMost.requests || price > askedAtMost.price)
    throw new UsageError("That is much. Add --yes to begin, or --limit for a trial.");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question("Begin? [y/N] ")).trim());
  } finally {
    terminal.close();
  }
}

async function withProgress<A extends object>({
  label,
  preview,
  nameOf,
  work,
}: RequestRun<A>): Promise<RequestSummary> {
  const progress = createProgress({ label, total: preview.requests });
  try {
    return await interruptible((signal) =>
      work({
        signal,
        onProgress: ({ made, failed }) => progress.update(made + failed, failed > 0 ? `${failed} failed` : ""),
        onFailure(failure) {
          progress.clear();
          process.stderr.write(`${nameOf(failure)}: ${failure.message}\n`);
        },
      }),
    );
  } finally {
    progress.finish();
  }
}
