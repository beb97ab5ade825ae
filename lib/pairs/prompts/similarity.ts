/**
 * Prompts that resemble a prompt, for swapped prompts as alignment negatives: a similar wrong prompt is a hard negative. Cosine of
 * TF-IDF vectors over stems (Salton and Buckley, Information Processing & Management 24(5), 1988), with an inverted index.
 */
import { EliqError } from "../../errors.js";
import type { Random } from "../random.js";
import { normalisePrompt } from "./normalise.js";

/** Cosine from which two prompts count as saying the same. */
export const nearIdenticalSimilarity = 0.9;

/** Share of a prompt's weight that another prompt must say as well for the first to follow from it. */
const entailedShare = 0.95;

export interface RankedPrompt {
  /** Place in the pool. */
  readonly index: number;
  readonly text: string;
  /** Cosine to the prompt asked about, in [0, 1). */
  readonly similarity: number;
}

const stopWords = new Set(
  `a an the and or of in on at to with for from by as is are was were be been being it its this that these those there their his her he she they
   them him who which while but not no into onto over under up down out off near about between through s t one some any each very so than then`.split(
    /\s+/,
  ),
);

/** @returns the stem of a lower-case word: endings of number and of verbs taken off (after Harman, JASIS 42(1), 1991). */
export function stem(word: string): string {
  let base = word.replace(/'s$/, "");
  if (/[^aeiou]ies$/.test(base) && base.length > 4) base = `${base.slice(0, -3)}y`;
  else if (/(?:s|x|z|ch|sh)es$/.test(base)) base = base.slice(0, -2);
  else if (/[^su]s$/.test(base) && base.length > 3) base = base.slice(0, -1);
  const bare = base.replace(/(?<=[aeiouy].*)(?:ing|ed|en)$/, "");
  if (bare !== base && bare.length >= 3) base = bare.replace(/([bdgklmnprt])\1$/, "$1");
  return base.length > 3 ? base.replace(/e$/, "") : base;
}

/** Stems of a prompt's content words with their numbers. */
function termCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu) ?? []) {
    if (stopWords.has(word)) continue;
    const term = stem(word.replace("’", "'"));
    counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return counts;
}

/** A fixed set of prompts that can be ranked by similarity to any prompt. */
export class PromptPool {
  /** The prompts in the order given. */
  readonly texts: readonly string[];
  private readonly normalised: readonly string[];
  /** Term to the prompts that hold it, with their weights; each prompt's weights have Euclidean length 1. */
  private readonly postings = new Map<string, { readonly index: number; readonly weight: number }[]>();
  private readonly frequency = new Map<string, number>();

  /** @param texts up to some ten thousand prompts; a ranking takes time in proportion to them. */
  constructor(texts: readonly string[]) {
    this.texts = [...texts];
    this.normalised = texts.map(normalisePrompt);
    const counts = texts.map(termCounts);
    for (const terms of counts)
      for (const term of terms.keys()) this.frequency.set(term, (this.frequency.get(term) ?? 0) + 1);
    for (const [index, terms] of counts.entries())
      for (const [term, weight] of this.weights(terms)) {
        const list = this.postings.get(term);
        if (list) list.push({ index, weight });
        else this.postings.set(term, [{ index, weight }]);
      }
  }

  get size(): number {
    return this.texts.length;
  }

  /**
   * The pool's prompts by falling similarity, ties in the pool's order. Left out are the prompt itself, prompts that say nearly
   * the same (similarity of at least {@link nearIdenticalSimilarity}), and prompts that say nothing beyond it and so hold for
   * its picture as well.
   */
  ranked(prompt: string): RankedPrompt[] {
    const { similarity, shared } = this.compare(prompt);
    const own = normalisePrompt(prompt);
    const ranked: RankedPrompt[] = [];
    for (let index = 0; index < this.texts.length; index++) {
      const value = similarity[index] as number;
      if (
        value >= nearIdenticalSimilarity ||
        (shared[index] as number) >= entailedShare ||
        this.normalised[index] === own
      )
        continue;
      ranked.push({ index, text: this.texts[index] as string, similarity: value });
    }
    return ranked.sort((a, b) => b.similarity - a.similarity || a.index - b.index);
  }

  /** Cosine to every prompt, and the share of its squared weight that lies on terms of `prompt`. */
  private compare(prompt: string): { similarity: Float64Array; shared: Float64Array } {
    const similarity = new Float64Array(this.texts.length);
    const shared = new Float64Array(this.texts.length);
    for (const [term, own] of this.weights(termCounts(prompt)))
      for (const { index, weight } of this.postings.get(term) ?? []) {
        similarity[index] = (similarity[index] as number) + own * weight;
        shared[index] = (shared[index] as number) + weight * weight;
      }
    return { similarity, shared };
  }

  /** (1 + ln tf) ln(1 + N / df), to length 1; a term that the pool lacks counts as one that a single prompt holds. */
  private weights(terms: ReadonlyMap<string, number>): [string, number][] {
    const raw = [...terms].map(([term, count]): [string, number] => [
      term,
      (1 + Math.log(count)) * Math.log(1 + this.texts.length / (this.frequency.get(term) ?? 1)),
    ]);
    const length = Math.hypot(...raw.map(([, weight]) => weight)) || 1;
    return raw.map(([term, weight]) => [term, weight / length]);
  }
}

/** How many neighbours of a level's ideal place a swap is drawn from. */
const neighbourhood = 3;

/**
 * Other prompts from very similar to dissimilar: level 1 is among the most similar ones, the last level among the least, and the
 * ones between are spread evenly over similarity.
 *
 * @param levels the most levels wanted, at least 1.
 * @returns at most `levels` prompts with strictly falling similarity; fewer only when the pool has fewer different similarities.
 */
export function swapLevels(prompt: string, pool: PromptPool, levels: number, random: Random): RankedPrompt[] {
  requireCount("levels", levels);
  const ranked = pool.ranked(prompt);
  const distinct = [...new Set(ranked.map(({ similarity }) => similarity))];
  const count = Math.min(levels, distinct.length);
  if (count === 0) return [];
  const chosen: RankedPrompt[] = [];
  for (let level = 1; level <= count; level++) {
    const ceiling = chosen.at(-1)?.similarity ?? 1;
    const floor = distinct.at(-1 - (count - level)) as number;
    const open = ranked.filter(({ similarity }) => similarity < ceiling && similarity >= floor);
    chosen.push(random.pick(neighbours(open, level, count, chosen[0]?.similarity ?? 1)));
  }
  return chosen;
}

/** Candidates for a level: the most similar ones for the first, all of the least similar for the last, those nearest to an even step else. */
function neighbours(open: readonly RankedPrompt[], level: number, count: number, top: number): RankedPrompt[] {
  const lowest = (open.at(-1) as RankedPrompt).similarity;
  if (level === 1) return open.slice(0, neighbourhood);
  if (level === count) return open.filter(({ similarity }) => similarity === lowest);
  const ideal = top * (1 - (level - 1) / (count - 1));
  return [...open]
    .sort((a, b) => Math.abs(a.similarity - ideal) - Math.abs(b.similarity - ideal))
    .slice(0, neighbourhood);
}

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new EliqError("ERR_INVALID_ARGUMENT", `${name} is ${value}; give a whole number of at least 1.`);
}
