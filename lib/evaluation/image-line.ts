/** One image of a data set past everything that scores it, as a line of the results file. */
import { relative, sep } from "node:path";
import { EliqError } from "../errors.js";
import { encodeEmbedding } from "../results/embedding-text.js";
import { toFailedLine, toScoredLine } from "../results/line.js";
import type { ResultLine, ScoredLine } from "../results/schema.js";
import type { Critic, CriticAnswer } from "./critic.js";
import type { OpinionItem } from "./datasets/dataset.js";

/** A critic with the name that tables give it. */
export interface NamedCritic {
  readonly name: string;
  readonly critic: Critic;
}

/** What scores an image. */
export interface Scorers {
  /** Its score and embedding make the line. */
  readonly critic: NamedCritic;
  /** Further ones that look at the same image. */
  readonly others: readonly NamedCritic[];
  /** Baselines and peers by name; undefined: none. */
  readonly measure: ((item: OpinionItem) => Promise<Record<string, number | null>>) | undefined;
  readonly embeddings: boolean;
  /** Folder that the path of the line is relative to. */
  readonly folder: string;
}

/**
 * Scores one image.
 *
 * @param otherPrompt prompt of another image, for the shuffled control; undefined: none.
 * @returns the line of a failure when the image cannot be read.
 * @throws EliqError whatever is wrong with a critic or a baseline rather than with the image; ERR_ABORTED.
 */
export async function imageLine(
  item: OpinionItem,
  otherPrompt: string | undefined,
  scorers: Scorers,
  signal: AbortSignal,
): Promise<ResultLine> {
  const path = relative(scorers.folder, item.path).split(sep).join("/");
  const { critic } = scorers.critic;
  // Side by side: all of them wait for one file, and each has threads of its own.
  const [answer, controls, critics, baselines] = await Promise.allSettled([
    critic.judge({ image: item.path, prompt: item.prompt, embedding: scorers.embeddings, signal }),
    alignmentControls(item, otherPrompt, critic, signal),
    otherScores(item, scorers.others, signal),
    scorers.measure?.(item),
  ]);
  if (answer.status === "rejected") {
    const error = answer.reason;
    if (!isAboutImage(error)) throw error;
    return withoutFolder(toFailedLine(path, error), item.path, path);
  }
  return scoredLine(path, item, answer.value, {
    alignmentControls: outcomeOf(controls),
    critics: outcomeOf(critics),
    baselines: outcomeOf(baselines),
  });
}

type Extras = { [K in "alignmentControls" | "critics" | "baselines"]: ScoredLine[K] | undefined };

function scoredLine(path: string, item: OpinionItem, answer: CriticAnswer, extras: Extras): ScoredLine {
  const { prompt, generator, group, opinions } = item;
  const { embedding, embeddingNorm } = answer;
  return {
    ...toScoredLine(path, answer.score),
    ...given({ prompt, generator, group, opinions, ...extras }),
    ...given({ embedding: embedding && encodeEmbedding(embedding), embeddingNorm }),
  };
}

/** The fields that are there. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** The prompt of another image, and none: what the critic says when it cannot know what was asked for. */
async function alignmentControls(
  item: OpinionItem,
  otherPrompt: string | undefined,
  critic: Critic,
  signal: AbortSignal,
): Promise<ScoredLine["alignmentControls"] | undefined> {
  if (!critic.alignment.trained || item.prompt === undefined) return undefined;
  const alignmentWith = async (prompt: string | undefined) => {
    if (prompt === undefined) return null;
    const { score } = await critic.judge({ image: item.path, prompt, embedding: false, signal });
    return score.raw.alignment;
  };
  const [shuffled, blind] = await Promise.all([alignmentWith(otherPrompt), alignmentWith("")]);
  return { shuffled, blind };
}

async function otherScores(
  item: OpinionItem,
  others: readonly NamedCritic[],
  signal: AbortSignal,
): Promise<ScoredLine["critics"] | undefined> {
  if (others.length === 0) return undefined;
  const scores = await Promise.all(
    others.map(async ({ name, critic }) => {
      const { score } = await critic.judge({ image: item.path, prompt: item.prompt, embedding: false, signal });
      return [name, { quality: score.raw.quality, alignment: score.raw.alignment }] as const;
    }),
  );
  return Object.fromEntries(scores);
}

/** An error that another image would not have. */
function isAboutImage(error: unknown): error is EliqError {
  return error instanceof EliqError && (error.code.startsWith("ERR_IMAGE") || error.code === "ERR_IO");
}

function outcomeOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** Results name images as the data set does, wherever it lies. */
function withoutFolder<T extends { readonly message: string }>(line: T, absolute: string, path: string): T {
  return { ...line, message: line.message.replaceAll(absolute, path) };
}
