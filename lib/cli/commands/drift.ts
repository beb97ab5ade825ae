/** `eliq drift`. */
import { stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { type DriftReport, measureDrift, requireSameModel } from "../../drift/drift.js";
import { type Population, type PopulationImage, readPopulation, toPopulation } from "../../drift/population.js";
import { createReference, type Reference, readReference, writeReference } from "../../drift/reference.js";
import { appraise, type Eliq } from "../../eliq.js";
import { throwIfAborted } from "../../errors.js";
import { describeModel } from "../../models/directory.js";
import { ResultsFile } from "../../results/read.js";
import { overImages, Tally } from "../images.js";
import { interruptible } from "../interrupt.js";
import { readList } from "../list-file.js";
import { type Listed, listImages } from "../listing.js";
import { loadModel, modelOptions, modelOptionsHelp } from "../options.js";
import { createPhaseReporter } from "../phases.js";
import { formatTable } from "../text-table.js";
import { exitCode, UsageError } from "../usage.js";

const help = `Usage: eliq drift [options] <image|folder|glob|url>...
       eliq drift [options] --from <list.csv|list.jsonl>
       eliq drift [options] <results.jsonl>
       eliq drift --save-reference <file> [options] <any of these>

Says whether a batch of images has moved away from a reference population, in scores or embeddings, and whether the critic
should be trained again. An alarm comes by chance in at most 2 of 100 batches. Give 100 images or more, 20 at the least.
Drift says that the images changed, not that the critic is wrong about them.

Options:
  --reference <file>   a reference population, or a results file (.jsonl) to make one from;
                       reference.json of the model directory unless told
  --save-reference <file>  make a reference population of the images instead of a test
  --description <text> what the images of --save-reference are
  --ungrouped          take images of one prompt as independent; they are kept together unless told
  --from <list>        read images from a list with columns image and, if wanted, prompt
  --json               everything that was found, as JSON
${modelOptionsHelp}

A results file is what \`eliq eval\` or \`eliq score --jsonl\` writes; without embeddings only scores are compared.

Examples:
  eliq drift renders/2026-03 --save-reference march.json --description "renders of March"
  eliq drift renders/2026-04 --reference march.json
  eliq drift april.jsonl --reference march.jsonl --json

Exit codes: 0 no drift seen, or the reference was saved; 1 the same, but some images failed; 2 wrong usage; 3 cannot run;
4 drift; 130 interrupted.
`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const options = {
  ...modelOptions,
  reference: text,
  "save-reference": text,
  description: text,
  ungrouped: flag,
  from: text,
  json: flag,
} as const;

type Values = ReturnType<typeof parse>["values"];

function parse(args: string[]) {
  return parseArgs({ args, options, allowPositionals: true });
}

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  checkUsage(values, positionals);
  const save = values["save-reference"];
  return interruptible(async (signal) => {
    // Before any image is scored: a batch of an hour should not end with a missing reference.
    const reference = save === undefined ? await findReference(values) : undefined;
    const batch = await readBatch(values, positionals, reference, signal);
    if (!batch) return exitCode.interrupted;
    if (reference) return compare(reference, batch, values, signal);
    return saveReference(save as string, batch, values.description ?? [values.from ?? positionals].flat().join(", "));
  });
}

function checkUsage(values: Values, positionals: readonly string[]): void {
  const { from, reference, json, description, ungrouped } = values;
  const save = values["save-reference"];
  if (from === undefined && positionals.length === 0) throw new UsageError("No image was given.");
  if (from !== undefined && positionals.length > 0) throw new UsageError("Give images or --from, not both.");
  if (save === undefined && description !== undefined)
    throw new UsageError("--description belongs to --save-reference.");
  if (save !== undefined && (reference !== undefined || json || ungrouped))
    throw new UsageError("--save-reference makes no test; leave --reference, --json and --ungrouped away.");
  if (positionals.length > 1 && positionals.some(isLines))
    throw new UsageError("Give one results file, or images; not both.");
}

function isLines(path: string): boolean {
  return [".jsonl", ".ndjson"].includes(extname(path).toLowerCase());
}

interface Batch {
  readonly population: Population;
  /** Images that could not be scored. */
  readonly failed: number;
}

