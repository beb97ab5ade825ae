/** training.json: what a model was made from and how, for its card. */
import sharp from "sharp";
import type { PairReport } from "./evaluate.js";
import type { TrainOptions } from "./options.js";
import type { RunPlan } from "./plan.js";
import type { NegativesSummary } from "./planned-image.js";
import type { PooledImage } from "./pool.js";

export interface TrainingRecord {
  format: "eliq-training";
  formatVersion: 1;
  name: string;
  created: string;
  command: string;
  commit: string;
  data: {
    /** SHA-256 of the manifest, or of a plain folder's file names and sizes. */
    hash: string;
    trained: number;
    heldOut: number;
    leftOut: Readonly<Record<string, number>>;
    skipped: Readonly<Record<string, string>>;
    collections: { collection: string; licence: string; provenance: string; images: number }[];
  };
  negatives: NegativesSummary & {
    samples: number;
    sharp: string;
    libvips: string;
  };
  optimisation: Pick<
    TrainOptions,
    | "steps"
    | "batch"
    | "learningRate"
    | "weightDecay"
    | "invarianceWeight"
    | "diversityWeight"
    | "regularization"
    | "tuneBackbone"
    | "seed"
    | "threads"
  >;
  /** On images of groups that were not trained on; null when none were held out. */
  heldOut: { untrained: PairReport; trained: PairReport } | null;
  /** Means over stretches of the run. */
  loss: { step: number; loss: number; accuracy: number }[];
}

/** A line of log.jsonl. */
export interface LogLine {
  step: number;
  learningRate: number;
  loss: number;
  fidelity: number;
  invariance: number;
  accuracy: number;
  gradientNorm: number;
}

export function makeRecord(
  options: TrainOptions,
  plan: RunPlan,
  pool: { images: readonly PooledImage[]; skipped: Readonly<Record<string, string>>; samples: number },
  heldOut: TrainingRecord["heldOut"],
  log: readonly LogLine[],
  created: string,
): TrainingRecord {
  const trained = pool.images.filter((image) => !image.heldOut);
  return {
    format: "eliq-training",
    formatVersion: 1,
    name: options.name,
    created,
    command: options.command,
    commit: options.commit,
    data: {
      hash: plan.data.hash,
      trained: trained.length,
      heldOut: pool.images.length - trained.length,
      leftOut: plan.data.leftOut,
      skipped: pool.skipped,
      collections: countCollections(pool.images),
    },
    negatives: {
      ...plan.negatives,
      samples: pool.samples,
      sharp: sharp.versions.sharp ?? "",
      libvips: sharp.versions.vips,
    },
    optimisation: {
      steps: options.steps,
      batch: options.batch,
      learningRate: options.learningRate,
      weightDecay: options.weightDecay,
      invarianceWeight: options.invarianceWeight,
      diversityWeight: options.diversityWeight,
      regularization: options.regularization,
      tuneBackbone: options.tuneBackbone,
      seed: options.seed,
      threads: options.threads,
    },
    heldOut,
    loss: excerpt(log, 20),
  };
}

function countCollections(images: readonly PooledImage[]): TrainingRecord["data"]["collections"] {
  const counts = new Map<string, TrainingRecord["data"]["collections"][number]>();
  for (const { origin } of images) {
    // Per-photograph details follow the collection's licence after "; photo"; they are in the data's own credits.
    const licence = origin.licence.split("; photo")[0] as string;
    const key = [origin.collection, licence, origin.provenance].join("\0");
    const row = counts.get(key) ?? { collection: origin.collection, licence, provenance: origin.provenance, images: 0 };
    row.images++;
    counts.set(key, row);
  }
  return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function excerpt(log: readonly LogLine[], rows: number): TrainingRecord["loss"] {
  const size = Math.max(1, Math.ceil(log.length / rows));
  const out: TrainingRecord["loss"] = [];
  for (let from = 0; from < log.length; from += size) {
    const part = log.slice(from, from + size);
    const mean = (of: (line: LogLine) => number) => part.reduce((sum, line) => sum + of(line), 0) / part.length;
    out.push({
      step: (part.at(-1) as LogLine).step + 1,
      loss: mean((line) => line.loss),
      accuracy: mean((line) => line.accuracy),
    });
  }
  return out;
}
