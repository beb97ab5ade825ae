/** From one good picture to its chains: the same damage at rising severity, every member encoded the same way at the end. */
import type { Aspect, DegradationFamily } from "./degradations/index.js";
import { Random } from "./random.js";
import { type FinalEncoding, type Raster, reencode } from "./raster.js";
import { applySteps, makeStep } from "./recipe.js";

/** What chains to draw for an image. */
export interface ChainOptions {
  readonly seed: number;
  readonly families: readonly DegradationFamily[];
  /** Single-family chains per image. */
  readonly singles: number;
  /** Two-step chains per image. */
  readonly combinations: number;
  /** One severity is drawn from each range; the ranges ascend and do not overlap. */
  readonly severities: readonly (readonly [number, number])[];
}

export const defaultSeverities: ChainOptions["severities"] = [
  [0.05, 0.45],
  [0.5, 1],
];

/** One kind of damage to one image at rising severities. */
export interface Chain {
  /** Families in the order of application; one, or several for a combination. */
  readonly steps: readonly string[];
  /** One per step: the levels of a chain differ in severity only. */
  readonly seeds: readonly number[];
  readonly aspects: readonly Aspect[];
  /** Ascending. */
  readonly severities: readonly number[];
}

/** All that is made from one image; a function of the options and the image's key alone. */
export interface ImageRecipe {
  /** Names the image's random streams, e.g. its path in the manifest. */
  readonly key: string;
  readonly encoding: FinalEncoding;
  readonly chains: readonly Chain[];
}

/** Families that work on one picture by itself and order how it looks. */
export function isVisual(family: DegradationFamily): boolean {
  return !family.partner && family.cell.dimension !== "alignment";
}

/** Draws an image's chains at random severities. */
export function planImage(key: string, options: ChainOptions): ImageRecipe {
  const random = new Random(options.seed, "plan", key);
  const encoding: FinalEncoding = {
    format: "jpeg",
    quality: 75 + random.integer(18),
    chromaSubsampling: random.uniform() < 0.5 ? "4:2:0" : "4:4:4",
  };
  const order = random.shuffle(options.families);
  const draw = (steps: readonly DegradationFamily[]) =>
    makeChain(
      steps,
      options.severities.map(([low, high]) => random.uniform(low, high)),
      random,
    );
  const chains = order.slice(0, options.singles).map((family) => draw([family]));
  for (let i = 0; i < options.combinations && order.length > 1; i++)
    chains.push(draw(random.shuffle(options.families).slice(0, 2)));
  return { key, encoding, chains };
}

/** A chain of the given families, with seeds drawn from `random`. */
export function makeChain(steps: readonly DegradationFamily[], severities: readonly number[], random: Random): Chain {
  return {
    steps: steps.map((step) => step.name),
    seeds: steps.map(() => random.uint32()),
    aspects: [...new Set(steps.flatMap((step) => step.aspects))],
    severities,
  };
}

/** Members of a recipe in their fixed order: the clean one (no chain), then chain by chain, severities ascending. */
export function* members(recipe: ImageRecipe): Generator<{ chain: number; level: number }> {
  yield { chain: -1, level: -1 };
  for (const [chain, { severities }] of recipe.chains.entries())
    for (let level = 0; level < severities.length; level++) yield { chain, level };
}

/**
 * Makes the pixels of one member.
 *
 * @param chain index into the recipe's chains; -1: the clean image.
 */
export async function renderMember(clean: Raster, recipe: ImageRecipe, chain: number, level: number): Promise<Raster> {
  return reencode(await degrade(clean, recipe, chain, level), recipe.encoding);
}

/** The member before its final encoding. */
export async function degrade(clean: Raster, recipe: ImageRecipe, chain: number, level: number): Promise<Raster> {
  const planned = recipe.chains[chain];
  const severity = planned?.severities[level];
  if (!planned || severity === undefined) return clean;
  const steps = planned.steps.map((name, i) => makeStep(name, severity, planned.seeds[i] as number));
  return applySteps(clean, steps);
}
