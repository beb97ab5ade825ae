/** `eliq eval`. */
import { mkdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { EliqError, toEliqError } from "../../errors.js";
import { baselineNames } from "../../evaluation/baselines/baselines.js";
import { type Critic, toCritic } from "../../evaluation/critic.js";
import type { DatasetReader, OpinionSet } from "../../evaluation/datasets/dataset.js";
import { datasetNamed, datasetReaders, recogniseDataset } from "../../evaluation/datasets/index.js";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluationFiles,
  evaluationText,
  fewestImages,
} from "../../evaluation/evaluate.js";
import type { NamedCritic } from "../../evaluation/image-line.js";
import { type Peers, startPeers } from "../../evaluation/peers/peers.js";
import { controlNames } from "../../evaluation/report.js";
import { spread } from "../../evaluation/spread.js";
import { writeOutput } from "../../files/atomic.js";
import { interruptible } from "../interrupt.js";
import { loadModel, type ModelValues, modelOptions, readLimits, wholeOf } from "../options.js";
import { createPhaseReporter } from "../phases.js";
import { formatTable, oneLine } from "../text-table.js";
import { exitCode, UsageError } from "../usage.js";

const help = `Usage: eliq eval [options] <data set>

Says how well the critic agrees with people: scores the images of a data set with mean opinion scores and prints two
protocols, zero-shot and probe, each figure with its 95 % interval, beside opinion-unaware baselines and the controls that
say what the figures are worth. Opinions are only compared with; nothing is fitted on them but the probe, which says so.

The data set is a folder as its authors publish it, or a table (csv, jsonl) with the columns image, prompt, mos_quality,
mos_align; docs/datasets.md lists the known ones. Killed or stopped with Ctrl-C, the same command goes on where it ended.

Options:
  --dataset <id>       how to read the data set; recognised by its files unless told
  --also <name=dir>    another model on the same images, for comparison; may be repeated
  --limit <n>          only n images, 10 or more, evenly spread over the set
  --no-baselines       without NIQE, sharpness and size statistics
  --no-embeddings      without embeddings in the results, and so without the probe
  --peer               also the metrics that pyiqa and torchmetrics compute, where --python has them
  --python <path>      the Python for --peer; python3 unless told
  --resamples <n>      of every bootstrap; 2000 unless told
  --seed <n>           of resamples and shuffled prompts; 1 unless told

Files:
  --out <dir>          where the results go; eliq-eval/<data set>-<model> in the current folder unless told:
                         results.jsonl    every image with scores, opinions, baselines, embedding (docs/results.md)
                         results.parquet  the same as columns
                         evaluation.json  all figures with full precision, and the printed tables
  --json <file>        write evaluation.json there too; its tables are what \`eliq train --card-only --figures\` takes

Model:
  --model <dir>        model directory; the shipped model unless told
  --calibration <c>    what scores mean: a calibration file, or a name in the model's folder calibrations/; no figure
                       depends on it
  --device <name>      auto (default) or cpu
  --threads <n>        threads of the model; physical cores unless told
  --max-pixels <n>     refuse images with more pixels; 67108864 unless told
  -h, --help           this text

Examples:
  eliq eval AGIQA-3K/
  eliq eval ratings.csv --model my-critic --also shipped=default --out runs/ratings
  eliq eval koniq10k/ --dataset koniq-10k --limit 1000 --no-baselines

Exit codes: 0 evaluated; 1 evaluated, but a control of the instrument failed: believe no figure; 2 wrong usage; 3 cannot run;
130 interrupted. Images that cannot be read are reported and left out.
`;

const { "allow-urls": _urls, ...modelOnly } = modelOptions;
const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const options = {
  ...modelOnly,
  dataset: text,
  also: { type: "string", multiple: true },
  limit: text,
  "no-baselines": flag,
  "no-embeddings": flag,
  peer: flag,
  python: text,
  resamples: text,
  seed: text,
  out: text,
  json: text,
} as const;

function parse(args: string[]) {
  return parseArgs({ args, options, allowPositionals: true });
}

type Values = ReturnType<typeof parse>["values"];

/** Loads the critic in a model directory; undefined: the shipped one. */
export type LoadCritic = (directory: string | undefined, values: ModelValues, signal: AbortSignal) => Promise<Critic>;

/**
 * @param args the command line after `eval`.
 * @param load how a critic is loaded; tests put one with known scores in its place.
 * @returns the exit code.
 */
export async function run(args: string[], load: LoadCritic = loadCritic): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const [path] = positionals;
  if (path === undefined) throw new UsageError("No data set was given.");
  if (positionals.length > 1) throw new UsageError("Give one data set at a time.");
  const chosen = choices(values);
  return interruptible((signal) => evaluateSet(path, values, chosen, load, signal));
}

const loadCritic: LoadCritic = async (directory, values, signal) =>
  toCritic(await loadModel({ ...values, model: directory }, signal));

/** The numbers and names among the options, checked before anything is loaded. */
interface Choices {
  readonly limit: number | undefined;
  readonly resamples: number | undefined;
  readonly seed: number;
  readonly also: readonly { readonly name: string; readonly directory: string }[];
}

