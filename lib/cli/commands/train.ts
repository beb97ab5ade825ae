/** `eliq train`: from a folder of good images to a model directory. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeAtomically } from "../../files/atomic.js";
import { packageRoot } from "../../native/paths.js";
import { defaultSeverities, families, isVisual } from "../../pairs/index.js";
import {
  type Architecture,
  defaultTrainOptions as defaults,
  readFigures,
  renderCard,
  type TrainingRecord,
  type TrainOptions,
  train,
} from "../../training/index.js";
import { interruptible } from "../interrupt.js";
import { numberOption } from "../options.js";
import { createPhaseReporter } from "../phases.js";
import { exitCode, UsageError } from "../usage.js";

export const help = `Usage: eliq train --data <folder|manifest.jsonl|pairs> --out <folder> [options]

Trains a critic from good images alone: it damages each of them in known ways and learns to put the good one first. No
human scores are used, and data that carry them are refused. Killed or stopped with Ctrl-C, the same command goes on
where it ended.

Data:
  --data <path>          folder of good images, manifest.jsonl (path, group, kind, licence, provenance), or the manifest
                         that \`eliq pairs build\` wrote: then its chains and its split are used
  --held-out <value>     share of groups kept for the report, or a second folder or manifest (default: ${defaults.heldOut})
  --publishable          only images whose provenance and licence let the model be published
  --unsplash             with --publishable: also credited images under the Unsplash licence
  --share-alike          with --publishable: also images under CC BY-SA and the like
  --limit <n>            at most n images, spread over the list

Negatives:
  --families <a,b,…>     which damages (default: all; see below)
  --per-image <n>        single damages per image, each at two severities (default: ${defaults.singles})
  --combinations <n>     two-step damages per image (default: ${defaults.combinations})
  --pool-seed <n>        seed of the negatives (default: ${defaults.poolSeed})

Model:
  --backbone <folder>    model whose tower is taken (default: the model that eliq comes with)
  --gate <kind>          softmax, or uniform: level gates fixed at 1/L
  --pool <kind>          queries, or mean: mean pooling in place of the query transformer
  --architecture <file>  JSON whose "input", "fusion", "query", "heads" replace the defaults' fields
  --name <name>          name in config.json and on the card (default: ${defaults.name})

Optimisation:
  --steps <n>            (default: ${defaults.steps})
  --batch <n>            images per step (default: ${defaults.batch.images})
  --chains <n>           damages of each of them in a step (default: ${defaults.batch.chains})
  --across <x>           pairs across images per pair within one (default: ${defaults.batch.across})
  --lr <x>               peak learning rate (default: ${defaults.learningRate})
  --weight-decay <x>     (default: ${defaults.weightDecay})
  --invariance <x>       weight of "what is not damaged must not move" (default: ${defaults.invarianceWeight})
  --diversity <x>        weight against queries that say the same (default: ${defaults.diversityWeight})
  --tokens <n>           cells shown of an image at a step; 0: all (default: ${defaults.regularization.tokensPerImage})
  --cell-noise <x>       noise on each cell's statistics (default: ${defaults.regularization.cellNoise})
  --image-noise <x>      noise shared by an image's cells (default: ${defaults.regularization.imageNoise})
  --tune-backbone        also train the tower (slow)
  --lr-backbone <x>      its learning rate (default: ${defaults.learningRateBackbone})
  --seed <n>             (default: ${defaults.seed})
  --threads <n>          threads of the network (default: one core is left for the negatives, so ${defaultThreads()} here);
                         1 makes runs repeat bit for bit

Files:
  --out <folder>         model directory to write
  --run <folder>         feature cache, checkpoint and log (default: <out>.run)
  --features <file>      feature cache, to share it between runs with the same data, negatives and tower
  --checkpoint-every <n> steps between checkpoints (default: ${defaults.checkpointEvery})
  --card-only            only write README.md of --out again, with the figures of its evaluation.json and notes.json
  --figures <file>       what \`eliq eval\` wrote, in place of evaluation.json; or any JSON like it:
                         { "tables": [{ "title", "protocol", "columns", "rows" }], "limits": [] }
  --help                 print this

Damages:
${wrap(families.filter(isVisual).map((family) => family.name))}

Examples:
  eliq train --data my-images --out my-critic
  eliq train --data manifest.jsonl --publishable --steps 1000 --seed 2 --out critic --run runs/2
`;

/**
 * @param args the command line after `train`.
 * @returns exit code: 0 when the model is written; errors are thrown, ERR_ABORTED when stopped among them.
 */
export async function run(args: string[]): Promise<number> {
  const values = parse(args);
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  if (values.out === undefined) throw new UsageError("--out is missing: the folder to write the model to.");
  if (values["card-only"]) await rewriteCard(values.out, values.figures);
  else await trainAndReport(await toOptions(values, args));
  return exitCode.ok;
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  return parseArgs({
    args,
    options: {
      data: text,
      "held-out": text,
      publishable: flag,
      unsplash: flag,
      "share-alike": flag,
      limit: text,
      families: text,
      "per-image": text,
      combinations: text,
      "pool-seed": text,
      backbone: text,
      gate: text,
      pool: text,
      architecture: text,
      name: text,
      steps: text,
      batch: text,
      chains: text,
      across: text,
      lr: text,
      "weight-decay": text,
      invariance: text,
      diversity: text,
      tokens: text,
      "cell-noise": text,
      "image-noise": text,
      "tune-backbone": flag,
      "lr-backbone": text,
      seed: text,
      threads: text,
      out: text,
      run: text,
      features: text,
      "checkpoint-every": text,
      "card-only": flag,
      figures: text,
      help: { type: "boolean", short: "h" },
    },
  }).values;
}

type Values = ReturnType<typeof parse>;

