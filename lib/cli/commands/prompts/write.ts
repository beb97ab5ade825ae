/** `eliq prompts write`. */
import { parseArgs } from "node:util";
import { RequestLimiter } from "../../../pairs/positives/http.js";
import { categoryIds } from "../../../pairs/prompts/prompt.js";
import { type WriteOptions, type WriteProgress, writePrompts } from "../../../pairs/prompts/write.js";
import { interruptible } from "../../interrupt.js";
import { createProgress, type Progress } from "../../progress.js";
import { exitCode, UsageError } from "../../usage.js";
import { chooseFrom } from "./labels.js";

const help = `Usage: eliq prompts write --endpoint <url> --model <name> --out <file.jsonl> [options]

Has a chat model behind an OpenAI-compatible API write new prompts until every category has its number. Prompts that repeat
one of eliq's own, of the file or of --avoid are left out, and so are those that \`eliq prompts lint\` would find fault with.
Stopped with Ctrl-C or by an error, the same command goes on where it ended.

Options:
  --endpoint <url>          address of the API, e.g. http://127.0.0.1:8080/v1; /chat/completions is added
  --model <name>            name of the model at the endpoint
  --out <file>              JSON Lines file to append to
  --per-category <n>        prompts of each category; one of two categories counts for both (default: 20)
  --category <a,b>          only these categories
  --avoid <file>            prompts that must not be repeated; may be given several times
  --api-key-env <name>      environment variable that holds the API key (default: OPENAI_API_KEY, where it is set)
  --seed <n>                chooses the examples, and is passed on to the API (default: 0)
  --temperature <x>         passed on (default: the server's)
  --batch <n>               prompts asked for at once (default: 10)
  --patience <n>            rounds without a new prompt before giving up (default: 3)
  --requests-per-minute <n> (default: as fast as the answers come)
  --retries <n>             further tries of a request that failed (default: 5)
  --timeout <seconds>       for one request (default: 120)
  -h, --help                this text

Examples:
  eliq prompts write --endpoint http://127.0.0.1:8080/v1 --model my-model --out new.jsonl
  MY_KEY=… eliq prompts write --endpoint https://api.example.org/v1 --model large --api-key-env MY_KEY --out new.jsonl

Exit codes: 0 every category has its number; 1 the endpoint failed or brought nothing new; 2 wrong usage or a refused request;
3 the file cannot be written; 130 interrupted. What was written is kept.
`;

const text = { type: "string" } as const;
const options = {
  endpoint: text,
  model: text,
  out: text,
  "per-category": text,
  category: { type: "string", multiple: true },
  avoid: { type: "string", multiple: true },
  "api-key-env": text,
  seed: text,
  temperature: text,
  batch: text,
  patience: text,
  "requests-per-minute": text,
  retries: text,
  timeout: text,
  help: { type: "boolean", short: "h" },
} as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const writeOptions = toOptions(values);
  const progress = createProgress({ label: "Writing prompts" });
  const report = (now: WriteProgress) => {
    progress.setTotal(now.wanted);
    progress.update(now.filled, leftOut(now));
  };
  const result = await write({ ...writeOptions, onProgress: report }, progress);
  const note = leftOut(result);
  process.stderr.write(`Wrote ${result.added} prompts to ${writeOptions.out} in ${result.requests} requests.`);
  process.stderr.write(note === "" ? "\n" : ` Not kept: ${note}.\n`);
  return exitCode.ok;
}

async function write(options: WriteOptions, progress: Progress): Promise<WriteProgress> {
  try {
    return await interruptible((signal) => writePrompts({ ...options, signal }));
  } finally {
    progress.finish();
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

function toOptions(values: Values): WriteOptions {
  const required = (name: "endpoint" | "model" | "out") => {
    const value = values[name];
    if (!value) throw new UsageError(`--${name} is missing.`);
    return value;
  };
  const perMinute = number(values, "requests-per-minute", 1);
  const timeout = number(values, "timeout", 0.001);
  const retries = number(values, "retries", 0);
  return {
    endpoint: required("endpoint"),
    model: required("model"),
    out: required("out"),
    perCategory: number(values, "per-category", 1),
    categories: chooseFrom(categoryIds, values.category, "--category"),
    avoid: values.avoid,
    apiKeyEnv: values["api-key-env"],
    seed: number(values, "seed", Number.MIN_SAFE_INTEGER),
    temperature: number(values, "temperature", 0),
    batch: number(values, "batch", 1),
    patience: number(values, "patience", 1),
    request: {
      ...(perMinute === undefined ? {} : { limiter: new RequestLimiter({ requestsPerMinute: perMinute }) }),
      ...(timeout === undefined ? {} : { timeoutMs: 1000 * timeout }),
      ...(retries === undefined ? {} : { retries }),
    },
  };
}

function number(values: Values, name: keyof Values, least: number): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given !== "" && Number.isFinite(value) && value >= least) return value;
  throw new UsageError(`--${name} takes a number${least > 0 ? ` of ${least} or more` : ""}, not "${String(given)}".`);
}

function leftOut({ rejected }: WriteProgress): string {
  const some = Object.entries(rejected).filter(([, count]) => count > 0);
  return some.map(([reason, count]) => `${count} ${reason}`).join(", ");
}
