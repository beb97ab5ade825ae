/** How one picture is made from a clean one: steps that say all there is to know, so that it can be made again. */
import { EliqError } from "../errors.js";
import { familyByName, type Parameters } from "./degradations/index.js";
import { Random } from "./random.js";
import type { Raster } from "./raster.js";

/** One family applied with fixed parameters. */
export interface Step {
  readonly family: string;
  /** 0 (just visible) to 1 (spoilt); for reading only, `parameters` decide. */
  readonly severity: number;
  /** Names the random stream of fields and places; the same for all levels of a chain. */
  readonly seed: number;
  readonly parameters: Parameters;
  /** The second picture, for families that blend two. */
  readonly partner?: string;
}

/** Where the pixels of a step's partner come from. */
export type PartnerSource = (partner: string) => Promise<Raster>;

/** A step of a family at a severity: draws its parameters. */
export function makeStep(family: string, severity: number, seed: number, partner?: string): Step {
  const parameters = familyByName(family).parameters(severity, new Random(seed, "parameters"));
  return { family, severity, seed, parameters, ...(partner === undefined ? {} : { partner }) };
}

/**
 * Applies the steps in order. A function of its arguments and of the versions of sharp and libvips alone.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT for an unknown family or a missing partner.
 */
export async function applySteps(clean: Raster, steps: readonly Step[], partners?: PartnerSource): Promise<Raster> {
  let raster = clean;
  for (const { family, seed, parameters, partner } of steps) {
    const { apply, partner: needsPartner } = familyByName(family);
    if (needsPartner && (partner === undefined || !partners))
      throw new EliqError("ERR_INVALID_ARGUMENT", `The family "${family}" needs a second picture, and none is named.`);
    const second = needsPartner && partner !== undefined ? await partners?.(partner) : undefined;
    raster = await apply(raster, parameters, new Random(seed, "pixels"), second);
  }
  return raster;
}
