import { type BatchShape, defaultShape } from "../pairs/index.js";

/** Everything that decides the outcome of a training run, and where its files are. */
export interface TrainOptions {
  /** Folder of good images or manifest.jsonl. */
  data: string;
  /** Share of groups held out (0..1), or a second folder or manifest. */
  heldOut: number | string;
  /** Only images whose provenance and licence let the model be published, see `publishingObstacle`. */
  publishable: boolean;
  unsplash: boolean;
  /** With `publishable`: also images under share-alike licences. */
  shareAlike: boolean;
  /** At most this many images, spread evenly over the list; 0: all. */
  limit: number;

  /** Model directory, or backbone-only directory, that the tower is taken from. */
  backbone: string;
  /** Parts of config.json that replace the defaults ("input", "fusion", "query", "heads"). */
  architecture: Architecture;

  /** Degradation families by name. */
  families: readonly string[];
  /** Single-family chains per image. */
  singles: number;
  /** Two-step chains per image. */
  combinations: number;
  /** Severity ranges of a chain, ascending. */
  severities: readonly (readonly [number, number])[];
  /** Seeds the negatives; runs that share it (and the data) can share a feature file. */
  poolSeed: number;

  steps: number;
  /** Images, chains and pairs of a step. */
  batch: BatchShape;
  learningRate: number;
  weightDecay: number;
  invarianceWeight: number;
  diversityWeight: number;
  regularization: Regularization;
  tuneBackbone: boolean;
  learningRateBackbone: number;
  /** Fresh weights, dropout and pairs. */
  seed: number;
  /** 0: the process's default. 1 makes runs repeat bit for bit. */
  threads: number;
  checkpointEvery: number;

  /** Model directory to write. */
  out: string;
  /** Directory of the run: feature cache, checkpoint, log. */
  run: string;
  /** Feature cache; default `features.bin` of the run. */
  features: string;
  name: string;
  /** The command line and the commit it ran at, for the card. */
  command: string;
  commit: string;
}

/** What keeps a small pool from being learned by heart; a step sees each image through it. */
export interface Regularization {
  /** Cells shown of an image; 0: all. */
  readonly tokensPerImage: number;
  /** Standard deviation of the noise on each cell's statistics, in units of their own. */
  readonly cellNoise: number;
  /** The same, shared by the cells of an image. */
  readonly imageNoise: number;
}

/** The trainable end, as config.json says it; partial. */
export interface Architecture {
  readonly input?: Readonly<Record<string, unknown>>;
  readonly fusion?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly heads?: Readonly<Record<string, unknown>>;
}

/** Options that a training run starts from. */
export const defaultTrainOptions = {
  heldOut: 0.1,
  publishable: false,
  unsplash: false,
  shareAlike: false,
  limit: 0,
  architecture: {},
  singles: 5,
  combinations: 1,
  poolSeed: 1,
  steps: 300,
  batch: defaultShape,
  learningRate: 2e-3,
  weightDecay: 0.01,
  invarianceWeight: 0.05,
  diversityWeight: 0.1,
  regularization: { tokensPerImage: 8, cellNoise: 1, imageNoise: 1 },
  tuneBackbone: false,
  learningRateBackbone: 1e-4,
  seed: 1,
  threads: 0,
  checkpointEvery: 100,
  name: "critic",
} as const satisfies Partial<TrainOptions>;

/** Where a run is. A phase first reports what an earlier run had done of it; `total` is final from then on. */
export interface TrainProgress {
  phase: "features" | "steps" | "evaluation";
  done: number;
  total: number;
  /** Loss and accuracy so far, for display. */
  note?: string;
}
