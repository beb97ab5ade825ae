// @ts-check
import { families, familyByName, levels, severityOf } from "../../dist/pairs/degradations/index.js";
import { prepare } from "../../dist/pairs/preparation.js";
import { Random } from "../../dist/pairs/random.js";
import { collect, encode, pipeline, throughJpeg } from "../../dist/pairs/raster.js";
import { applySteps, makeStep } from "../../dist/pairs/recipe.js";
import { fileTraces } from "./traces.js";

/**
 * @typedef {import("../../dist/pairs/raster.js").Raster} Raster
 * @typedef {import("../../dist/pairs/raster.js").FinalEncoding} FinalEncoding
 * @typedef {import("./linear-probe.js").ProbePair} ProbePair
 *
 * @typedef {object} ShortcutOptions
 * @property {number} maxPixels
 * @property {"lossless" | "jpeg"} encoding how both sides are finally stored
 * @property {readonly string[]} families names
 *
 * @typedef {{ kind: string, pair: ProbePair }} KindPair `kind`: a family's name, or a control
 */

/** Pairs whose answer is known; they say whether the probe finds what is there, and nothing where nothing is. */
export const CONTROLS = /** @type {const} */ ({
  quality: "control: worse side stored at another JPEG quality",
  generation: "control: worse side went through JPEG 80 before",
  turned: "control: one side turned by half",
});

/**
 * One pair of each family: by turns of the pictures, the clean picture above a level, or a lower level of a chain above a higher one.
 * More pairs of one picture would look like more evidence and be none: where damage swamps the traces of the clean picture, all of
 * them have the sign of these.
 *
 * @param {string} path @param {number} index of the picture, the pairs' group @param {string} partnerPath another picture
 * @param {ShortcutOptions} options @returns {Promise<KindPair[]>}
 */
export async function pairsOfPicture(path, index, partnerPath, options) {
  const clean = await prepare(path, options.maxPixels);
  const partner = once(() => prepare(partnerPath, options.maxPixels));
  const encoding = drawEncoding(options.encoding, index);
  const traces = async (/** @type {Raster} */ raster) => fileTraces(await encode(raster, encoding));
  const best = await traces(clean);
  /** @type {KindPair[]} */
  const pairs = await controlPairs(clean, index, best, traces);
  for (const family of options.families) {
    const random = new Random("shortcut probe", family, index);
    const seed = random.uint32();
    const member = async (/** @type {number} */ level) => traces(await render(clean, family, level, seed, partner));
    const worse = index % 2 === 0 ? 1 + random.integer(levels) : 2 + random.integer(levels - 1);
    const better = index % 2 === 0 ? best : await member(1 + random.integer(worse - 1));
    pairs.push(pairOf(family, better, await member(worse), index));
  }
  return pairs;
}

/** @template T @param {() => T} make @returns {() => T} */
function once(make) {
  /** @type {T | undefined} */
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

/** A level of a chain, as a build makes it. @param {Raster} clean @param {string} family @param {number} level @param {number} seed @param {() => Promise<Raster>} partner */
function render(clean, family, level, seed, partner) {
  const step = makeStep(family, severityOf(level), seed, familyByName(family).partner ? "partner" : undefined);
  return applySteps(clean, [step], partner);
}

/** Both sides of a picture's pairs are stored alike. @param {"lossless" | "jpeg"} format @param {number} index @returns {FinalEncoding} */
function drawEncoding(format, index) {
  if (format === "lossless") return { format };
  const random = new Random("final encoding", index);
  return {
    format,
    quality: 75 + random.integer(18),
    chromaSubsampling: random.uniform() < 0.5 ? "4:2:0" : "4:4:4",
  };
}

/** @param {Raster} clean @param {number} index @param {number[]} best @param {(raster: Raster) => Promise<number[]>} traces */
async function controlPairs(clean, index, best, traces) {
  const stored = (/** @type {number} */ quality) =>
    encode(clean, { format: "jpeg", quality, chromaSubsampling: "4:2:0" }).then(fileTraces);
  const before = await throughJpeg(clean, { quality: 80, chromaSubsampling: "4:2:0" });
  return [
    pairOf(CONTROLS.quality, await stored(90), await stored(75), index),
    pairOf(CONTROLS.generation, best, await traces(before), index),
    pairOf(CONTROLS.turned, best, await traces(await collect(pipeline(clean).flip().flop())), index),
  ];
}

/** @param {string} kind @param {number[]} better @param {number[]} worse @param {number} group @returns {KindPair} */
function pairOf(kind, better, worse, group) {
  return { kind, pair: { difference: better.map((value, i) => value - Number(worse[i])), group } };
}

/** Names of families to probe: those asked for, or all. @param {string | undefined} list separated by commas */
export function chosenFamilies(list) {
  return list ? list.split(",").map((name) => familyByName(name.trim()).name) : families.map(({ name }) => name);
}
