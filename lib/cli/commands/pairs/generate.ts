/** `eliq pairs generate`: pictures from prompts, by an image-generation API. */
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { EliqError } from "../../../errors.js";
import { formatSeconds } from "../../../native/report.js";
import { Automatic1111 } from "../../../pairs/positives/automatic1111.js";
import { ComfyUi } from "../../../pairs/positives/comfyui.js";
import {
  type GenerateOptions,
  type GeneratePreview,
  type GenerateSummary,
  type GeneratorPlan,
  generatePositives,
  type PositivePrompt,
  previewPositives,
} from "../../../pairs/positives/generate.js";
import type { AdapterOptions, ImageGenerator } from "../../../pairs/positives/generator.js";
import { RequestLimiter } from "../../../pairs/positives/http.js";
import { OpenAiImages } from "../../../pairs/positives/openai-images.js";
import { loadPrompts } from "../../../pairs/prompts/load.js";
import { shippedPrompts } from "../../../pairs/prompts/shipped.js";
import { interruptible } from "../../interrupt.js";
import { createProgress } from "../../progress.js";
import { exitCode, UsageError } from "../../usage.js";

const keyVariable = "ELIQ_API_KEY";
/** More pictures, or a higher price, are not begun at a mere "y". */
const askedAtMost = { requests: 1000, price: 20 };

export const help = `Usage: eliq pairs generate --prompts <file|shipped> --endpoint <url> --out <folder> [options]

Has an image generator draw prompts, and writes the pictures with a manifest.jsonl that \`eliq pairs build\` and
\`eliq train\` read. Says first how many pictures that is, what they cost and how much room they take. Killed or
stopped with Ctrl-C, the same command goes on where it ended; several generators share a folder by one run each.

  --prompts <file>         prompts as .txt, .jsonl, .csv or PartiPrompts .tsv; "shipped": those that eliq comes with
  --limit <n>              only the first n prompts
  --endpoint <url>         address of the API, e.g. https://api.openai.com/v1 or http://127.0.0.1:7860
  --adapter <name>         openai (…/images/generations; the default), automatic1111 (…/sdapi/v1/txt2img) or comfyui
  --model <name>           model on the server
  --workflow <file>        comfyui: workflow in API format with {{prompt}}, {{seed}}, {{width}}, {{height}}, {{model}}
  --parameters <json>      further fields of the request, e.g. '{"quality":"high"}' or '{"steps":30}'
  --key-from <variable>    environment variable with the API key, or with name:password (default: ${keyVariable})
  --out <folder>           where pictures and manifest.jsonl go; failures are listed in failures.jsonl

Pictures:
  --size <w>x<h>           (default: 1024x1024)
  --per-prompt <n>         pictures of each prompt (default: 1)
  --seed <n>               pictures' seeds follow from it, where the server takes seeds (default: 0)

For the manifest:
  --name <name>            the generator's name (default: the model's, or the adapter's)
  --strength <x>           larger is stronger; orders generators of one prompt
  --released <date>        release date of the generator, in place of --strength
  --licence <text>         licence of the pictures (default: "not stated")
  --provenance <text>      their origin (default: "not stated")

Requests:
  --concurrency <n>        requests at once (default: 1)
  --per-minute <n>         requests begun in a minute (default: no limit)
  --retries <n>            further tries of a failed request (default: 5)
  --timeout <s>            for an answer (default: 300; comfyui: 600)
  --price <x>              of a picture, for the preview
  --yes                    begin without asking; needed where no terminal is, and above ${askedAtMost.requests} pictures or a
                           price of ${askedAtMost.price}
  --preview                only print the preview
  -h, --help               this text

Examples:
  eliq pairs generate --prompts shipped --endpoint http://127.0.0.1:8080/v1 --model flux.1-dev --out positives
  eliq pairs generate --prompts my.txt --endpoint http://127.0.0.1:7860 --adapter automatic1111 --parameters '{"steps":30}' \\
    --name sdxl --strength 2 --out positives --yes

Exit codes: 0 all there; 1 some pictures failed; 2 wrong usage or refused settings; 3 cannot run; 130 interrupted.
`;

