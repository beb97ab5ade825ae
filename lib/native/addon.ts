/**
 * The typed face of eliq.node, one to one with native/addon. Nothing outside lib/native imports the addon itself.
 *
 * Every asynchronous call rejects with an EliqError made by the constructor given to `bindErrors`.
 */
import type { EliqError } from "../errors.js";

export interface NativeBuildInfo {
  /** Version of this package that the addon was compiled from. */
  eliq: string;
  /** LibTorch version in the headers at build time, e.g. "2.13.0". */
  libtorch: string;
  compiler: string;
  /** ATen's instruction set on this machine: "AVX2", "AVX512", "DEFAULT", … */
  cpuCapability: string;
}

export interface NativeRequest {
  /** RGB, 8 bits, interleaved: width * height * 3 bytes. Copied before the call returns. */
  data: Uint8Array;
  width: number;
  height: number;
  /** Token ids of the prompt, special tokens among them; copied. Ignored by a model without a text side. */
  text?: Int32Array;
  /** Also return the embedding and its norm. */
  embedding?: boolean;
  /** Also return gates, attention and the quality of each cell. */
  explain?: boolean;
}

export interface NativeExplanation {
  gridHeight: number;
  gridWidth: number;
  inputHeight: number;
  inputWidth: number;
  levels: { name: string; stride: number }[];
  /** [levels, gridHeight, gridWidth]; sums to 1 over levels. */
  gates: Float32Array;
  /** [queries, gridHeight, gridWidth]; each query's map sums to 1. */
  attention: Float32Array;
  /** [gridHeight, gridWidth]: raw quality when the quality queries may read one cell alone. */
  quality: Float32Array;
}

export interface NativeResult {
  quality: number;
  technical: number;
  aesthetic: number;
  alignment: number | null;
  /** The quality queries' outputs, scaled to Euclidean norm 1. */
  embedding?: Float32Array;
  /** Their norm before: `embedding` times this is what the heads read. There whenever `embedding` is. */
  embeddingNorm?: number;
  explanation?: NativeExplanation;
}

export interface NativeTicket {
  promise: Promise<NativeResult>;
  /** Rejects the promise with ERR_ABORTED as soon as the engine notices; harmless afterwards. */
  cancel(): void;
}

/** A handle on a shared engine; one per `Eliq.load`. */
export interface NativeEngine {
  readonly device: string;
  readonly threads: number;
  readonly embeddingLength: number;
  readonly queries: number;
  score(request: NativeRequest): NativeTicket;
  /** Resolves once everything submitted through this handle has been answered. Later calls to `score` throw ERR_DISPOSED. */
  dispose(): Promise<void>;
}

export interface NativeTrainerOptions {
  config: string;
  initialWeights: string;
  initialPrefix?: string;
  cache?: string;
  /** What the rows of `cache` stand for; a cache written under another key is refused. */
  cacheKey?: string;
  tuneBackbone?: boolean;
  learningRateBackbone?: number;
  weightDecay?: number;
  gradientClip?: number;
  invarianceWeight?: number;
  diversityWeight?: number;
  /** Cells shown of an image at a step; 0: all. */
  tokensPerImage?: number;
  /** Noise on the statistics at a step, in their standard deviations: each cell's own, and shared by an image's cells. */
  cellNoise?: number;
  imageNoise?: number;
  seed: number;
  /** 0: the process's setting or its default. */
  threads?: number;
}

/** Bits of `rank` and `invariant` in a pair batch. */
export const Aspect = { quality: 1, alignment: 2, technical: 4, aesthetic: 8 } as const;

export interface NativePairBatch {
  better: Int32Array;
  worse: Int32Array;
  target: Float32Array;
  rank: Uint8Array;
  invariant: Uint8Array;
}

export interface NativeStepResult {
  loss: number;
  fidelity: number;
  invariance: number;
  accuracy: number;
  gradientNorm: number;
}

export interface NativeTrainer {
  /** Rows that the cache file of an earlier run already holds. */
  readonly cached: number;
  /** Index of the new sample. */
  add(image: { data: Uint8Array; width: number; height: number }): Promise<number>;
  fitStandardization(samples: Int32Array): Promise<void>;
  step(batch: NativePairBatch, learningRate: number): Promise<NativeStepResult>;
  score(samples: Int32Array): Promise<{ quality: Float32Array; technical: Float32Array; aesthetic: Float32Array }>;
  saveModel(path: string, float16: boolean, metadata: Record<string, string>): Promise<void>;
  saveCheckpoint(path: string, metadata: Record<string, string>): Promise<void>;
  loadCheckpoint(path: string): Promise<Record<string, string>>;
  dispose(): Promise<void>;
}

export interface NativeAddon {
  /** Once per environment, before anything else: the class that native errors are made of. */
  bindErrors(errorClass: typeof EliqError): void;
  buildInfo(): NativeBuildInfo;
  loadEngine(options: { directory: string; device: string; threads: number }): Promise<NativeEngine>;
  createTrainer(options: NativeTrainerOptions): Promise<NativeTrainer>;
  /** Engines alive in the process (tests, doctor). */
  engineCount(): number;
}
