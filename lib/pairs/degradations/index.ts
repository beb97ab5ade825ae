/** Every family of visual negatives, and the look-up by name. */
import { EliqError } from "../../errors.js";
import { aigcAesthetic } from "./aigc-aesthetic/index.js";
import { aigcAlignment } from "./aigc-alignment/index.js";
import { aigcTechnical } from "./aigc-technical/index.js";
import { conventionalAesthetic } from "./conventional-aesthetic/index.js";
import { conventionalTechnical } from "./conventional-technical/index.js";
import type { DegradationFamily } from "./family.js";

export {
  type Aspect,
  type Cell,
  type DegradationFamily,
  type Kept,
  levels,
  type Parameters,
  severityOf,
  type VisualAspect,
} from "./family.js";

/** Every family that changes the picture, cell by cell of ELIQ's grid. */
export const families: readonly DegradationFamily[] = [
  ...conventionalTechnical,
  ...conventionalAesthetic,
  ...aigcTechnical,
  ...aigcAesthetic,
  ...aigcAlignment,
];

const byName = new Map(families.map((family) => [family.name, family]));

/**
 * A family by its name.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT naming the known families.
 */
export function familyByName(name: string): DegradationFamily {
  const family = byName.get(name);
  if (!family)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `There is no degradation family "${name}". Known: ${[...byName.keys()].join(", ")}.`,
    );
  return family;
}
