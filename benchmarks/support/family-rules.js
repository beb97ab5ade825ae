// @ts-check
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { spearman } from "../../dist/evaluation/statistics.js";
import { levels, severityOf } from "../../dist/pairs/degradations/index.js";
import { measures } from "../../dist/pairs/measures/index.js";
import { Random } from "../../dist/pairs/random.js";
import { readRaster } from "../../dist/pairs/raster.js";
import { applySteps, makeStep } from "../../dist/pairs/recipe.js";
import { root } from "./paths.js";

/** Twelve pictures that every family of negatives is judged on; CREDITS.md beside the folder says where they are from. */
export const FIXTURES = join(root, "test/fixtures/pairs/images");

/** What holds for every family, on every one of the pictures. */
export const RULES = /** @type {const} */ ({
  /** Spearman's correlation of level and declared measure, in the declared direction, at least. */
  order: 0.9,
  /** The mildest level is visible: structural similarity at most this, or CIEDE2000 at least that. */
  visibleSsim: 0.99,
  visibleColour: 2,
  /** Local families change fewer pixels than this share, at every level. */
  localShare: 0.6,
});

/**
 * @typedef {import("../../dist/pairs/degradations/index.js").DegradationFamily} DegradationFamily
 * @typedef {import("../../dist/pairs/raster.js").Raster} Raster
 * @typedef {{ name: string, raster: Raster }} Picture
 * @typedef {import("../../dist/pairs/measures/index.js").MeasureName} MeasureName
 */

/** @param {number} maxPixels @returns {Promise<Picture[]>} */
export async function readFixtures(maxPixels) {
  const files = (await readdir(FIXTURES)).filter((file) => file.endsWith(".webp")).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: file.replace(".webp", ""),
      raster: await readRaster(join(FIXTURES, file), maxPixels),
    })),
  );
}

/** The picture that a family with a partner is given for each picture: one of another kind and shape. @param {readonly Picture[]} pictures @param {number} index */
export function partnerOf(pictures, index) {
  return /** @type {Picture} */ (pictures[(index + 7) % pictures.length]).raster;
}

/**
 * The chain of a family on a picture, mild to severe, as a build would make it.
 *
 * @param {DegradationFamily} family @param {Picture} picture @param {Raster} partner @param {string | number} [seed] another one gives another chain
 * @returns {Promise<Comparison[]>}
 */
export async function renderChain(family, picture, partner, seed = 0) {
  const stream = new Random("family rules", family.name, picture.name, seed).uint32();
  const chain = [];
  for (let level = 1; level <= levels; level++) {
    const step = makeStep(family.name, severityOf(level), stream, family.partner ? "partner" : undefined);
    const degraded = await applySteps(picture.raster, [step], async () => partner);
    chain.push(new Comparison(picture.raster, degraded));
  }
  return chain;
}

/** A level beside the clean picture. Each measure is computed when it is first asked for: some take long. */
export class Comparison {
  /** @type {Map<MeasureName, number>} */
  #known = new Map();

  /** @param {Raster} clean @param {Raster} degraded */
  constructor(clean, degraded) {
    this.clean = clean;
    this.degraded = degraded;
  }

  /** @param {MeasureName} name @returns {number} */
  value(name) {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const value = measures[name](this.clean, this.degraded);
    this.#known.set(name, value);
    return value;
  }
}

/** Spearman's correlation of level and declared measure; positive: the declared direction. @param {DegradationFamily} family @param {readonly Comparison[]} chain */
export function order({ measure }, chain) {
  const correlation = spearman(
    chain.map((_, level) => level),
    chain.map((level) => level.value(measure.name)),
  );
  return measure.direction === "rises" ? correlation : -correlation;
}

/**
 * Which rules a chain breaks, in words; empty: none.
 *
 * @param {DegradationFamily} family @param {readonly Comparison[]} chain mild to severe @returns {string[]}
 */
export function brokenRules(family, chain) {
  return [
    ...brokenOrder(family, chain),
    ...invisible(/** @type {Comparison} */ (chain[0])),
    ...brokenPromises(family, /** @type {Comparison} */ (chain.at(-1))),
    ...(family.local ? tooWide(chain) : []),
  ];
}

/** @param {DegradationFamily} family @param {readonly Comparison[]} chain */
function brokenOrder(family, chain) {
  const correlation = order(family, chain);
  if (correlation >= RULES.order - 1e-9) return [];
  const { name, direction } = family.measure;
  const values = chain.map((level) => figure(level.value(name))).join(", ");
  return [`order ${correlation.toFixed(2)}: ${name} ${direction}, but is ${values}`];
}

/** @param {Comparison} mildest */
function invisible(mildest) {
  if (mildest.value("ciede2000") >= RULES.visibleColour || mildest.value("ssim") <= RULES.visibleSsim) return [];
  const [ssim, colour] = [mildest.value("ssim").toFixed(4), mildest.value("ciede2000").toFixed(2)];
  return [`level 1 is invisible: ssim ${ssim}, ciede2000 ${colour}`];
}

/** @param {DegradationFamily} family @param {Comparison} worst */
export function brokenPromises({ keeps }, worst) {
  return keeps.flatMap(({ what, measure, atLeast = -Infinity, atMost = Infinity }) => {
    const value = worst.value(measure);
    if (value >= atLeast && value <= atMost) return [];
    const bounds = [atLeast > -Infinity ? `at least ${atLeast}` : "", atMost < Infinity ? `at most ${atMost}` : ""];
    return [`promise "${what}" broken: ${measure} ${figure(value)}, not ${bounds.filter(Boolean).join(", ")}`];
  });
}

/** @param {readonly Comparison[]} chain */
function tooWide(chain) {
  const widest = Math.max(...chain.map((level) => level.value("changed-share")));
  return widest < RULES.localShare ? [] : [`not local: ${(100 * widest).toFixed(0)} % of the pixels change`];
}

/** Three significant digits. @param {number} value */
export function figure(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}
