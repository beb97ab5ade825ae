/** A whole evaluation: the run over a data set, what its lines say, and the files that keep both. */
import { dirname, join } from "node:path";
import { EliqError, throwIfAborted } from "../errors.js";
import { writeOutput } from "../files/atomic.js";
import { withLock } from "../files/lock.js";
import { writeParquet } from "../results/parquet.js";
import { ResultsFile } from "../results/read.js";
import type { FigureTable } from "../training/card.js";
import type { Critic } from "./critic.js";
import type { OpinionSet } from "./datasets/dataset.js";
import type { NamedCritic } from "./image-line.js";
import { inspectParts, type PartsInUse, partsTable } from "./parts-in-use.js";
import { readColumns } from "./read-columns.js";
import { type EvaluationReport, evaluateColumns } from "./report.js";
import { reportTables } from "./report-tables.js";
import { type EvaluationRun, runEvaluation } from "./run.js";
import { spread } from "./spread.js";

/** The files of an evaluation. */
export interface EvaluationFiles {
  readonly results: string;
  readonly parquet: string;
  readonly evaluation: string;
}

/** Their paths in a folder. */
export function evaluationFiles(folder: string): EvaluationFiles {
  return {
    results: join(folder, "results.jsonl"),
    parquet: join(folder, "results.parquet"),
    evaluation: join(folder, "evaluation.json"),
  };
}

/** What is evaluated on what. */
export interface EvaluateOptions extends Omit<EvaluationRun, "dataset" | "items" | "results"> {
  readonly set: OpinionSet;
  /** Which part or copy of the set it is, for instance the name of its folder. */
  readonly part: string;
  /** Of every bootstrap; undefined: the default of `evaluateColumns`. */
  readonly resamples: number | undefined;
  readonly files: EvaluationFiles;
}

/** Where an evaluation is. */
export interface EvaluateProgress {
  readonly phase: "scoring" | "parts" | "statistics";
  readonly done: number;
  readonly total: number;
}

export interface EvaluateHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EvaluateProgress) => void) | undefined;
}

/** evaluation.json: the report, what it was made with, and the tables that are printed and put on a model card. */
export interface Evaluation extends EvaluationReport {
  /** The critics in the order of the tables. */
  models: { name: string; model: string; alignment: Critic["alignment"] }[];
  /** Version of each library whose metrics are among the scores, and what was left out. */
  peers: { versions: Readonly<Record<string, string>>; leftOut: Readonly<Record<string, string>> } | null;
  partsInUse: PartsInUse[];
  tables: FigureTable[];
}

/** Fewer images say nothing about agreement. */
export const fewestImages = 10;

/** Images in which gates and queries are looked at. */
const inspectedImages = 100;

/**
 * Runs, reads back, judges, and writes results, Parquet and evaluation.json; the latter two are whole or not there.
 *
 * @throws EliqError as `runEvaluation`, `readColumns`, `evaluateColumns` and `writeParquet`; ERR_RESULTS while another process writes
 *   the same files.
 */
export async function evaluate(options: EvaluateOptions, hooks: EvaluateHooks = {}): Promise<Evaluation> {
  const folder = dirname(options.files.results);
  const busy = (pid: number) => {
    throw new EliqError(
      "ERR_RESULTS",
      `Process ${pid} is evaluating into ${folder}. Wait for it, or choose another folder.`,
    );
  };
  return withLock(join(folder, ".lock"), () => evaluateLocked(options, hooks), busy);
}

async function evaluateLocked(options: EvaluateOptions, hooks: EvaluateHooks): Promise<Evaluation> {
  const { set, part, critic, others, peers, files, seed, resamples } = options;
  const { signal, onProgress } = hooks;
  const tell = (phase: EvaluateProgress["phase"]) => (done: number, total: number) =>
    onProgress?.({ phase, done, total });
  const run = { ...options, dataset: set.name, items: set.items, results: files.results };
  await runEvaluation(run, { signal, onLine: tell("scoring") });
  await writeParquet(files.results, files.parquet, signal);

  const columns = await readColumns(files.results, {
    dataset: `${set.name}, ${part}`,
    layout: set.layout,
    problems: set.problems,
    alignmentReason: critic.critic.alignment.reason,
  });
  if (columns.images < fewestImages) {
    throw new EliqError(
      "ERR_DATASET",
      `Only ${columns.images} of ${set.items.length} images could be scored; ${files.results} says why.`,
    );
  }
  const inspected = spread(columns.names, inspectedImages).map((name) => join(options.folder, name));
  const partsInUse = await lookInside([critic, ...others], inspected, signal, tell("parts"));
  const header = (await ResultsFile.open(files.results)).header;
  const report = await evaluateColumns(columns, {
    seed,
    ...(resamples === undefined ? {} : { resamples }),
    ...(header ? { made: { model: header.model, calibration: header.calibration, created: header.created } } : {}),
    ...(signal ? { signal } : {}),
    onProgress: tell("statistics"),
  });
  const evaluation: Evaluation = {
    ...report,
    models: [critic, ...others].map(({ name, critic: { model, alignment } }) => ({ name, model, alignment })),
    peers: peers ? { versions: peers.versions, leftOut: peers.leftOut } : null,
    partsInUse,
    tables: [...reportTables(report), ...(partsInUse.length > 0 ? [partsTable(partsInUse)] : [])],
  };
  throwIfAborted(signal);
  await writeOutput(files.evaluation, evaluationText(evaluation));
  return evaluation;
}

/** What evaluation.json holds. */
export function evaluationText(evaluation: Evaluation): string {
  return `${JSON.stringify(evaluation, null, 1)}\n`;
}

async function lookInside(
  critics: readonly NamedCritic[],
  paths: readonly string[],
  signal: AbortSignal | undefined,
  onProgress: (done: number, total: number) => void,
): Promise<PartsInUse[]> {
  const found: PartsInUse[] = [];
  let done = 0;
  const onImage = () => onProgress(++done, critics.length * paths.length);
  for (const { name, critic } of critics) {
    const parts = await inspectParts(name, critic, paths, { signal, onImage });
    if (parts) found.push(parts);
  }
  return found;
}
