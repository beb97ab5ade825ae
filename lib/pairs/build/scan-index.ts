/** All accepted images of a build, each as a few numbers: where its line is, its group, others of its prompt. */

import { HashTable, hash52, NumberList } from "../hash-table.js";
import { alikeRadius, NearDuplicates } from "../positives/near-duplicates.js";
import { normalisePrompt } from "../prompts/normalise.js";
import { isHeldOut } from "../sources/read.js";
import type { ScanEntry } from "./scan.js";

/** Marks the end of a list of entries. */
const none = -1;

/**
 * Entries are numbered from 0 in the order in which they are added. Entries of one group, one prompt, or whose pictures look
 * nearly alike are joined (union-find), and what is joined shares a split.
 */
export class ScanIndex {
  readonly #offsets = new NumberList();
  readonly #keys = new NumberList();
  readonly #parents = new NumberList();
  /** The previous entry of the same prompt, or -1. */
  readonly #previous = new NumberList();
  readonly #prompts = new NumberList();
  readonly #strengths = new NumberList();
  readonly #lastOfPrompt = new HashTable();
  readonly #firstOfGroup = new HashTable();
  readonly #pictures = new NearDuplicates();
  readonly #alike = new NearDuplicates(alikeRadius);

  constructor(private readonly testShare: number) {}

  get size(): number {
    return this.#offsets.length;
  }

  /** The entry whose picture this one repeats, if any: too near to be worth keeping both. */
  duplicateOf(hash: string): number | undefined {
    return this.#pictures.find(BigInt(`0x${hash}`));
  }

  /**
   * @param offset where the entry's line begins in the scan file.
   * @returns the entry's number.
   */
  add(entry: ScanEntry, offset: number): number {
    const number = this.#offsets.push(offset);
    this.#keys.push(hash52(entry.source.key));
    this.#parents.push(number);
    this.#strengths.push(entry.source.strength ?? Number.NaN);
    const hash = BigInt(`0x${entry.hash}`);
    for (const alike of this.#alike.all(hash)) this.#join(alike, number);
    this.#pictures.add(hash);
    this.#alike.add(hash);
    this.#joinFirst(hash52(`group\0${entry.source.group}`), number);
    this.#addPrompt(entry.source.prompt, number);
    return number;
  }

  #joinFirst(key: number, number: number): void {
    const first = this.#firstOfGroup.get(key);
    if (first === undefined) this.#firstOfGroup.set(key, number);
    else this.#join(first, number);
  }

  #addPrompt(prompt: string | undefined, number: number): void {
    const key = prompt === undefined ? 0 : hash52(`prompt\0${normalisePrompt(prompt)}`);
    const last = key === 0 ? undefined : this.#lastOfPrompt.get(key);
    this.#prompts.push(key);
    this.#previous.push(last ?? none);
    if (last !== undefined) this.#join(last, number);
    if (key !== 0) this.#lastOfPrompt.set(key, number);
  }

  /** Where the entry's line begins in the scan file. */
  offset(number: number): number {
    return this.#offsets.at(number);
  }

  /** Whether the entry has a prompt that no earlier entry has. */
  isFirstOfPrompt(number: number): boolean {
    return this.#prompts.at(number) !== 0 && this.#previous.at(number) === none;
  }

  /** The strength of the entry's generator; NaN where the list states none. */
  strength(number: number): number {
    return this.#strengths.at(number);
  }

  /** All entries of the same prompt, the latest first; the entry itself when it has none. */
  ofSamePrompt(number: number): number[] {
    const key = this.#prompts.at(number);
    if (key === 0) return [number];
    const entries: number[] = [];
    for (let at = this.#lastOfPrompt.get(key) ?? none; at !== none; at = this.#previous.at(at)) entries.push(at);
    return entries;
  }

  /** Name of the entry's group, known when all entries are added: from the key of its first member. */
  group(number: number): string {
    return this.#keys.at(this.#root(number)).toString(16).padStart(13, "0");
  }

  sameGroup(a: number, b: number): boolean {
    return this.#root(a) === this.#root(b);
  }

  split(number: number): "train" | "test" {
    return isHeldOut(this.group(number), this.testShare) ? "test" : "train";
  }

  #root(number: number): number {
    let at = number;
    while (this.#parents.at(at) !== at) {
      this.#parents.put(at, this.#parents.at(this.#parents.at(at)));
      at = this.#parents.at(at);
    }
    return at;
  }

  /** The smaller number becomes the root, so that a group's name does not depend on the order of joining. */
  #join(a: number, b: number): void {
    const [ra, rb] = [this.#root(a), this.#root(b)];
    this.#parents.put(Math.max(ra, rb), Math.min(ra, rb));
  }
}