const adapters = ["openai", "automatic1111", "comfyui"] as const;
type Adapter = (typeof adapters)[number];

/**
 * @param args the command line after `pairs generate`.
 * @returns the exit code.
 */
export async function run(args: string[]): Promise<number> {
  const values = parse(args);
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const options = await toOptions(values);
  const preview = await previewPositives(options);
  process.stderr.write(`${describePreview(preview, options)}\n`);
  if (values.preview) return exitCode.ok;
  if (preview.requests > 0 && !values.yes && !(await confirmed(preview))) return exitCode.interrupted;
  try {
    const summary = await generate(options, preview);
    process.stderr.write(`${describeSummary(summary, options.out)}\n`);
    return summary.failed > 0 ? exitCode.someFailed : exitCode.ok;
  } catch (error) {
    if (!(error instanceof EliqError) || error.code !== "ERR_ABORTED") throw error;
    process.stderr.write(`Interrupted. What was made is in ${options.out}; the same command goes on.\n`);
    return exitCode.interrupted;
  }
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

function parse(args: string[]) {
  return parseArgs({
    args,
    options: {
      prompts: text,
      limit: text,
      endpoint: text,
      adapter: text,
      model: text,
      workflow: text,
      parameters: text,
      "key-from": text,
      out: text,
      size: text,
      "per-prompt": text,
      seed: text,
      name: text,
      strength: text,
      released: text,
      licence: text,
      provenance: text,
      concurrency: text,
      "per-minute": text,
      retries: text,
      timeout: text,
      price: text,
      yes: flag,
      preview: flag,
      help: { type: "boolean", short: "h" },
    },
  }).values;
}

type Values = ReturnType<typeof parse>;

async function toOptions(values: Values): Promise<GenerateOptions> {
  const { prompts, out } = values;
  if (prompts === undefined) throw new UsageError('--prompts is missing: a file of prompts, or "shipped".');
  if (out === undefined) throw new UsageError("--out is missing: the folder for the pictures.");
  const limit = numberOf(values, "limit", 1) ?? Number.POSITIVE_INFINITY;
  return {
    prompts: () => limited(readPrompts(prompts), limit),
    generators: [await toPlan(values)],
    out,
    seed: numberOf(values, "seed", 0) ?? 0,
    concurrency: numberOf(values, "concurrency", 1) ?? 1,
    ...(values.licence === undefined ? {} : { licence: values.licence }),
    ...(values.provenance === undefined ? {} : { provenance: values.provenance }),
  };
}

async function toPlan(values: Values): Promise<GeneratorPlan> {
  const { adapter = "openai", model, released, size = "1024x1024" } = values;
  if (!isAdapter(adapter)) throw new UsageError(`--adapter must be one of ${adapters.join(", ")}.`);
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size) ?? [];
  if (width === undefined) throw new UsageError(`--size must look like 1024x1024, not "${size}".`);
  const perMinute = decimalOf(values, "per-minute");
  const strength = decimalOf(values, "strength");
  const price = decimalOf(values, "price");
  return {
    name: values.name ?? model ?? adapter,
    generator: await toGenerator(adapter, values),
    width: Number(width),
    height: Number(height),
    imagesPerPrompt: numberOf(values, "per-prompt", 1) ?? 1,
    ...(strength === undefined ? {} : { strength }),
    ...(released === undefined ? {} : { released }),
    ...(price === undefined ? {} : { pricePerImage: price }),
    ...(perMinute === undefined ? {} : { requestsPerMinute: perMinute }),
  };
}

