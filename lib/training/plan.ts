/** What a run will do, before anything is computed: images, negatives, architecture, and what identifies them. */
import sharp from "sharp";
import { EliqError } from "../errors.js";
import { hashJson } from "../files/hashes.js";
import { PairManifest } from "../pairs/index.js";
import { buildConfig } from "./config.js";
import { planFromList } from "./list-images.js";
import { planFromManifest } from "./manifest-images.js";
import type { TrainOptions } from "./options.js";
import type { DataSummary, NegativesSummary, PlannedImage } from "./planned-image.js";

/** Raise it when a degradation family changes, so that old feature caches are not taken for new ones. */
const negativesVersion = 2;

export interface RunPlan {
  readonly config: Record<string, unknown>;
  readonly planned: readonly PlannedImage[];
  readonly data: DataSummary;
  readonly negatives: NegativesSummary;
  /** Hash of what the samples depend on besides the tower. */
  readonly poolKey: string;
  /** Hash of what the trained weights depend on. */
  readonly identity: string;
}

/**
 * Reads the lists and draws every image's chains, or takes them from a pair manifest.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT, ERR_IO, ERR_MANIFEST, ERR_SPLIT_LEAK, ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT.
 */
export async function planRun(options: TrainOptions): Promise<RunPlan> {
  checkOptions(options);
  const config = await buildConfig(options);
  const maxPixels = Number((config.input as { area?: unknown }).area);
  if (!(maxPixels > 0)) throw new EliqError("ERR_MODEL_CORRUPT", "config.json's input has no area.");
  const { planned, data, negatives } = (await PairManifest.isOne(options.data))
    ? await planFromManifest(options, maxPixels)
    : await planFromList(options, maxPixels);
  const poolKey = hashJson([
    negativesVersion,
    sharp.versions.sharp,
    sharp.versions.vips,
    maxPixels,
    planned.map(({ recipe }) => recipe),
  ]);
  return { config, planned, data, negatives, poolKey, identity: identify(options, config, poolKey, planned) };
}

function identify(
  options: TrainOptions,
  config: Record<string, unknown>,
  poolKey: string,
  planned: readonly PlannedImage[],
): string {
  const { steps, batch, learningRate, weightDecay, invarianceWeight, diversityWeight } = options;
  const { regularization, tuneBackbone, learningRateBackbone, seed } = options;
  return hashJson([
    config,
    poolKey,
    planned.map(({ heldOut }) => heldOut),
    { steps, batch, learningRate, weightDecay, invarianceWeight, diversityWeight },
    { regularization, tuneBackbone, learningRateBackbone, seed },
  ]);
}

function checkOptions(options: TrainOptions): void {
  const check = (fine: boolean, message: string) => {
    if (!fine) throw new EliqError("ERR_INVALID_ARGUMENT", message);
  };
  const atLeast = (value: number, least: number) => Number.isInteger(value) && value >= least;
  check(atLeast(options.steps, 1), "The number of steps must be a whole number of at least 1.");
  const { images, chains, across } = options.batch;
  check(atLeast(images, 1) && atLeast(chains, 1), "A step needs at least one image and one chain of it.");
  check(across >= 0, "The pairs across images per pair within one must be at least 0.");
  check(atLeast(options.singles, 0) && atLeast(options.combinations, 0), "Chains per image must be at least 0.");
  check(options.singles + options.combinations > 0, "There must be at least one chain per image.");
  check(options.families.length > 0, "There must be at least one degradation family.");
  const { tokensPerImage, cellNoise, imageNoise } = options.regularization;
  check(atLeast(tokensPerImage, 0), "Tokens per image must be a whole number of at least 0 (0: all).");
  check(cellNoise >= 0 && imageNoise >= 0, "The noise on the statistics must be at least 0.");
  check(options.learningRate > 0, "The learning rate must be above 0.");
  check(atLeast(options.seed, 0) && atLeast(options.poolSeed, 0), "Seeds must be whole numbers of at least 0.");
  check(atLeast(options.checkpointEvery, 1), "Steps between checkpoints must be at least 1.");
  if (typeof options.heldOut === "number")
    check(options.heldOut >= 0 && options.heldOut < 1, "The held-out share must lie in [0, 1).");
}
