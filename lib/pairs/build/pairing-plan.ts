/** Chains of one unit that change the prompt, exchange the image, or compare generators. */
import {
  editFamilies,
  otherImage,
  type PairingFamily,
  similarPrompt,
  swappedPrompt,
  weakerGenerator,
} from "../alignment/families.js";
import { levels } from "../degradations/index.js";
import type { Side } from "../manifest/schema.js";
import { gradedEdits } from "../prompts/edit.js";
import type { EditKind } from "../prompts/edit-kinds.js";
import { type RankedPrompt, swapLevels } from "../prompts/similarity.js";
import type { Random } from "../random.js";
import type { BuildOptions } from "./options.js";
import type { ScannedImages } from "./scanned-images.js";
import type { UnitDraft } from "./unit-plan.js";

/** Everything that a pairing family draws from. */
interface Place {
  readonly draft: UnitDraft;
  readonly prompt: string;
  readonly number: number;
  readonly images: ScannedImages;
  readonly random: Random;
}

/** The levels of a family's chain, mild to severe; none when this unit allows no chain. */
type Plan = (place: Place) => Promise<readonly Side[]> | readonly Side[];

const plans: readonly (readonly [PairingFamily, Plan])[] = [
  ...editFamilies.map((family) => [family, (place: Place) => edited(place, family.kind)] as const),
  [similarPrompt, similar],
  [swappedPrompt, swapped],
  [otherImage, exchanged],
];

/** Draws the pairings of a unit that has a prompt. Weaker generators are taken whenever there are any. */
export async function planPairings(
  draft: UnitDraft,
  number: number,
  images: ScannedImages,
  options: BuildOptions,
  random: Random,
): Promise<void> {
  const { prompt } = draft;
  if (prompt === undefined) return;
  const place: Place = { draft, prompt, number, images, random };
  const wanted = new Set(options.families);
  let left = options.pairings > 0 ? options.pairings : plans.length;
  for (const [family, plan] of random.shuffle(plans)) {
    if (left === 0) break;
    if (!wanted.has(family.name)) continue;
    const members = await plan(place);
    if (members.length === 0) continue;
    draft.addChain([family.name], family.aspects, members);
    left--;
  }
  if (wanted.has(weakerGenerator.name)) await addWeakerGenerators(place);
}

function edited({ draft, prompt, random }: Place, kind: EditKind): Side[] {
  return gradedEdits(prompt, kind, levels, random).map((edits) => ({
    image: 0,
    prompt: draft.addPrompt({
      text: edits.at(-1)?.text as string,
      edits: edits.map((edit) => ({ kind: edit.kind, before: edit.before, after: edit.after })),
    }),
  }));
}

/** Hard swaps are drawn from so many of the closest prompts. */
const hardest = 3 * levels;

async function similar({ draft, prompt, number, images, random }: Place): Promise<Side[]> {
  const { prompts } = await images.pool(number);
  const closest = prompts.ranked(prompt).slice(0, hardest);
  const drawn = random.shuffle(closest).slice(0, levels).sort(bySimilarity);
  return swapSides(
    draft,
    drawn.filter(({ similarity }, i) => similarity > 0 && similarity !== drawn[i - 1]?.similarity),
  );
}

function bySimilarity(a: RankedPrompt, b: RankedPrompt): number {
  return b.similarity - a.similarity;
}

async function swapped({ draft, prompt, number, images, random }: Place): Promise<Side[]> {
  const { prompts } = await images.pool(number);
  return swapSides(draft, swapLevels(prompt, prompts, levels, random));
}

function swapSides(draft: UnitDraft, swaps: readonly RankedPrompt[]): Side[] {
  return swaps.map(({ text, similarity }) => ({ image: 0, prompt: draft.addPrompt({ text, similarity }) }));
}

async function exchanged({ draft, prompt, number, images, random }: Place): Promise<Side[]> {
  const { prompts, entries } = await images.pool(number);
  const others = swapLevels(prompt, prompts, levels, random).map(({ index }) => entries[index] as number);
  // Another prompt can still belong to the group, through a picture that looks alike.
  if (others.some((other) => images.index.sameGroup(number, other))) return [];
  const sides: Side[] = [];
  for (const other of others)
    sides.push({ image: draft.addPicture({ source: (await images.entry(other)).source.key, steps: [] }), prompt: 0 });
  return sides;
}

/** One image of each weaker generator of the same prompt, strongest first. */
async function addWeakerGenerators({ draft, number, images, random }: Place): Promise<void> {
  const { index } = images;
  const byStrength = new Map<number, number[]>();
  for (const other of index.ofSamePrompt(number)) {
    const strength = index.strength(other);
    // False where either has no strength.
    if (strength < index.strength(number)) byStrength.set(strength, [...(byStrength.get(strength) ?? []), other]);
  }
  const weaker = [...byStrength].sort(([a], [b]) => b - a).slice(0, levels);
  const sides: Side[] = [];
  for (const [, entries] of weaker) {
    const { source } = await images.entry(random.pick(entries));
    sides.push({ image: draft.addPicture({ source: source.key, steps: [] }), prompt: 0 });
  }
  if (sides.length > 0) draft.addChain([weakerGenerator.name], weakerGenerator.aspects, sides);
}
