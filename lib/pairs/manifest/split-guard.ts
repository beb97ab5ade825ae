/** Refuses manifests whose test split was seen in training. */
import { EliqError } from "../../errors.js";
import { HashTable, hash52, NumberList } from "../hash-table.js";
import { alikeRadius, NearDuplicates } from "../positives/near-duplicates.js";
import { normalisePrompt } from "../prompts/normalise.js";
import type { Unit } from "./schema.js";

function sideOf(split: Unit["split"]): 0 | 1 {
  return split === "train" ? 0 : 1;
}

/**
 * Sees every unit once and remembers of each some hashes and its split. Groups, prompts, source files and pictures (a near
 * duplicate counts as the same) must be on one side only; so must pictures that a unit borrows from others.
 */
export class SplitGuard {
  readonly #seen = new HashTable();
  readonly #pictures = new NearDuplicates(alikeRadius);
  readonly #splits = new NumberList();

  /** @param manifest path, for messages. */
  constructor(private readonly manifest: string) {}

  /** @throws EliqError ERR_SPLIT_LEAK */
  check(unit: Unit, place: string): void {
    this.#claim("group", unit.group, unit, place);
    this.#claim("source", unit.source.path, unit, place);
    this.#claim("file", unit.source.sha256, unit, place);
    for (const { source, steps } of unit.images) {
      if (source !== undefined) this.#claim("source", source, unit, place);
      for (const { partner } of steps) if (partner !== undefined) this.#claim("source", partner, unit, place);
    }
    // Swapped prompts are whole prompts of other units; edited ones are new.
    for (const { text, edits } of unit.prompts)
      if (edits === undefined) this.#claim("prompt", normalisePrompt(text), unit, place);
    this.#claimPicture(unit, place);
  }

  #claim(what: string, key: string, { split }: Unit, place: string): void {
    const hash = hash52(`${what}\0${key}`);
    const side = this.#seen.get(hash);
    const own = sideOf(split);
    if (side === undefined) this.#seen.set(hash, own);
    else if (side !== own) throw this.#leak(`${what} "${key.slice(0, 80)}"`, place);
  }

  #claimPicture({ source, split }: Unit, place: string): void {
    const hash = BigInt(`0x${source.hash}`);
    if (this.#pictures.all(hash).some((other) => this.#splits.at(other) !== sideOf(split)))
      throw this.#leak(`picture of ${source.path} (or one that looks like it)`, place);
    this.#pictures.add(hash);
    this.#splits.push(sideOf(split));
  }

  #leak(what: string, place: string): EliqError {
    return new EliqError(
      "ERR_SPLIT_LEAK",
      `${place}: the ${what} is in both the train and the test split of ${this.manifest}. Nothing measured on such a split holds; build the pairs anew.`,
    );
  }
}