function choices(values: Values): Choices {
  const also = (values.also ?? []).map((given) => {
    const [, name, directory] = /^([^=]+)=(.+)$/.exec(given) ?? [];
    if (!name || !directory) throw new UsageError(`--also takes NAME=DIR, not "${given}".`);
    return { name, directory };
  });
  const names = ["eliq", ...baselineNames, ...Object.values(controlNames), ...also.map(({ name }) => name)];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(nameTaken(twice));
  return {
    limit: wholeOf(values, "limit", fewestImages),
    resamples: wholeOf(values, "resamples", 1),
    seed: wholeOf(values, "seed", 0) ?? 1,
    also,
  };
}

async function evaluateSet(
  path: string,
  values: Values,
  chosen: Choices,
  load: LoadCritic,
  signal: AbortSignal,
): Promise<number> {
  const set = await readSet(path, values.dataset);
  tellProblems(set);
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const critics: NamedCritic[] = [];
  let peers: Peers | undefined;
  const reporter = createPhaseReporter({ scoring: "Scoring", parts: "Gates and queries", statistics: "Statistics" });
  try {
    critics.push({ name: "eliq", critic: await load(values.model, values, signal) });
    // A calibration belongs to one model.
    const others = { ...values, calibration: undefined };
    for (const { name, directory } of chosen.also)
      critics.push({ name, critic: await load(directory, others, signal) });
    if (values.peer) peers = await loadPeers(values.python ?? "python3", chosen, signal);
    const [critic, ...further] = critics as [NamedCritic, ...NamedCritic[]];
    const out = values.out ?? defaultFolder(set, critic.critic, chosen);
    await makeFolder(out);
    const options: EvaluateOptions = {
      set: { ...set, items: spread(set.items, chosen.limit ?? set.items.length) },
      part: basename(resolve(path)),
      folder,
      critic,
      others: further,
      peers,
      baselines: !values["no-baselines"],
      embeddings: !values["no-embeddings"],
      seed: chosen.seed,
      resamples: chosen.resamples,
      maxPixels: readLimits(values).maxPixels,
      files: evaluationFiles(out),
    };
    const evaluation = await evaluate(options, { signal, onProgress: reporter.report });
    reporter.finish();
    if (values.json !== undefined) await writeOutput(values.json, evaluationText(evaluation));
    show(evaluation, [...Object.values(options.files), ...(values.json === undefined ? [] : [values.json])]);
    return evaluation.controls.passed ? exitCode.ok : exitCode.someFailed;
  } finally {
    reporter.finish();
    peers?.close();
    await Promise.all(critics.map(({ critic }) => critic.dispose()));
  }
}

async function loadPeers(python: string, { also }: Choices, signal: AbortSignal): Promise<Peers> {
  const peers = await startPeers(python, signal);
  for (const [name, reason] of Object.entries(peers.leftOut)) tell(`${name} is left out: ${reason}.`);
  const twice = also.find(({ name }) => peers.names.includes(name));
  if (twice === undefined) return peers;
  peers.close();
  throw new UsageError(nameTaken(twice.name));
}

function nameTaken(name: string): string {
  return `The name "${name}" is taken; give --also another one.`;
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `There can be no folder ${folder}: ${(cause as Error).message}.`, { cause });
  });
}

/** Figures on standard output, where they are on standard error. */
function show({ tables, notMeasured }: Evaluation, files: readonly string[]): void {
  for (const table of tables) process.stdout.write(`${formatTable(table)}\n`);
  for (const sentence of notMeasured) process.stdout.write(`${sentence}\n`);
  for (const file of files) tell(`Wrote ${file}`);
}

async function readSet(path: string, id: string | undefined): Promise<OpinionSet> {
  const reader = id === undefined ? await recognise(path) : datasetNamed(id);
  const set = await reader.read(path);
  if (set.items.length < fewestImages) {
    tellProblems(set);
    throw new EliqError(
      "ERR_DATASET",
      `${path} gives only ${set.items.length} images with opinions; at least ${fewestImages} are needed.`,
    );
  }
  return set;
}

async function recognise(path: string): Promise<DatasetReader> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `There is no data set at ${path}.`, { cause });
  });
  const reader = await recogniseDataset(path);
  if (reader) return reader;
  const ids = datasetReaders.map(({ id }) => id).join(", ");
  const asTable = info.isFile() ? await datasetNamed("table").read(path).catch(toEliqError) : undefined;
  const reason = asTable instanceof EliqError ? ` ${asTable.message}` : "";
  throw new EliqError(
    "ERR_DATASET",
    `${path} looks like no data set that eliq reads.${reason} Name its layout with --dataset (${ids}), or write a table as docs/datasets.md describes.`,
  );
}

/** Problems of a table that are told one by one. */
const problemsTold = 20;

function tellProblems({ problems, layout, name }: OpinionSet): void {
  if (!layout.verified)
    tell(`The layout of ${name} is unverified: it was written from a description (${layout.source}).`);
  for (const { name: image, reason } of problems.slice(0, problemsTold))
    tell(`${image || "A line"} is left out: ${reason}.`);
  if (problems.length > problemsTold)
    tell(`${problems.length - problemsTold} more are left out; evaluation.json lists all.`);
}

function tell(sentence: string): void {
  process.stderr.write(`${oneLine(sentence)}\n`);
}

/** The same command names the same folder, so that it goes on where it ended. */
function defaultFolder({ name }: OpinionSet, { model }: Critic, { limit }: Choices): string {
  const plain = (word: string) => word.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  const part = limit === undefined ? "" : `-${limit}-images`;
  return join("eliq-eval", `${plain(name)}-${plain(model)}${part}`);
}
