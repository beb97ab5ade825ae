/** `eliq pairs generate`: pictures from prompts, by an image-generation API. */
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { parseArgs } from "node:util";
import { Automatic1111 } from "../../../pairs/positives/automatic1111.js";
import { ComfyUi } from "../../../pairs/positives/comfyui.js";
import {
  type GenerateHooks,
  type GenerateOptions,
  type GeneratorPlan,
  generatePositives,
  type PositivePrompt,
  previewPositives,
} from "../../../pairs/positives/generate.js";
import type { ImageGenerator } from "../../../pairs/positives/generator.js";
import { OpenAiImages } from "../../../pairs/positives/openai-images.js";
import { loadPrompts } from "../../../pairs/prompts/load.js";
import { shippedPrompts } from "../../../pairs/prompts/shipped.js";
import { adapterOptions, beginHelp, keyVariable, requestOptions, runRequests } from "../../image-requests.js";
import { decimalOf, wholeOf } from "../../options.js";
import { exitCode, UsageError } from "../../usage.js";

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
${beginHelp}

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
  const run = {
    label: "Generating",
    out: options.out,
    preview,
    of: `${preview.prompts} prompts`,
    nameOf: ({ promptId }: { promptId: string }) => promptId,
    work: (hooks: GenerateHooks) => generatePositives(options, hooks),
  };
  return runRequests(run, values);
}

const text = { type: "string" } as const;

function parse(args: string[]) {
  return parseArgs({
    args,
    options: {
      ...requestOptions,
      prompts: text,
      adapter: text,
      workflow: text,
      size: text,
      "per-prompt": text,
      name: text,
      strength: text,
      released: text,
      licence: text,
      provenance: text,
      "per-minute": text,
    },
  }).values;
}

type Values = ReturnType<typeof parse>;

async function toOptions(values: Values): Promise<GenerateOptions> {
  const { prompts, out } = values;
  if (prompts === undefined) throw new UsageError('--prompts is missing: a file of prompts, or "shipped".');
  if (out === undefined) throw new UsageError("--out is missing: the folder for the pictures.");
  const limit = wholeOf(values, "limit", 1) ?? Number.POSITIVE_INFINITY;
  return {
    prompts: () => limited(readPrompts(prompts), limit),
    generators: [await toPlan(values)],
    out,
    seed: wholeOf(values, "seed", 0) ?? 0,
    concurrency: wholeOf(values, "concurrency", 1) ?? 1,
    ...(values.licence === undefined ? {} : { licence: values.licence }),
    ...(values.provenance === undefined ? {} : { provenance: values.provenance }),
  };
}

async function toPlan(values: Values): Promise<GeneratorPlan> {
  const { adapter = "openai", model, released, size = "1024x1024" } = values;
  if (!isAdapter(adapter)) throw new UsageError(`--adapter must be one of ${adapters.join(", ")}.`);
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size) ?? [];
  if (width === undefined) throw new UsageError(`--size must look like 1024x1024, not "${size}".`);
  const perMinute = decimalOf(values, "per-minute", Number.MIN_VALUE);
  const strength = decimalOf(values, "strength", Number.NEGATIVE_INFINITY);
  const price = decimalOf(values, "price", 0);
  return {
    name: values.name ?? model ?? adapter,
    generator: await toGenerator(adapter, values),
    width: Number(width),
    height: Number(height),
    imagesPerPrompt: wholeOf(values, "per-prompt", 1) ?? 1,
    ...(strength === undefined ? {} : { strength }),
    ...(released === undefined ? {} : { released }),
    ...(price === undefined ? {} : { pricePerImage: price }),
    ...(perMinute === undefined ? {} : { requestsPerMinute: perMinute }),
  };
}

async function toGenerator(adapter: Adapter, values: Values): Promise<ImageGenerator> {
  const { workflow } = values;
  const perMinute = decimalOf(values, "per-minute", Number.MIN_VALUE);
  const options = adapterOptions(values, perMinute, adapter === "comfyui" ? 600 : 300);
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
