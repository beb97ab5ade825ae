/** Which chains a gallery shows: the first few of every family, in one pass over the manifest. */
import type { Cell } from "../degradations/index.js";
import { familySummary } from "../families.js";
import { hash52 } from "../hash-table.js";
import type { PairManifest } from "../manifest/read.js";
import type { Unit, UnitChain } from "../manifest/schema.js";

/** A chain and the unit that it belongs to. */
export interface Example {
  readonly unit: Unit;
  readonly chain: UnitChain;
}

/** What is shown of one family. */
export interface FamilyExamples {
  readonly name: string;
  readonly cell: Cell;
  readonly aspects: readonly string[];
  readonly summary: string;
  readonly examples: readonly Example[];
}

export interface Selection {
  /** In the header's order. */
  readonly families: readonly FamilyExamples[];
  readonly combinations: readonly Example[];
  readonly units: number;
}

/**
 * Of each family the chains that come first by a hash of family and unit, so that a page shows many pictures: chains with all
 * levels before shorter ones, and no second example of a kind (photograph, AI image) before the first of the other.
 *
 * @param perFamily examples at most.
 */
export async function selectExamples(manifest: PairManifest, perFamily: number): Promise<Selection> {
  const byFamily = new Map<string, Candidate[]>(manifest.header.families.map(({ name }) => [name, []]));
  const combinations: Candidate[] = [];
  let units = 0;
  for await (const unit of manifest.units()) {
    units++;
    for (const chain of unit.chains) {
      const list = chain.families.length > 1 ? combinations : byFamily.get(chain.families[0] as string);
      if (list) offer(list, unit, chain, perFamily);
    }
  }
  return {
    families: manifest.header.families.map(({ name, cell, aspects }) => ({
      name,
      cell,
      aspects,
      summary: familySummary(name),
      examples: pick(byFamily.get(name) ?? [], perFamily),
    })),
    combinations: pick(combinations, perFamily),
    units,
  };
}

interface Candidate extends Example {
  readonly order: number;
}

/** Keeps the first of each kind only, so that memory does not grow with the manifest. */
function offer(list: Candidate[], unit: Unit, chain: UnitChain, most: number): void {
  const order = hash52(`gallery\0${chain.families.join("+")}\0${unit.source.path}`) - chain.levels.length * 2 ** 52;
  list.push({ unit, chain, order });
  list.sort((a, b) => a.order - b.order);
  const last = list.findLast((one, i) => list.slice(0, i).filter((other) => sameKind(other, one)).length >= most);
  if (last) list.splice(list.indexOf(last), 1);
}

function sameKind(a: Example, b: Example): boolean {
  return a.unit.kind === b.unit.kind;
}

/** In order, the first of every kind before the second of any. */
function pick(candidates: readonly Candidate[], most: number): Example[] {
  const rank = (one: Candidate) => candidates.filter((other) => sameKind(other, one) && other.order < one.order).length;
  return [...candidates].sort((a, b) => rank(a) - rank(b) || a.order - b.order).slice(0, most);
}
