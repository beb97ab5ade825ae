/** `eliq pairs build`. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { formatSeconds } from "../../../native/report.js";
import { type BuildResult, buildPairs } from "../../../pairs/build/build.js";
import { type BuildOptions, defaultBuildOptions as defaults } from "../../../pairs/build/options.js";
import { interruptible } from "../../interrupt.js";
import { numberOption } from "../../options.js";
import { createPhaseReporter } from "../../phases.js";
import { exitCode, UsageError } from "../../usage.js";

const help = `Usage: eliq pairs build --data <folder|manifest.jsonl> --out <folder> [options]

Makes a pair manifest from good images: chains of damaged copies, edited and exchanged prompts, and which side of each pair
is better. Killed or stopped with Ctrl-C, the same command goes on where it ended, and the result is the same byte for byte.

Input:
  --data <path>          folder of good images, or a list (JSON Lines: path, prompt, generator, strength or released, kind,
                         group, licence, provenance)
  --negatives <file>     pictures that are worse than images of the list, e.g. negatives.jsonl of \`eliq pairs edit\` (JSON
                         Lines: path, negativeOf, both relative to the file, and aspects)
  --limit <n>            at most n images of the list
  --publishable          only images whose provenance and licence let a model trained on them be published
  --unsplash             with --publishable: also credited images under the Unsplash licence
  --share-alike          with --publishable: also images under CC BY-SA and the like
  --no-filter            keep images that are tiny, monochrome, degraded already or near-duplicates

Pairs:
  --families <a,b,…>     which families (default: all; \`eliq pairs stats --families\` lists them)
  --per-image <n>        chains of damage per image; 0: every family (default: ${defaults.perImage})
  --combinations <n>     chains of two or three damages per image (default: ${defaults.combinations})
  --pairings <n>         chains of edited or exchanged prompts and images per prompt; 0: all (default: ${defaults.pairings})
  --test-share <x>       share of groups in the test split (default: ${defaults.testShare})
  --seed <n>             (default: ${defaults.seed})

Pictures:
  --max-pixels <n>       images are reduced to at most n pixels (default: ${defaults.maxPixels})
  --files                write every picture; otherwise the recipes in the manifest make them again when they are read
  --jpeg <quality>       store pictures as JPEG of this quality (default: lossless, all files equally long)

Run:
  --out <folder>         folder to write: manifest.jsonl, skipped.jsonl and, with --files, images/
  --workers <n>          threads (default: one per processor, ${availableParallelism()} here)
  -h, --help             this text

Examples:
  eliq pairs build --data renders --out pairs
  eliq pairs build --data renders/manifest.jsonl --out pairs --files --per-image 0 --test-share 0.2

Exit codes: 0 done; 2 wrong usage; 3 cannot run; 130 interrupted (the same command goes on).
`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const options = {
  data: text,
  negatives: text,
  limit: text,
  publishable: flag,
  unsplash: flag,
  "share-alike": flag,
  "no-filter": flag,
  families: text,
  "per-image": text,
  combinations: text,
  pairings: text,
  "test-share": text,
  seed: text,
  "max-pixels": text,
  files: flag,
  jpeg: text,
  out: text,
  workers: text,
  help: { type: "boolean", short: "h" },
} as const;

/** @returns the exit code; errors are thrown, ERR_ABORTED when stopped among them. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const { data, out } = values;
  if (data === undefined) throw new UsageError("--data is missing: a folder of good images, or a list of them.");
  if (out === undefined) throw new UsageError("--out is missing: the folder to write the pairs to.");
  const number = (name: keyof typeof values, otherwise: number) => numberOption(values, name, otherwise);
  const jpeg = values.jpeg === undefined ? undefined : number("jpeg", 0);
  if (jpeg !== undefined && !(Number.isInteger(jpeg) && jpeg >= 1 && jpeg <= 100))
    throw new UsageError(`--jpeg takes a whole number from 1 to 100, not "${values.jpeg}".`);
  await build({
    data,
    out,
    negatives: values.negatives,
    limit: number("limit", defaults.limit),
    publishable: values.publishable ?? false,
    unsplash: values.unsplash ?? false,
    shareAlike: values["share-alike"] ?? false,
    filter: !values["no-filter"],
    families: values.families?.split(",").map((name) => name.trim()) ?? defaults.families,
    perImage: number("per-image", defaults.perImage),
    combinations: number("combinations", defaults.combinations),
    pairings: number("pairings", defaults.pairings),
    testShare: number("test-share", defaults.testShare),
    seed: number("seed", defaults.seed),
    maxPixels: number("max-pixels", defaults.maxPixels),
    files: values.files ?? false,
    encoding: jpeg === undefined ? defaults.encoding : { format: "jpeg", quality: jpeg, chromaSubsampling: "4:4:4" },
    workers: number("workers", availableParallelism()),
  });
  return exitCode.ok;
}

async function build(options: BuildOptions): Promise<void> {
  const started = performance.now();
  const reporter = createPhaseReporter({ scan: "Scanning", render: "Rendering" });
  try {
    const result = await interruptible((signal) => buildPairs(options, { signal, onProgress: reporter.report }));
    reporter.finish();
    printResult(result, (performance.now() - started) / 1000);
  } finally {
    reporter.finish();
  }
}

function printResult({ manifest, end, unchanged }: BuildResult, seconds: number): void {
  const skipped = Object.entries(end.skipped).map(([reason, count]) => `${count} ${reason}`);
  const lines = [
    unchanged
      ? `${manifest} is there already, made with the same options.`
      : `Wrote ${manifest} in ${formatSeconds(seconds)}.`,
    `${end.units} images, ${end.images} pictures, ${end.relations} relations.`,
    skipped.length > 0 ? `Left out (see skipped.jsonl): ${skipped.join(", ")}.` : "No image was left out.",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
