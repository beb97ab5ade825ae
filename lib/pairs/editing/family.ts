/** The family of given negatives: pictures that an image-editing model spoilt, one level each. */
import type { PairingFamily } from "../alignment/families.js";

/** Not among `allFamilies`, since a build cannot draw it: its pictures come from a list. */
export const editingModel: PairingFamily = {
  name: "editing-model",
  summary: "The picture as an image-editing model spoilt it by instruction: its crop, light or colours.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
};

/** How bad such a picture is taken to be: nothing measures it. */
export const editedSeverity = 0.5;

/** Name of the list in the folder of edited pictures. */
export const negativesName = "negatives.jsonl";
