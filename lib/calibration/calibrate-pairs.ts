/** A label-free calibration from a pair manifest: fitted on its training split, checked on its test split. */
import { basename, dirname, join } from "node:path";
import type { Eliq } from "../eliq.js";
import { EliqError } from "../errors.js";
import { readJsonIfThere } from "../files/atomic.js";
import type { PairManifest } from "../pairs/manifest/read.js";
import type { AnchorCheck } from "./anchored.js";
import type { CalibratedScore, Calibration } from "./calibration.js";
import { type GatherHooks, gatherGraded, type ScoredUnit } from "./gather.js";
import { checkLabelFree, fitLabelFree } from "./label-free.js";

/** What is calibrated on. */
export interface PairCalibrationOptions {
  /** Id of the calibration. */
  readonly id: string;
  /** YYYY-MM-DD. */
  readonly created: string;
  /** What the images are, in words; the manifest's name unless told. */
  readonly description?: string | undefined;
  /** Folder of the scores, with which a stopped run goes on. */
  readonly run: string;
  /** Chains of these families only; undefined: of all. */
  readonly families?: readonly string[] | undefined;
  /** Only images of this kind ("photo", "ai", "unknown") or generator; undefined: all. */
  readonly population?: string | undefined;
}

/** A calibration and what it was found to keep. */
export interface PairCalibration {
  readonly calibration: Calibration;
  /** Levels of damage. */
  readonly levels: number;
  /** On the test split, by score and population; empty without one. */
  readonly checks: ReadonlyMap<CalibratedScore, readonly AnchorCheck[]>;
  /** All good images of the population, of both splits. */
  readonly good: readonly ScoredUnit[];
  /** Images whose pictures could not be made, and why. */
  readonly failed: readonly string[];
}

/**
 * Scores the manifest's good images and graded damage and fits a calibration.
 *
 * @param eliq as `loadUncalibrated` gives it, or any other: raw scores alone are used.
 * @throws EliqError as `gatherGraded` and `fitLabelFree`; ERR_CALIBRATION when the manifest has none of the families, or no image of
 *   the population.
 */
export async function calibratePairs(
  eliq: Eliq,
  manifest: PairManifest,
  options: PairCalibrationOptions,
  hooks: GatherHooks = {},
): Promise<PairCalibration> {
  const { id, created, population } = options;
  requireFamilies(manifest, options.families);
  const { units, failed } = await gatherGraded(eliq, manifest, options, hooks);
  const chosen = units.filter(({ kind, generator }) => [undefined, kind, generator].includes(population));
  const fitted = chosen.filter(({ split }) => split === "train");
  if (fitted.length === 0) throw nothingToFit(manifest.path, population, units);
  const { levels } = manifest.header;
  const description = describe(options, manifest, fitted.length);
  const imagesOf = (some: readonly ScoredUnit[]) => some.flatMap(({ images }) => images);
  const calibration = fitLabelFree(imagesOf(fitted), levels, { id, model: eliq.model, created, description });
  const apart = chosen.filter(({ split }) => split === "test");
  const checks = apart.length > 0 ? checkLabelFree(calibration, imagesOf(apart), levels) : new Map();
  return { calibration, levels, checks, good: chosen, failed };
}

/** Before an hour of scoring. */
function requireFamilies({ path, header }: PairManifest, wanted: readonly string[] | undefined): void {
  const there = header.families.map(({ name }) => name);
  if (wanted === undefined || wanted.some((name) => there.includes(name))) return;
  throw new EliqError(
    "ERR_CALIBRATION",
    `${path} has no damage of the families ${wanted.join(", ")}, only of ${there.join(", ")}. Build pairs with \`--families\`, or choose others to anchor on.`,
  );
}

function describe(
  { description, population, families }: PairCalibrationOptions,
  { path, header }: PairManifest,
  count: number,
): string {
  const of = population === undefined ? "" : ` of ${population}`;
  const source = description ?? `the training split of the pair manifest ${basename(dirname(path))}`;
  const by = families === undefined ? "all families" : `the families ${families.join(", ")}`;
  return `${count} good images${of} (${source}) and their damage at ${header.levels} levels by ${by}`;
}

function nothingToFit(path: string, population: string | undefined, units: readonly ScoredUnit[]): EliqError {
  const known = [...new Set(units.flatMap(({ kind, generator }) => [kind, ...(generator ? [generator] : [])]))];
  const reason =
    population === undefined
      ? "no image in its training split"
      : `no image of "${population}" in its training split; it has ${known.sort().join(", ")}`;
  return new EliqError("ERR_CALIBRATION", `${path} has ${reason}.`);
}

/**
 * The families of damage that a model was trained on, from its training.json: its own graded negatives. Damage that it never met moves
 * its scores little, and anchors on that would stretch noise over the whole scale.
 *
 * @returns undefined when the model does not say.
 */
export async function ownFamilies(modelDirectory: string): Promise<readonly string[] | undefined> {
  const record = await readJsonIfThere<{ negatives?: { families?: unknown } }>(join(modelDirectory, "training.json"));
  const families = record?.negatives?.families;
  return Array.isArray(families) && families.every((family) => typeof family === "string") ? families : undefined;
}
