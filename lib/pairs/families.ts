/** All families together: those that change pixels and those that pair existing pictures and prompts. */
import { type PairingFamily, pairingFamilies } from "./alignment/families.js";
import { type DegradationFamily, families } from "./degradations/index.js";
import { editingModel } from "./editing/family.js";

/** Every family that a build draws, cell by cell within each of the two kinds. */
export const allFamilies: readonly (DegradationFamily | PairingFamily)[] = [...families, ...pairingFamilies];

/** Every family that a manifest can hold: with the one whose pictures are given. */
export const recordedFamilies: readonly (DegradationFamily | PairingFamily)[] = [...allFamilies, editingModel];

const summaries = new Map(recordedFamilies.map(({ name, summary }) => [name, summary]));

/** What a family does, in a sentence; empty for one that this version does not know. */
export function familySummary(name: string): string {
  return summaries.get(name) ?? "";
}
