import type { DegradationFamily } from "../family.js";
import { attributeRecoloured } from "./attribute-recoloured.js";
import { countChanged } from "./count-changed.js";
import { objectCovered } from "./object-covered.js";
import { objectRemoved } from "./object-removed.js";

/** The families of the cell, in the order of the docs. */
export const aigcAlignment: readonly DegradationFamily[] = [
  objectRemoved,
  objectCovered,
  attributeRecoloured,
  countChanged,
];
