/** What a manifest holds, counted in one pass. */
import type { Cell } from "../degradations/index.js";
import type { PairManifest } from "./read.js";
import type { End, Unit } from "./schema.js";

export interface FamilyCount {
  readonly name: string;
  readonly cell: Cell;
  /** Chains of this family alone. */
  chains: number;
  /** Their levels. */
  levels: number;
  /** Combinations that it takes part in. */
  combined: number;
}

export interface PairStats {
  /** Every family of the header, in its order. */
  readonly families: readonly FamilyCount[];
  readonly units: Readonly<Record<Unit["split"], number>>;
  readonly groups: Readonly<Record<Unit["split"], number>>;
  readonly kinds: Readonly<Record<string, number>>;
  readonly withPrompt: number;
  /** Pairs by aspect: neighbours in a chain, as the manifest lists them. */
  readonly relations: Readonly<Record<string, number>>;
  readonly end: End;
}

/** The six cells of ELIQ's grid, in order. */
export const cells: readonly Cell[] = (["conventional", "aigc"] as const).flatMap((origin) =>
  (["technical", "aesthetic", "alignment"] as const).map((dimension) => ({ origin, dimension })),
);

/** Whether two cells are the same. */
export function sameCell(a: Cell, b: Cell): boolean {
  return a.origin === b.origin && a.dimension === b.dimension;
}

/** Cells without a single chain. Combinations do not count: what they add to a cell cannot be told apart. */
export function emptyCells(stats: PairStats): Cell[] {
  return cells.filter((cell) => !stats.families.some((family) => family.chains > 0 && sameCell(family.cell, cell)));
}

/** @throws EliqError as `PairManifest.units`. */
export async function collectStats(manifest: PairManifest): Promise<PairStats> {
  const families = manifest.header.families.map(
    ({ name, cell }): FamilyCount => ({ name, cell, chains: 0, levels: 0, combined: 0 }),
  );
  const byName = new Map(families.map((family) => [family.name, family]));
  const units = { train: 0, test: 0 };
  const groups = { train: new Set<string>(), test: new Set<string>() };
  const kinds: Record<string, number> = {};
  const relations: Record<string, number> = {};
  let withPrompt = 0;
  const stream = manifest.units();
  for (;;) {
    const next = await stream.next();
    if (next.done)
      return {
        families,
        units,
        groups: { train: groups.train.size, test: groups.test.size },
        kinds,
        withPrompt,
        relations,
        end: next.value,
      };
    const unit = next.value;
    units[unit.split]++;
    groups[unit.split].add(unit.group);
    kinds[unit.kind] = (kinds[unit.kind] ?? 0) + 1;
    if (unit.prompts.length > 0) withPrompt++;
    countChains(unit, byName);
    for (const { aspect } of unit.relations) relations[aspect] = (relations[aspect] ?? 0) + 1;
  }
}

function countChains(unit: Unit, byName: ReadonlyMap<string, FamilyCount>): void {
  for (const { families, levels } of unit.chains)
    for (const name of families) {
      const family = byName.get(name);
      if (!family) continue;
      if (families.length > 1) family.combined++;
      else {
        family.chains++;
        family.levels += levels.length;
      }
    }
}
