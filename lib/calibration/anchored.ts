/** Calibration without labels: anchored on good images and graded damage of them. */
import { EliqError } from "../errors.js";
import type { CalibratedScore } from "./calibration.js";
import { median, roundRaw } from "./percentiles.js";
import { type Block, joinBlocks, poolAdjacentViolators } from "./pool-adjacent-violators.js";
import { type AnchoredScale, applyScale } from "./scale.js";

/** A raw score of an image whose level of damage is known. */
export interface GradedScore {
  readonly raw: number;
  /** 0 for a good image, 1 for the mildest damage, and so on. */
  readonly level: number;
  /** Population, for instance "photo" or "ai". */
  readonly kind: string;
}

/** Score of the good images' median, in the population where it is lowest. */
export const goodAnchor = 0.85;

/** Score of the worst level's median, in the population where it is highest. */
export const worstAnchor = 0.15;

/** A population needs as many good images to have an anchor: a median of fewer says little. */
export const leastPopulation = 20;

/** Knots nearer than this part of the whole span are one. */
const leastGap = 1e-3;

/**
 * Fits a strictly increasing map. Its anchors are the raw medians of the good images (.85), of each level of damage (even steps in
 * between) and of the worst level (.15), every population counting alike: the first is the lowest of the populations' medians and the
 * last the highest, so that each population's good images are at .85 or above and its worst damage at .15 or below; those in between
 * are means of the populations' medians. Medians out of order are pooled by isotonic regression.
 *
 * @param scores of one kind of score.
 * @param levels number of levels of damage, at least 1.
 * @param what names the score in messages.
 * @param least good images that a population needs.
 * @throws EliqError ERR_CALIBRATION when no population has {@link leastPopulation} good images, a level is empty, or the raw scores do
 *   not tell good images from damaged ones.
 */
export function fitAnchored(
  scores: readonly GradedScore[],
  levels: number,
  what: CalibratedScore,
  least: number = leastPopulation,
): AnchoredScale {
  const populations = [...medians(scores, levels).values()].filter(({ positives }) => positives >= least);
  if (populations.length === 0)
    throw new EliqError(
      "ERR_CALIBRATION",
      `There are fewer than ${least} good images of any one kind to anchor ${what} on. Give a manifest of more images.`,
    );
  const anchors = Array.from({ length: levels + 1 }, (_, level) => {
    const raws = populations.map((population) => population.medians[level] as number);
    if (raws.some((raw) => Number.isNaN(raw)))
      throw new EliqError(
        "ERR_CALIBRATION",
        `No damage of level ${level} orders ${what} in one of the populations, so there is nothing to anchor its scale on. Build pairs with more chains per image.`,
      );
    if (level === 0) return Math.min(...raws);
    return level === levels ? Math.max(...raws) : raws.reduce((sum, raw) => sum + raw, 0) / raws.length;
  });
  return joinAnchors(anchors.reverse(), what);
}

/** @param anchors raw scores, worst level first. */
function joinAnchors(anchors: readonly number[], what: CalibratedScore): AnchoredScale {
  const steps = anchors.length - 1;
  const target = (i: number) => worstAnchor + ((goodAnchor - worstAnchor) * i) / steps;
  const blocks = joinNear(poolAdjacentViolators(anchors));
  const raw = blocks.map(({ value }) => roundRaw(value));
  const score = blocks.map(({ from, to }) => Number(((target(from) + target(to)) / 2).toFixed(12)));
  if (raw.length >= 2 && raw.every((value, i) => i === 0 || value > (raw[i - 1] as number)))
    return { kind: "anchored", raw, score };
  throw new EliqError(
    "ERR_CALIBRATION",
    `The raw ${what} of good images is not above that of damaged ones, so no scale fits all of these images. If the kinds of images are very different, calibrate them apart (--population); otherwise the model has not learned this.`,
  );
}

/** Blocks that hardly differ become one, as those do that are out of order: a line between them would be steep for no reason. */
function joinNear(blocks: readonly Block[]): Block[] {
  const gap = leastGap * ((blocks.at(-1)?.value ?? 0) - (blocks[0]?.value ?? 0));
  const joined: Block[] = [];
  for (const block of blocks) {
    const before = joined.at(-1);
    if (before && block.value - before.value <= gap) joined.splice(-1, 1, joinBlocks(before, block));
    else joined.push(block);
  }
  return joined;
}

/** Raw medians of one population. */
export interface LevelMedians {
  /** Number of good images. */
  readonly positives: number;
  /** Scores at each level, from 0. */
  readonly counts: readonly number[];
  /** Of each level, from 0; NaN where there are none. */
  readonly medians: readonly number[];
}

/** Raw medians by population and level. */
export function medians(scores: readonly GradedScore[], levels: number): Map<string, LevelMedians> {
  const found = new Map<string, number[][]>();
  for (const { raw, level, kind } of scores) {
    const lists = found.get(kind) ?? Array.from({ length: levels + 1 }, () => []);
    found.set(kind, lists);
    lists[level]?.push(raw);
  }
  const summarise = (lists: number[][]): LevelMedians => ({
    positives: lists[0]?.length ?? 0,
    counts: lists.map((list) => list.length),
    medians: lists.map((values) => (values.length > 0 ? median({ values }) : Number.NaN)),
  });
  return new Map([...found].sort().map(([kind, lists]) => [kind, summarise(lists)]));
}

/** What a scale promises of a population that it was not fitted on, and whether it holds. */
export interface AnchorCheck {
  readonly kind: string;
  readonly counts: readonly number[];
  /** Calibrated medians of each level, from 0. */
  readonly medians: readonly number[];
  /** The median of the good images is at least .75. */
  readonly goodHigh: boolean;
  /** The median of the worst level is at most .25. */
  readonly worstLow: boolean;
  /** The median falls at every level. */
  readonly falls: boolean;
}

/** Checks a scale on scores that were not used to fit it, population by population. */
export function checkAnchored(
  scale: AnchoredScale,
  scores: readonly GradedScore[],
  levels: number,
): readonly AnchorCheck[] {
  return [...medians(scores, levels)].map(([kind, { counts, medians: raws }]) => {
    const calibrated = raws.map((raw) => (Number.isNaN(raw) ? raw : applyScale(raw, scale)));
    const falls = calibrated.every((value, i) => i === 0 || value < (calibrated[i - 1] as number));
    const [good, worst] = [calibrated[0] as number, calibrated[levels] as number];
    return { kind, counts, medians: calibrated, goodHigh: good >= 0.75, worstLow: worst <= 0.25, falls };
  });
}

/** Weights under which each kind counts alike in a sample. */
export function balancedWeights(kinds: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return kinds.map((kind) => 1 / (counts.get(kind) as number));
}