async function toGenerator(adapter: Adapter, values: Values): Promise<ImageGenerator> {
  const { endpoint, model, workflow, "key-from": variable } = values;
  if (endpoint === undefined) throw new UsageError("--endpoint is missing: the address of the API.");
  const key = process.env[variable ?? keyVariable];
  if (variable !== undefined && !key) throw new UsageError(`--key-from: the environment has no variable ${variable}.`);
  const requestsPerMinute = decimalOf(values, "per-minute");
  const concurrency = numberOf(values, "concurrency", 1) ?? 1;
  const options: AdapterOptions = {
    endpoint,
    model,
    apiKey: key,
    parameters: parseObject(values.parameters),
    limiter: new RequestLimiter({ concurrency, ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }) }),
    timeoutMs: 1000 * (numberOf(values, "timeout", 1) ?? (adapter === "comfyui" ? 600 : 300)),
    retries: numberOf(values, "retries", 0) ?? 5,
  };
  if (adapter === "openai") return new OpenAiImages(options);
  if (adapter === "automatic1111") return new Automatic1111(options);
  if (workflow === undefined) throw new UsageError("--workflow is missing: comfyui needs a workflow in API format.");
  return new ComfyUi({ ...options, workflow: await readWorkflow(workflow) });
}

function isAdapter(name: string): name is Adapter {
  return adapters.some((adapter) => adapter === name);
}

async function readWorkflow(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch (cause) {
    throw new UsageError(`--workflow: ${path} cannot be read as JSON (${(cause as Error).message}).`, { cause });
  }
}

function parseObject(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw new UsageError(`--parameters must be a JSON object such as {"steps":30}, not "${json}".`);
}

type Name = keyof Values;

function decimalOf(values: Values, name: Name): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  const least = name === "strength" ? Number.NEGATIVE_INFINITY : name === "price" ? 0 : Number.MIN_VALUE;
  if (given !== "" && Number.isFinite(value) && value >= least) return value;
  throw new UsageError(`--${name} takes a number${least > 0 ? " above 0" : ""}, not "${given}".`);
}

function numberOf(values: Values, name: Name, least: number): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} must be a whole number of ${least} or more, not "${given}".`);
}

/** Prompts without an id of their own are called by their file and line. */
async function* readPrompts(source: string): AsyncGenerator<PositivePrompt, void, void> {
  if (source === "shipped") {
    yield* await shippedPrompts();
    return;
  }
  const name = basename(source, extname(source));
  let number = 0;
  for await (const { id, text: prompt, categories } of loadPrompts(source)) {
    number++;
    yield { id: id ?? `${name}-${number}`, text: prompt, ...(categories === undefined ? {} : { categories }) };
  }
}

async function* limited<T>(items: AsyncIterable<T>, limit: number): AsyncGenerator<T, void, void> {
  let count = 0;
  for await (const item of items) {
    if (count++ >= limit) return;
    yield item;
  }
}

function describePreview(preview: GeneratePreview, { out }: GenerateOptions): string {
  const { prompts, images, kept, requests, price, bytes, minutes } = preview;
  const lines = [`${images} pictures of ${prompts} prompts, ${kept} of them in ${out} already.`];
  if (requests === 0) return lines.join("\n");
  const parts = [`${requests} requests, about ${formatBytes(bytes)}`];
  if (price !== undefined) parts.push(`price ${price.toFixed(2)}`);
  parts.push(minutes === undefined ? "time not known" : `at least ${formatSeconds(60 * minutes)} at the rate limit`);
  return [...lines, `To be made: ${parts.join(", ")}. Retries come on top.`].join("\n");
}

function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

async function confirmed({ requests, price = 0 }: GeneratePreview): Promise<boolean> {
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

async function generate(options: GenerateOptions, { images, kept }: GeneratePreview): Promise<GenerateSummary> {
  const progress = createProgress({ label: "Generating", total: images - kept });
  try {
    return await interruptible((signal) =>
      generatePositives(options, {
        signal,
        onProgress: ({ made, failed }) => progress.update(made + failed, failed > 0 ? `${failed} failed` : ""),
        onFailure({ promptId, message }) {
          progress.clear();
          process.stderr.write(`${promptId}: ${message}\n`);
        },
      }),
    );
  } finally {
    progress.finish();
  }
}

function describeSummary({ made, kept, failed }: GenerateSummary, out: string): string {
  const failures = failed === 0 ? "" : ` ${failed} failed, see failures.jsonl; the same command tries them again.`;
  return `Made ${made} pictures, ${kept} were there, in ${out}.${failures}`;
}
