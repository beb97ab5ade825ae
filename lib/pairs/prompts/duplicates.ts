/** Finds prompts that say the same as an earlier one. */
import { createHash } from "node:crypto";
import { wordsOf } from "./prompt.js";

/** An earlier prompt that says the same. */
export interface Duplicate {
  /** Its number: how many prompts were added before it. */
  readonly index: number;
  /** The same words in the same order, whatever their case and punctuation. */
  readonly exact: boolean;
  /** Jaccard similarity of the two sets of words, articles left out, in [threshold, 1]. */
  readonly similarity: number;
}

/** Two prompts whose sets of words have at least this Jaccard similarity are near-duplicates. */
export const nearDuplicateSimilarity = 0.8;

const articles = new Set(["a", "an", "the"]);

/**
 * An index of prompts by their words. It answers exactly, and compares few pairs: in one order of all words, two sets of
 * similarity t or more share a word among the first |x| - ceil(t |x|) + 1 of each (prefix filter: Chaudhuri, Ganti and Kaushik,
 * ICDE 2006; Bayardo, Ma and Srikant, WWW 2007). Rare words come first in that order; it is renewed whenever the number of
 * prompts has doubled. The texts are not kept: a prompt costs some 4 bytes a word and 80 more.
 */
export class DuplicateIndex {
  readonly #threshold: number;
  readonly #wordIds = new Map<string, number>();
  /** How many prompts have a word. */
  readonly #frequencies: number[] = [];
  /** A word's place in the order, for those that were known when it was made. */
  #ranks: number[] = [];
  #postings = new Map<number, number[]>();
  readonly #texts = new Map<number, number>();
  #words = new Uint32Array(1024);
  readonly #ends: number[] = [];
  #renewAt = 256;

  /** @param threshold Jaccard similarity above 0, at most 1, from which two prompts are near-duplicates. */
  constructor(threshold = nearDuplicateSimilarity) {
    this.#threshold = threshold;
  }

  /** How many prompts were added. */
  get size(): number {
    return this.#ends.length;
  }

  /** The earlier prompt that is most like this one, the earliest of several; undefined when none is near. */
  find(text: string): Duplicate | undefined {
    const words = wordsOf(text);
    return this.#find(this.#toSet(words), hashOf(words));
  }

  /** Adds a prompt, and says which earlier one it repeats. */
  add(text: string): Duplicate | undefined {
    const words = wordsOf(text);
    const set = this.#toSet(words);
    const hash = hashOf(words);
    const found = this.#find(set, hash);
    const index = this.#append(set);
    if (!this.#texts.has(hash)) this.#texts.set(hash, index);
    this.#post(index, set);
    if (this.size >= this.#renewAt) this.#renew();
    return found;
  }

  #find(set: readonly number[], hash: number): Duplicate | undefined {
    if (set.length === 0) return undefined;
    const same = this.#texts.get(hash);
    if (same !== undefined && this.#similarity(new Set(set), same) === 1)
      return { index: same, exact: true, similarity: 1 };
    const candidates = new Set(this.#prefix(set).flatMap((word) => this.#postings.get(word) ?? []));
    const members = new Set(set);
    let best: Duplicate | undefined;
    for (const index of candidates) {
      const similarity = this.#similarity(members, index);
      if (similarity < this.#threshold) continue;
      const better = !best || similarity > best.similarity || (similarity === best.similarity && index < best.index);
      if (better) best = { index, exact: false, similarity };
    }
    return best;
  }

  #similarity(members: ReadonlySet<number>, index: number): number {
    const start = this.#start(index);
    const end = this.#ends[index] as number;
    const length = end - start;
    const [shorter, longer] = length < members.size ? [length, members.size] : [members.size, length];
    if (shorter < this.#threshold * longer) return 0;
    let shared = 0;
    for (let i = start; i < end; i++) if (members.has(this.#words[i] as number)) shared++;
    return shared / (length + members.size - shared);
  }

  #start(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] as number);
  }

  /** Ids of the different words, articles left out; of all words when there are only articles. */
  #toSet(words: readonly string[]): number[] {
    const kept = words.filter((word) => !articles.has(word));
    return [...new Set(kept.length > 0 ? kept : words)].map((word) => {
      const known = this.#wordIds.get(word);
      if (known !== undefined) return known;
      const id = this.#frequencies.push(0) - 1;
      this.#wordIds.set(word, id);
      return id;
    });
  }

  #append(set: readonly number[]): number {
    const start = this.#start(this.size);
    if (start + set.length > this.#words.length) {
      const grown = new Uint32Array(2 * (start + set.length));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words.set(set, start);
    for (const word of set) this.#frequencies[word] = (this.#frequencies[word] as number) + 1;
    return this.#ends.push(start + set.length) - 1;
  }

  /** The rarest words of a set, so many that a near-duplicate has one of them among its own. */
  #prefix(set: readonly number[]): number[] {
    const count = set.length - Math.ceil(this.#threshold * set.length - 1e-9) + 1;
    // Words that came later than the order are rarer than all in it; among themselves they go by id.
    const rank = (word: number) => this.#ranks[word] ?? -1;
    return [...set].sort((a, b) => rank(a) - rank(b) || a - b).slice(0, count);
  }

  #post(index: number, set: readonly number[]): void {
    for (const word of this.#prefix(set)) {
      const posted = this.#postings.get(word);
      if (posted) posted.push(index);
      else this.#postings.set(word, [index]);
    }
  }

  #renew(): void {
    const frequency = (word: number) => this.#frequencies[word] as number;
    const order = this.#frequencies.map((_, word) => word).sort((a, b) => frequency(a) - frequency(b) || a - b);
    this.#ranks = [];
    order.forEach((word, rank) => {
      this.#ranks[word] = rank;
    });
    this.#postings = new Map();
    for (let index = 0; index < this.size; index++) {
      this.#post(index, [...this.#words.subarray(this.#start(index), this.#ends[index])]);
    }
    this.#renewAt = 2 * this.size;
  }
}

/** 48 bits; sets of words are compared too, so that a collision does no harm. */
function hashOf(words: readonly string[]): number {
  return createHash("sha256").update(words.join(" ")).digest().readUIntBE(0, 6);
}
