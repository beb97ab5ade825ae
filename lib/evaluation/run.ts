/** The run of an evaluation: every image of a data set once past the critics and the baselines, into a results file. */
import { availableParallelism } from "node:os";
import { dirname, relative, resolve, sep } from "node:path";
import { mapOrdered } from "../batching/ordered.js";
import { abortedError, EliqError, throwIfAborted, toEliqError } from "../errors.js";
import { hashJson } from "../files/hashes.js";
import { type ResultsHeader, resultsVersion } from "../results/schema.js";
import { ResultsWriter } from "../results/write.js";
import { baselineNames, startBaselines } from "./baselines/baselines.js";
import type { OpinionItem } from "./datasets/dataset.js";
import { imageLine, type NamedCritic, type Scorers } from "./image-line.js";
import { otherPrompts } from "./other-prompts.js";
import type { Peers } from "./peers/peers.js";

/** What is run over what. */
export interface EvaluationRun {
  /** Name of the data set. */
  readonly dataset: string;
  readonly items: readonly OpinionItem[];
  /** Folder that the paths of the lines are relative to. */
  readonly folder: string;
  /** The critic under evaluation. */
  readonly critic: NamedCritic;
  /** Further ones that look at the same images. */
  readonly others: readonly NamedCritic[];
  /** Metrics of Python libraries; undefined, or without names: none. */
  readonly peers: Peers | undefined;
  readonly baselines: boolean;
  readonly embeddings: boolean;
  /** Of the permutation of the prompts. */
  readonly seed: number;
  /** Images with more pixels are refused; for the baselines, which decode for themselves. */
  readonly maxPixels: number;
  /** Path of the results file. */
  readonly results: string;
}

/** What a run tells while it goes on. */
export interface RunHooks {
  readonly signal?: AbortSignal | undefined;
  /** Called once with what is there already, and after each line. */
  readonly onLine?: ((done: number, total: number) => void) | undefined;
}

/**
 * Runs every image past critics and baselines and appends a line for each to the results file, in the order of the items. What is
 * there counts, so that a run that was stopped or killed goes on and ends with the same file. An image that cannot be read is a
 * line that says why. Memory does not grow with what has been done.
 *
 * @throws EliqError ERR_RESULTS when the file belongs to another run; ERR_ABORTED; what is wrong with a critic, not with an image.
 */
export async function runEvaluation(run: EvaluationRun, hooks: RunHooks = {}): Promise<void> {
  throwIfAborted(hooks.signal);
  const writer = await ResultsWriter.open(run.results, headerOf(run));
  try {
    const total = run.items.length;
    if (writer.lines > total) {
      throw new EliqError(
        "ERR_RESULTS",
        `${run.results} has more lines than there are images; delete it to begin anew.`,
      );
    }
    hooks.onLine?.(writer.lines, total);
    if (writer.lines < total) await appendRest(run, writer, hooks);
  } finally {
    await writer.close();
  }
}

/** Everything that decides what the lines say, so that two runs never mix in one file. */
function headerOf(run: EvaluationRun): ResultsHeader {
  const { model, calibration } = run.critic.critic;
  return {
    type: "header",
    format: "eliq-results",
    version: resultsVersion,
    model,
    calibration,
    dataset: run.dataset,
    folder: relative(dirname(resolve(run.results)), resolve(run.folder))
      .split(sep)
      .join("/"),
    created: new Date().toISOString().slice(0, 10),
    run: {
      images: run.items.length,
      items: hashJson(run.items.map((item) => ({ ...item, path: relative(run.folder, item.path) }))),
      critics: Object.fromEntries(run.others.map(({ name, critic }) => [name, critic.model])),
      baselines: run.baselines ? baselineNames : [],
      peers: { metrics: run.peers?.names ?? [], ...run.peers?.versions },
      embeddings: run.embeddings,
      seed: run.seed,
      maxPixels: run.maxPixels,
    },
  };
}

async function appendRest(run: EvaluationRun, writer: ResultsWriter, { signal, onLine }: RunHooks): Promise<void> {
  const prompts = otherPrompts(
    run.items.map(({ prompt }) => prompt),
    run.seed,
  );
  const pool = run.baselines ? startBaselines() : undefined;
  // What is begun is stopped too when one image ends the run.
  const ending = new AbortController();
  const both = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
  const scorers: Scorers = { ...run, measure: measureWith(run, pool) };
  const done = writer.lines;
  const lines = mapOrdered(run.items.slice(done), inFlight, (item, i) =>
    imageLine(item, prompts[done + i], scorers, both).then(
      (line) => ({ line }),
      (error: unknown) => ({ error: toEliqError(error) }),
    ),
  );
  try {
    for await (const outcome of lines) {
      if ("error" in outcome) throw signal?.aborted ? abortedError(signal) : outcome.error;
      await writer.append(outcome.line);
      onLine?.(writer.lines, run.items.length);
    }
    throwIfAborted(signal);
  } finally {
    ending.abort();
    await pool?.close();
  }
}

/** Images begun and not yet written: enough that neither the model nor a thread waits for a slow one. */
const inFlight = 4 * availableParallelism() + 4;

function measureWith(run: EvaluationRun, pool: ReturnType<typeof startBaselines> | undefined): Scorers["measure"] {
  const { peers, maxPixels } = run;
  if (!pool && !peers?.names.length) return undefined;
  return async ({ path }) => {
    const [baselines, metrics] = await Promise.all([
      pool?.run("measure", { path, maxPixels }),
      peers?.measure(resolve(path)),
    ]);
    return { ...baselines, ...metrics };
  };
}
