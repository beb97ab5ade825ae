/** Training images from a pair manifest: its own chains, pictures and split. */
import { EliqError } from "../errors.js";
import { hashFile } from "../files/hashes.js";
import { contentOf, PairManifest, publishingObstacle, refuseEvaluationCopy, type Unit } from "../pairs/index.js";
import type { TrainOptions } from "./options.js";
import { type PlannedData, type PlannedImage, spread } from "./planned-image.js";

/**
 * Takes the chains that order a visual aspect; what a manifest says about alignment is for models that read prompts.
 *
 * @param maxPixels area of the model's input: a manifest of larger pictures is refused, since their damage would shrink away.
 * @throws EliqError ERR_INVALID_ARGUMENT, ERR_IO, ERR_MANIFEST, ERR_SPLIT_LEAK.
 */
export async function planFromManifest(options: TrainOptions, maxPixels: number): Promise<PlannedData> {
  const manifest = await PairManifest.open(options.data);
  if (manifest.header.maxPixels > 1.1 * maxPixels)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${options.data} has pictures of up to ${manifest.header.maxPixels} pixels, and the model sees ${maxPixels}. Build pairs with --max-pixels ${maxPixels}.`,
    );
  const planned: PlannedImage[] = [];
  const leftOut: Record<string, number> = {};
  for await (const unit of manifest.units()) {
    const obstacle = publishingObstacle(
      { path: unit.source.path, provenance: unit.origin, licence: unit.licence },
      options,
    );
    if (obstacle === undefined) planned.push(planUnit(manifest, unit));
    else leftOut[obstacle] = (leftOut[obstacle] ?? 0) + 1;
  }
  if (planned.length === 0)
    throw new EliqError("ERR_INVALID_ARGUMENT", `${options.data} has no unit that this run may be trained on.`);
  const { seed, levels, encoding } = manifest.header;
  const used = new Set(planned.flatMap(({ chains }) => chains.flatMap(({ steps }) => steps)));
  return {
    planned: spread(planned, options.limit),
    data: { hash: await hashFile(manifest.path), leftOut },
    negatives: { families: [...used].sort(), poolSeed: seed, manifest: { levels, encoding: encoding.format } },
  };
}

function planUnit(manifest: PairManifest, unit: Unit): PlannedImage {
  const chains = unit.chains.filter(({ aspects }) => aspects.includes("technical") || aspects.includes("aesthetic"));
  const pictures = [0, ...chains.flatMap(({ levels }) => levels.map(({ side }) => side.image))];
  return {
    origin: {
      key: unit.source.path,
      kind: unit.kind,
      collection: unit.collection,
      licence: unit.licence,
      provenance: unit.origin,
    },
    heldOut: unit.split === "test",
    chains: chains.map(({ families, aspects, levels }) => ({
      steps: families,
      aspects: aspects.filter((aspect) => aspect === "technical" || aspect === "aesthetic"),
      severities: levels.map(({ severity }) => severity),
    })),
    recipe: pictures.map((picture) => unit.images[picture]?.pixels),
    async open() {
      const render = manifest.pictures(unit);
      // The clean picture shows whether the source is there; a later failure would leave half an image in the cache.
      const clean = await render(0);
      refuseEvaluationCopy(unit.source.path, contentOf(unit.source.sha256, clean));
      return async (member) => (member === 0 ? clean : render(pictures[member] as number));
    },
  };
}
