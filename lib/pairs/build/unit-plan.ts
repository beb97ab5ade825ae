/** What is made from one accepted image: a function of the options, the scan and the image's key alone. */
import { isVisual, makeChain } from "../chains.js";
import type { DegradationFamily } from "../degradations/index.js";
import { families, levels, severityOf } from "../degradations/index.js";
import { editedSeverity, editingModel } from "../editing/family.js";
import type { Relation, Side, Unit, UnitChain, UnitPrompt } from "../manifest/schema.js";
import type { PlannedPicture } from "../pictures.js";
import { Random } from "../random.js";
import { makeStep } from "../recipe.js";
import type { BuildOptions } from "./options.js";
import { planPairings } from "./pairing-plan.js";
import type { ScanEntry } from "./scan.js";
import type { ScannedImages } from "./scanned-images.js";

/** A unit before its pictures are made. */
export interface UnitPlan {
  readonly pictures: readonly PlannedPicture[];
  readonly prompts: readonly UnitPrompt[];
  readonly chains: readonly UnitChain[];
}

const allLevels = Array.from({ length: levels }, (_, i) => severityOf(i + 1));

/** Collects pictures, prompts and chains of a unit. */
export class UnitDraft {
  readonly pictures: PlannedPicture[] = [{ steps: [] }];
  readonly prompts: UnitPrompt[];
  readonly chains: UnitChain[] = [];

  /** @param prompt of the unit, if it has one. */
  constructor(readonly prompt: string | undefined) {
    this.prompts = prompt === undefined ? [] : [{ text: prompt }];
  }

  /** @returns its place. */
  addPicture(picture: PlannedPicture): number {
    return this.pictures.push(picture) - 1;
  }

  /** @returns its place. */
  addPrompt(prompt: UnitPrompt): number {
    return this.prompts.push(prompt) - 1;
  }

  /**
   * @param members mild to severe.
   * @param severities of them; those of the levels from the first on unless told.
   */
  addChain(
    names: readonly string[],
    aspects: readonly Relation["aspect"][],
    members: readonly Side[],
    severities: readonly number[] = allLevels,
  ): void {
    this.chains.push({
      families: [...names],
      aspects: [...aspects],
      levels: members.map((side, i) => ({ side, severity: severities[i] as number })),
    });
  }
}

/** Aspects that a family's pairs order: with a visual one, overall quality too. */
export function orderedAspects(aspects: readonly Relation["aspect"][]): Relation["aspect"][] {
  const visual = aspects.some((aspect) => aspect === "technical" || aspect === "aesthetic");
  return visual ? ["quality", ...aspects] : [...aspects];
}

/** Draws the chains of one accepted image. */
export async function planUnit(
  number: number,
  entry: ScanEntry,
  images: ScannedImages,
  options: BuildOptions,
): Promise<UnitPlan> {
  const random = new Random(options.seed, "unit", entry.source.key);
  const draft = new UnitDraft(entry.source.prompt);
  const wanted = new Set(options.families);
  const usable = families.filter(
    ({ name, cell }) => wanted.has(name) && (cell.dimension !== "alignment" || draft.prompt !== undefined),
  );
  const deck = random.shuffle(usable);
  for (const family of options.perImage > 0 ? deck.slice(0, options.perImage) : usable)
    await addVisualChain(draft, [family], number, images, random);
  const combinable = usable.filter(isVisual);
  for (let i = 0; i < options.combinations && combinable.length > 2; i++)
    await addVisualChain(draft, random.shuffle(combinable).slice(0, 2 + random.integer(2)), number, images, random);
  if (draft.prompt !== undefined) await planPairings(draft, number, images, options, random);
  addGivenNegatives(draft, entry);
  const { pictures, prompts, chains } = draft;
  return { pictures, prompts, chains };
}

/** Levels of one to three families applied in turn. A family that needs a partner is left out where there is none. */
async function addVisualChain(
  draft: UnitDraft,
  steps: readonly DegradationFamily[],
  number: number,
  images: ScannedImages,
  random: Random,
): Promise<void> {
  const chain = makeChain(steps, allLevels, random);
  const needsPartner = steps.some(({ partner }) => partner);
  const partner = needsPartner ? await images.partner(number, random) : undefined;
  if (needsPartner && partner === undefined) return;
  const aspects = orderedAspects(chain.aspects);
  const members = allLevels.map((severity): Side => {
    const image = draft.addPicture({
      steps: steps.map((family, i) =>
        makeStep(family.name, severity, chain.seeds[i] as number, family.partner ? partner : undefined),
      ),
    });
    return aspects.includes("alignment") ? { image, prompt: 0 } : { image };
  });
  draft.addChain(chain.steps, aspects, members);
}

/** A chain of one level for each. */
function addGivenNegatives(draft: UnitDraft, { negatives = [] }: ScanEntry): void {
  for (const { path, aspects, finding } of negatives)
    if (!finding) {
      const image = draft.addPicture({ source: path, steps: [] });
      draft.addChain([editingModel.name], orderedAspects(aspects), [{ image }], [editedSeverity]);
    }
}

/** The manifest's line of a unit whose pictures are made. */
export function finishUnit(
  id: number,
  plan: UnitPlan,
  about: Pick<
    Unit,
    "source" | "kind" | "generator" | "categories" | "licence" | "origin" | "collection" | "group" | "split"
  >,
  pictures: Unit["images"],
): Unit {
  const chains = plan.chains
    .map((chain) => withoutRepetitions(chain, pictures))
    .filter((chain) => chain.levels.length > 0);
  return {
    type: "unit",
    id,
    ...about,
    images: pictures,
    prompts: [...plan.prompts],
    chains,
    relations: chains.flatMap(relationsOf),
  };
}

/**
 * Drops levels that came out as the one before, pixel by pixel and word by word: in a tiny picture two radii can round to one, and a
 * picture without the thing that a family works on stays as it was.
 */
function withoutRepetitions(chain: UnitChain, pictures: Unit["images"]): UnitChain {
  const identity = ({ image, prompt = 0 }: Side) => `${pictures[image]?.pixels} ${prompt}`;
  let last = identity({ image: 0 });
  const kept = chain.levels.filter(({ side }) => {
    const repeats = identity(side) === last;
    last = identity(side);
    return !repeats;
  });
  return { ...chain, levels: kept };
}

/** Neighbours of a chain in each of its aspects, from the clean picture (with the unit's prompt where alignment is meant) downwards. */
function relationsOf({ aspects, levels: members }: UnitChain, chain: number): Relation[] {
  const clean: Side = members.some(({ side }) => side.prompt !== undefined) ? { image: 0, prompt: 0 } : { image: 0 };
  return members.flatMap(({ side: worse, severity }, i) => {
    const above = members[i - 1];
    const better = above?.side ?? clean;
    const margin = (levelOf(severity) - (above ? levelOf(above.severity) : 0)) / levels;
    return aspects.map((aspect) => ({ better, worse, aspect, margin, chain }));
  });
}

/** The 1-based level of a severity. */
function levelOf(severity: number): number {
  return 1 + Math.round(severity * (levels - 1));
}
