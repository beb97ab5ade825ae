/** What an evaluation asks of a model: a model that is loaded, or whatever a test puts in its place. */
import type { Score } from "../calibration/score.js";
import { appraise, type Eliq } from "../eliq.js";
import { EliqError } from "../errors.js";

/** What is wanted of an image. */
export interface CriticRequest {
  /** Path of the image. */
  readonly image: string;
  /** What it was asked to show; "" is a prompt that says nothing. */
  readonly prompt?: string | undefined;
  /** Whether the embedding is wanted too. */
  readonly embedding: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What a critic says of one image. */
export interface CriticAnswer {
  readonly score: Score;
  /** Euclidean norm 1. There when it was wanted. */
  readonly embedding?: Float32Array;
  /** Norm of the quality queries' outputs before they were scaled to 1. */
  readonly embeddingNorm?: number;
}

/** The inside of the network for one image. */
export interface CriticParts {
  /** Gate of each level at every cell; the levels of a cell sum to 1. */
  readonly gates: readonly Float32Array[];
  /** Outputs of the quality queries, one after the other. */
  readonly outputs: Float32Array;
  /** Number of quality queries. */
  readonly queries: number;
}

/** A model under evaluation. */
export interface Critic {
  /** Name and revision. */
  readonly model: string;
  /** Id of the calibration. */
  readonly calibration: string;
  /** Whether it scores alignment, and if not, why. */
  readonly alignment: { readonly trained: boolean; readonly reason?: string };
  /**
   * Scores one image, with its embedding from the same pass.
   *
   * @throws EliqError as `Eliq.score`.
   */
  judge(request: CriticRequest): Promise<CriticAnswer>;
  /** What the parts of the network do for one image; absent where a critic has no such parts. */
  look?(image: string, signal?: AbortSignal): Promise<CriticParts>;
  dispose(): Promise<void>;
}

/** A loaded model as a critic. Disposing the critic disposes the model. */
export function toCritic(eliq: Eliq): Critic {
  return {
    model: eliq.model,
    calibration: eliq.calibration,
    alignment: eliq.alignment,
    async judge({ image, prompt, embedding, signal }) {
      const { score, result } = await appraise(eliq, image, { embedding }, { prompt, signal });
      if (!embedding) return { score };
      const vector = present(result.embedding);
      const norm = result.embeddingNorm;
      return { score, embedding: vector, ...(norm === undefined ? {} : { embeddingNorm: norm }) };
    },
    async look(image, signal) {
      const { result } = await appraise(eliq, image, { embedding: true, explain: true }, { signal });
      const { gates, attention, gridWidth, gridHeight } = present(result.explanation);
      const cells = gridWidth * gridHeight;
      return { gates: slices(gates, cells), outputs: present(result.embedding), queries: attention.length / cells };
    },
    dispose: () => eliq.dispose(),
  };
}

function slices(values: Float32Array, length: number): Float32Array[] {
  return Array.from({ length: values.length / length }, (_, i) => values.subarray(i * length, (i + 1) * length));
}

function present<T>(value: T | undefined): T {
  if (value !== undefined) return value;
  throw new EliqError("ERR_INTERNAL", "The addon left out what it was asked for.");
}
