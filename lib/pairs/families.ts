/** All families together: those that change pixels and those that pair existing pictures and prompts. */
import { type PairingFamily, pairingFamilies } from "./alignment/families.js";
import { type DegradationFamily, families } from "./degradations/index.js";

/** Every family, cell by cell within each of the two kinds. */
export const allFamilies: readonly (DegradationFamily | PairingFamily)[] = [...families, ...pairingFamilies];

const summaries = new Map(allFamilies.map(({ name, summary }) => [name, summary]));

/** What a family does, in a sentence; empty for one that this version does not know. */
export function familySummary(name: string): string {
  return summaries.get(name) ?? "";
}
