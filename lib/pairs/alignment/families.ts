/** Families of negatives that leave pixels alone: another prompt for the image, another image for the prompt, a weaker generator. */
import type { Aspect, Cell } from "../degradations/index.js";
import { type EditKind, editKinds } from "../prompts/edit-kinds.js";

/** A family that pairs existing pictures and prompts. */
export interface PairingFamily {
  /** Kebab-case, unique among all families. */
  readonly name: string;
  /** One sentence for docs and gallery. */
  readonly summary: string;
  readonly cell: Cell;
  readonly aspects: readonly (Aspect | "quality")[];
}

const conventional: Cell = { origin: "conventional", dimension: "alignment" };

const editSummaries: Readonly<Record<EditKind, string>> = {
  object: "The prompt names another thing of the same class; further levels change further slots.",
  attribute: "The prompt names another colour, material, size or texture; further levels change further slots.",
  count: "The prompt asks for another number of things; further levels change further slots.",
  relation: "The prompt puts things elsewhere or has them do something else; further levels change further slots.",
  style: "The prompt asks for another style; further levels change further slots.",
  negation: "The prompt excludes what was there, or asks for what was excluded; further levels change further slots.",
};

/** One per kind of edit: level k is the prompt after k edits, the first of them of the family's kind. */
export const editFamilies: readonly (PairingFamily & { readonly kind: EditKind })[] = editKinds.map((kind) => ({
  name: `edited-${kind}`,
  summary: editSummaries[kind],
  cell: conventional,
  aspects: ["alignment"],
  kind,
}));

/** Prompts of other images, hardest first. */
export const similarPrompt: PairingFamily = {
  name: "similar-prompt",
  summary: "Hard swaps: prompts of other images whose text is close, less close at each level.",
  cell: conventional,
  aspects: ["alignment"],
};

export const swappedPrompt: PairingFamily = {
  name: "swapped-prompt",
  summary: "Prompts of other images, from a similar one to an unrelated one.",
  cell: conventional,
  aspects: ["alignment"],
};

export const otherImage: PairingFamily = {
  name: "other-image",
  summary: "Another prompt's picture in place of the prompt's own, from a similar prompt to an unrelated one.",
  cell: conventional,
  aspects: ["alignment"],
};

/** Orders overall quality too: who draws the prompt worse usually draws worse. */
export const weakerGenerator: PairingFamily = {
  name: "weaker-generator",
  summary: "The same prompt drawn by weaker or older generators, weaker at each level.",
  cell: { origin: "aigc", dimension: "alignment" },
  aspects: ["quality", "alignment"],
};

/** All of them. */
export const pairingFamilies: readonly PairingFamily[] = [
  ...editFamilies,
  similarPrompt,
  swappedPrompt,
  otherImage,
  weakerGenerator,
];
