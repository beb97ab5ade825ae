/** The scan as the second pass asks it: an entry by number, and others of the same split. */

import type { LineFile } from "../../files/line-file.js";
import { PromptPool } from "../prompts/similarity.js";
import type { Random } from "../random.js";
import type { ScanEntry } from "./scan.js";
import type { ScanIndex } from "./scan-index.js";

/** Prompts that similar ones are looked for among, per split; evenly spread over the list. */
const poolSize = 2000;

/** Draws before it is given up to find another image: with a small split most draws miss. */
const draws = 200;

/** Prompts of one split, and the entries that they belong to, place by place. */
export interface SplitPool {
  readonly prompts: PromptPool;
  readonly entries: readonly number[];
}

export class ScannedImages {
  readonly #pools = new Map<string, Promise<SplitPool>>();

  constructor(
    readonly index: ScanIndex,
    private readonly file: LineFile,
  ) {}

  async entry(number: number): Promise<ScanEntry> {
    return JSON.parse(await this.file.read(this.index.offset(number))) as ScanEntry;
  }

  /** The key of an image of another group in the same split, or undefined when there is none. */
  async partner(number: number, random: Random): Promise<string | undefined> {
    const split = this.index.split(number);
    for (let i = 0; i < draws; i++) {
      const other = random.integer(this.index.size);
      if (!this.index.sameGroup(number, other) && this.index.split(other) === split)
        return (await this.entry(other)).source.key;
    }
    return undefined;
  }

  /** Prompts of the entry's split. */
  pool(number: number): Promise<SplitPool> {
    const split = this.index.split(number);
    let pool = this.#pools.get(split);
    if (!pool) {
      pool = this.#makePool(split);
      this.#pools.set(split, pool);
    }
    return pool;
  }

  async #makePool(split: string): Promise<SplitPool> {
    const eligible = () => this.#eligible(split);
    let count = 0;
    for (const _ of eligible()) count++;
    const entries: number[] = [];
    let seen = 0;
    for (const number of eligible()) if (seen++ % Math.ceil(count / poolSize) === 0) entries.push(number);
    const texts = await Promise.all(entries.map(async (number) => (await this.entry(number)).source.prompt as string));
    return { prompts: new PromptPool(texts), entries };
  }

  /** The first entry of every prompt in a split. */
  *#eligible(split: string): Generator<number> {
    for (let number = 0; number < this.index.size; number++)
      if (this.index.isFirstOfPrompt(number) && this.index.split(number) === split) yield number;
  }
}