async function toOptions(values: Values, args: string[]): Promise<TrainOptions> {
  const { data, out = "" } = values;
  if (data === undefined) throw new UsageError("--data is missing: a folder of good images, or a manifest.jsonl.");
  const number = (name: keyof Values, otherwise: number) => numberOption(values, name, otherwise);
  const heldOut = values["held-out"] ?? String(defaults.heldOut);
  const runFolder = values.run ?? `${out}.run`;
  return {
    data,
    heldOut: heldOut !== "" && Number.isFinite(Number(heldOut)) ? Number(heldOut) : heldOut,
    publishable: values.publishable ?? false,
    unsplash: values.unsplash ?? false,
    shareAlike: values["share-alike"] ?? false,
    limit: number("limit", defaults.limit),
    backbone: values.backbone ?? join(packageRoot, "models", "default"),
    architecture: await readArchitecture(values),
    families:
      values.families?.split(",").map((name) => name.trim()) ?? families.filter(isVisual).map((family) => family.name),
    singles: number("per-image", defaults.singles),
    combinations: number("combinations", defaults.combinations),
    severities: defaultSeverities,
    poolSeed: number("pool-seed", defaults.poolSeed),
    steps: number("steps", defaults.steps),
    batch: {
      images: number("batch", defaults.batch.images),
      chains: number("chains", defaults.batch.chains),
      across: number("across", defaults.batch.across),
    },
    learningRate: number("lr", defaults.learningRate),
    weightDecay: number("weight-decay", defaults.weightDecay),
    invarianceWeight: number("invariance", defaults.invarianceWeight),
    diversityWeight: number("diversity", defaults.diversityWeight),
    regularization: {
      tokensPerImage: number("tokens", defaults.regularization.tokensPerImage),
      cellNoise: number("cell-noise", defaults.regularization.cellNoise),
      imageNoise: number("image-noise", defaults.regularization.imageNoise),
    },
    tuneBackbone: values["tune-backbone"] ?? false,
    learningRateBackbone: number("lr-backbone", defaults.learningRateBackbone),
    seed: number("seed", defaults.seed),
    threads: number("threads", defaultThreads()),
    checkpointEvery: number("checkpoint-every", defaults.checkpointEvery),
    out,
    run: runFolder,
    features: values.features ?? join(runFolder, "features.bin"),
    name: values.name ?? defaults.name,
    command: [
      "eliq train",
      ...args.map((argument) => (/[^\w@%+=:,./-]/.test(argument) ? `'${argument}'` : argument)),
    ].join(" "),
    commit: currentCommit(),
  };
}

async function readArchitecture(values: Values): Promise<Architecture> {
  const given: Architecture =
    values.architecture === undefined ? {} : await readJson<Architecture>(values.architecture, "--architecture");
  return {
    ...given,
    ...(values.gate === undefined ? {} : { fusion: { ...given.fusion, gate: values.gate } }),
    ...(values.pool === undefined ? {} : { query: { ...given.query, pool: values.pool } }),
  };
}

async function readJson<T>(path: string, option: string): Promise<T> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (cause) {
    throw new UsageError(`${option}: ${path} cannot be read as JSON (${(cause as Error).message}).`, { cause });
  }
}

/** The commit of the clone that this runs from, marked when files differ from it. */
function currentCommit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", packageRoot, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const commit = git("rev-parse", "HEAD");
    return git("status", "--porcelain", "--untracked-files=no") === "" ? commit : `${commit} with uncommitted changes`;
  } catch {
    return "unknown (not a clone)";
  }
}

async function trainAndReport(options: TrainOptions): Promise<void> {
  const reporter = createPhaseReporter({ features: "Features", steps: "Steps", evaluation: "Evaluation" });
  try {
    const { record, revision } = await interruptible((signal) =>
      train(options, { signal, onProgress: reporter.report }),
    );
    reporter.finish();
    printResult(options, record, revision);
  } finally {
    reporter.finish();
  }
}

function printResult(options: TrainOptions, { heldOut, data }: TrainingRecord, revision: string): void {
  const lines = [`Wrote ${options.out}, revision ${revision}, trained on ${data.trained} images.`];
  for (const [key, reason] of Object.entries(data.skipped)) lines.push(`Left out ${key}: ${reason}`);
  if (heldOut) {
    const { untrained, trained } = heldOut;
    lines.push(
      `Pairs of ${data.heldOut} unseen images ordered rightly: ${trained.quality.accuracy.toFixed(3)} of ${trained.quality.pairs} (untrained: ${untrained.quality.accuracy.toFixed(3)}).`,
    );
    for (const [family, { accuracy, pairs }] of Object.entries(trained.families))
      if (!family.includes(" + ")) lines.push(`  ${family.padEnd(22)} ${accuracy.toFixed(3)} of ${pairs}`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function rewriteCard(out: string, figuresFile: string | undefined): Promise<void> {
  const record = await readJson<TrainingRecord>(join(out, "training.json"), "--card-only");
  const config = await readJson<Record<string, unknown>>(join(out, "config.json"), "--card-only");
  const figures = await readFigures(out, `${String(config.name)}@${String(config.revision)}`, figuresFile);
  await writeAtomically(join(out, "README.md"), renderCard(config, record, figures));
}

/** The JavaScript thread renders negatives meanwhile. Beyond 8 threads one image at a time gains nothing. */
function defaultThreads(): number {
  return Math.max(1, Math.min(8, availableParallelism() - 1));
}

/** Names in indented lines of at most 100 characters. */
function wrap(names: readonly string[]): string {
  const lines = [" "];
  for (const name of names) {
    if ((lines.at(-1) as string).length + name.length > 98) lines.push(" ");
    lines[lines.length - 1] += ` ${name}`;
  }
  return lines.join("\n");
}
