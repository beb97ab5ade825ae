/** `eliq pairs edit`: negatives from good images, by an image-editing API. */
import { parseArgs } from "node:util";
import {
  type EditHooks,
  type EditImagesOptions,
  editImages,
  previewEdits,
} from "../../../pairs/editing/edit-images.js";
import { editInstructions } from "../../../pairs/editing/instructions.js";
import { adapterOptions, beginHelp, keyVariable, requestOptions, runRequests } from "../../image-requests.js";
import { decimalOf, wholeOf } from "../../options.js";
import { exitCode, UsageError } from "../../usage.js";

const defects = editInstructions.map(({ defect }) => defect);

const help = `Usage: eliq pairs edit --data <folder|manifest.jsonl> --endpoint <url> --out <folder> [options]

Has an image-editing model (…/images/edits) spoil the crop, light or colours of good images, and writes the pictures with a
negatives.jsonl that \`eliq pairs build --negatives\` takes. Says first how many pictures that is, what they cost and how
much room they take. Killed or stopped with Ctrl-C, the same command goes on where it ended.

  --data <path>            folder of good images, or a list of them, as for \`eliq pairs build\`
  --limit <n>              only the first n images
  --endpoint <url>         address of the API, e.g. https://api.openai.com/v1 or http://127.0.0.1:8080/v1
  --model <name>           model on the server
  --parameters <json>      further fields of the request, e.g. '{"quality":"high"}'
  --key-from <variable>    environment variable with the API key, or with name:password (default: ${keyVariable})
  --out <folder>           where pictures and negatives.jsonl go; failures are listed in failures.jsonl

Pictures:
  --per-image <n>          edited pictures of each image, each with another defect (default: 2)
  --defects <a,b,…>        defects that are drawn from (default: all)
  --seed <n>               decides which image gets which defects (default: 0)

Requests:
  --concurrency <n>        requests at once (default: 1)
  --requests-per-minute <n>  requests begun in a minute (default: no limit)
  --retries <n>            further tries of a failed request (default: 5)
  --timeout <s>            for an answer (default: 300)
${beginHelp}

Defects: ${defects.join(", ").replaceAll(/(.{90,110}?), /g, "$1,\n  ")}.

Examples:
  eliq pairs edit --data renders --endpoint http://127.0.0.1:8080/v1 --model qwen-image-edit --out edits
  eliq pairs build --data renders --negatives edits/negatives.jsonl --out pairs

Exit codes: 0 all there; 1 some pictures failed; 2 wrong usage or refused settings; 3 cannot run; 130 interrupted.
`;

const text = { type: "string" } as const;
const options = {
  ...requestOptions,
  data: text,
  "per-image": text,
  defects: text,
  "requests-per-minute": text,
} as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const wanted = toOptions(values);
  const preview = await previewEdits(wanted);
  const requests = {
    label: "Editing",
    out: wanted.out,
    preview,
    of: `${preview.goodImages} good images`,
    nameOf: ({ negativeOf, defect }: { negativeOf: string; defect: string }) => `${negativeOf}, ${defect}`,
    work: (hooks: EditHooks) => editImages(wanted, hooks),
  };
  return runRequests(requests, values);
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

function toOptions(values: Values): EditImagesOptions {
  const { data, out } = values;
  if (data === undefined) throw new UsageError("--data is missing: a folder of good images, or a list of them.");
  if (out === undefined) throw new UsageError("--out is missing: the folder for the edited pictures.");
  const requestsPerMinute = decimalOf(values, "requests-per-minute", Number.MIN_VALUE);
  return {
    data,
    out,
    server: adapterOptions(values, requestsPerMinute, 300),
    perImage: wholeOf(values, "per-image", 1),
    defects: values.defects?.split(",").map((name) => name.trim()),
    seed: wholeOf(values, "seed", 0),
    limit: wholeOf(values, "limit", 1),
    concurrency: wholeOf(values, "concurrency", 1),
    pricePerImage: decimalOf(values, "price", 0),
    requestsPerMinute,
  };
}