/** The reference that was asked for, or the model's own. */
async function findReference({ reference: path, model }: Values): Promise<Reference> {
  if (path === undefined) return readReference(join((await describeModel(model)).directory, "reference.json"));
  if (!isLines(path)) return readReference(path);
  const file = await ResultsFile.open(path);
  const created = file.header?.created ?? dateOf((await stat(path)).mtime);
  return createReference(await readPopulation(file), { description: path, created });
}

/** Undefined when Ctrl-C came before all images were scored: a part of a batch is another batch. */
async function readBatch(
  values: Values,
  positionals: readonly string[],
  reference: Reference | undefined,
  signal: AbortSignal,
): Promise<Batch | undefined> {
  const [first = ""] = positionals;
  if (values.from === undefined && isLines(first))
    return { population: await readPopulation(await ResultsFile.open(first)), failed: 0 };
  const listed: Listed[] = [];
  for await (const image of values.from === undefined ? listImages(positionals) : readList(values.from))
    listed.push(image);
  await using eliq = await loadModel(values, signal);
  if (reference) requireSameModel(reference, eliq.model);
  return await scoreBatch(eliq, listed, signal);
}

async function scoreBatch(eliq: Eliq, listed: readonly Listed[], signal: AbortSignal): Promise<Batch | undefined> {
  const progress = createPhaseReporter({ score: "Scoring" });
  const tally = new Tally();
  const images: PopulationImage[] = [];
  const score = async ({ image, prompt }: { readonly image: string; readonly prompt?: string | undefined }) => {
    const { score, result } = await appraise(eliq, image, { embedding: true }, { prompt, signal });
    return { raw: score.raw, embedding: result.embedding, group: prompt };
  };
  for await (const { path, result } of overImages(each(listed), score)) {
    tally.add(result);
    if (result.ok) images.push(result.value);
    else process.stderr.write(`${path} is left out: ${result.error.message} [${result.error.code}]\n`);
    progress.report({ phase: "score", done: tally.total, total: listed.length });
  }
  progress.finish();
  tally.summarise("Scored", signal.aborted);
  return signal.aborted ? undefined : { population: toPopulation(eliq.model, images), failed: tally.failed };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, void> {
  yield* items;
}

async function saveReference(path: string, { population, failed }: Batch, description: string): Promise<number> {
  const reference = createReference(population, { description, created: dateOf(new Date()) });
  await writeReference(path, reference);
  const members = reference.scores.quality?.length ?? 0;
  process.stderr.write(`Wrote ${path}: ${members} members, drawn from ${population.size} images.\n`);
  return failed > 0 ? exitCode.someFailed : exitCode.ok;
}

async function compare(
  reference: Reference,
  { population, failed }: Batch,
  { json = false, ungrouped = false }: Values,
  signal: AbortSignal,
): Promise<number> {
  const report = await measureDrift(reference, population, { grouped: !ungrouped, signal });
  throwIfAborted(signal);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : describe(report));
  if (report.drift) return exitCode.drift;
  return failed > 0 ? exitCode.someFailed : exitCode.ok;
}

function describe(report: DriftReport): string {
  const { summary, reasons, notes, batch, reference, drift, permutations, level } = report;
  const shape = `${batch.tested} images against ${reference.members} of the ${reference.size} of "${reference.description}" (${reference.created}).`;
  const table = formatTable({
    title: "Tests",
    protocol: `p-values by ${permutations} permutations, adjusted for ${report.tests.length} tests (Holm); an alarm is one of at most ${level}.`,
    columns: ["test", "statistic", "by chance", "p", "adjusted", ""],
    rows: report.tests.map(({ kind, of, statistic, chance, p, adjusted, alarm }) => [
      `${testNames[kind]}, ${of}`,
      statistic.toFixed(3),
      chance.toFixed(3),
      p.toFixed(3),
      adjusted.toFixed(3),
      alarm ? "alarm" : "",
    ]),
  });
  const caution = drift ? ["Drift says that the images changed, not that the critic is wrong about them."] : [];
  return `${[summary, ...reasons.map((reason) => `  ${reason}`), "", shape, ...notes, ...caution, "", table].join("\n")}`;
}

const testNames = {
  "kolmogorov-smirnov": "Kolmogorov-Smirnov",
  wasserstein: "Wasserstein-1",
  "above-top": "share above the top",
  "below-bottom": "share below the bottom",
  energy: "energy distance",
} as const;

/** YYYY-MM-DD. */
function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
