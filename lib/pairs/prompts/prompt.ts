/** What a prompt of a set is: its text, the categories of its scene and the features of its wording. */
import { z } from "zod";

/** Every category with what belongs to it. A prompt may have several. */
export const promptCategories = {
  indoor: "indoor scenes: rooms, workplaces, the inside of buildings and vehicles",
  urban: "urban scenes: streets, squares, harbours, buildings seen from outside",
  nature: "natural scenes: landscapes, weather, plants and wild animals",
  people: "people & activities: anyone seen, and what they do",
  objects: "objects & artefacts: a made thing is a subject of the picture",
  food: "food and drink, raw or served, and its making",
  events: "events: festivals, ceremonies, contests, performances, parties",
} as const;

/** Every feature of the wording with what makes a prompt have it. */
export const promptFeatures = {
  count: "a number of things, from one to a dozen",
  colour: "a colour of something",
  material: "what something is made of",
  size: "how large something is, also against something else",
  texture: "how a surface feels or has worn",
  "spatial-relation": "where something is, seen from something else",
  action: "what someone or something does",
  style: "a medium, genre or period other than plain photography",
  negation: "what is not there, or does not happen",
  "text-in-image": "words to be read in the picture, in double quotes",
  lighting: "where light comes from, how strong or of what tint it is",
  camera: "viewpoint, lens, distance or exposure",
  weather: "weather or season",
} as const;

export type PromptCategory = keyof typeof promptCategories;
export type PromptFeature = keyof typeof promptFeatures;

/** Their ids, in the order in which they are listed. */
export const categoryIds = Object.keys(promptCategories) as [PromptCategory, ...PromptCategory[]];
export const featureIds = Object.keys(promptFeatures) as [PromptFeature, ...PromptFeature[]];

/** A line of a labelled set, as shipped and as {@link writePrompts} writes it. */
export const promptSchema = z.strictObject({
  /** Unique in its set. */
  id: z.string().min(1).max(200),
  text: z.string().min(1),
  categories: z.array(z.enum(categoryIds)).min(1),
  features: z.array(z.enum(featureIds)),
});

export type Prompt = z.infer<typeof promptSchema>;

export function isCategory(name: string): name is PromptCategory {
  return Object.hasOwn(promptCategories, name);
}

export function isFeature(name: string): name is PromptFeature {
  return Object.hasOwn(promptFeatures, name);
}

/** The words of a text, lower case: runs of letters and digits with inner apostrophes, so that "don't" and "7th" are one each. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      .replaceAll("’", "'")
      .match(/[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}]+)*/gu) ?? []
  );
}
