/** Training images from a list or folder: chains are drawn here, and rendered as they are needed. */
import { hashFile } from "../files/hashes.js";
import {
  contentOf,
  familyByName,
  type ImageRecipe,
  isHeldOut,
  members,
  planImage,
  readImages,
  readRaster,
  refuseEvaluationCopy,
  renderMember,
  type SourceImage,
} from "../pairs/index.js";
import type { TrainOptions } from "./options.js";
import { type PlannedChain, type PlannedData, type PlannedImage, spread } from "./planned-image.js";

/**
 * @param maxPixels images are reduced to at most this many before they are degraded.
 * @throws EliqError ERR_INVALID_ARGUMENT, ERR_IO.
 */
export async function planFromList(options: TrainOptions, maxPixels: number): Promise<PlannedData> {
  const { heldOut, publishable, unsplash, shareAlike } = options;
  const filter = { publishable, unsplash, shareAlike };
  const list = await readImages(options.data, filter);
  const images = spread(list.images, options.limit);
  const plan = (source: SourceImage, held: boolean) => planListed(source, held, options, maxPixels);
  const { families, singles, combinations, severities, poolSeed } = options;
  const about = { data: list, negatives: { families, singles, combinations, severities, poolSeed } };
  if (typeof heldOut === "number")
    return { planned: images.map((image) => plan(image, isHeldOut(image.group, heldOut))), ...about };
  const apart = await readImages(heldOut, filter);
  const planned = [...images.map((one) => plan(one, false)), ...apart.images.map((one) => plan(named(one), true))];
  return { planned, ...about };
}

/** A separate list's keys must not meet those of the training list. */
function named(image: SourceImage): SourceImage {
  return { ...image, key: `held-out/${image.key}`, group: `held-out/${image.group}` };
}

function planListed(source: SourceImage, heldOut: boolean, options: TrainOptions, maxPixels: number): PlannedImage {
  const recipe = planImage(source.key, {
    seed: options.poolSeed,
    families: options.families.map(familyByName),
    singles: options.singles,
    combinations: options.combinations,
    severities: options.severities,
  });
  const { key, kind, collection, licence, provenance } = source;
  return {
    origin: { key, kind, collection, licence, provenance },
    heldOut,
    chains: recipe.chains.map(toPlannedChain),
    recipe,
    async open() {
      const clean = await readRaster(source.path, maxPixels);
      refuseEvaluationCopy(source.path, contentOf(await hashFile(source.path), clean));
      const all = [...members(recipe)];
      return (member) => {
        const { chain, level } = all[member] as { chain: number; level: number };
        return renderMember(clean, recipe, chain, level);
      };
    },
  };
}

function toPlannedChain({ steps, aspects, severities }: ImageRecipe["chains"][number]): PlannedChain {
  return { steps, aspects: aspects.filter((aspect) => aspect !== "alignment"), severities };
}
