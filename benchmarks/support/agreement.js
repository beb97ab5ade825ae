// @ts-check
import {
  bootstrap,
  difference,
  kendallStatistic,
  meanWithin,
  pearsonStatistic,
  spearman,
  spearmanStatistic,
} from "../../dist/evaluation/statistics.js";
import { Random } from "../../dist/pairs/random.js";

/**
 * @typedef {import("../../dist/evaluation/statistics.js").Interval} Interval
 * @typedef {{ quality: number, generator: string, prompt: string }} Opinion
 *
 * @typedef {object} Agreement
 * @property {string} name
 * @property {Interval} srcc
 * @property {Interval} plcc
 * @property {Interval} krcc
 * @property {number} withinGenerator mean SRCC within a generator
 * @property {number} withinPrompt mean SRCC within a prompt
 * @property {Record<string, number>} generators SRCC of each generator
 *
 * @typedef {object} Control
 * @property {string} name
 * @property {number} srcc
 * @property {string} expected
 * @property {boolean} passed
 */

/** @param {string} name @param {number[]} scores higher = better @param {Opinion[]} opinions @returns {Agreement} */
export function agreement(name, scores, opinions) {
  const mos = opinions.map(({ quality }) => quality);
  const count = scores.length;
  const generators = meanWithin(
    spearman,
    scores,
    mos,
    opinions.map(({ generator }) => generator),
  );
  return {
    name,
    srcc: bootstrap(spearmanStatistic(scores, mos), count),
    plcc: bootstrap(pearsonStatistic(scores, mos), count),
    krcc: bootstrap(kendallStatistic(scores, mos), count),
    withinGenerator: generators.mean,
    withinPrompt: meanWithin(
      spearman,
      scores,
      mos,
      opinions.map(({ prompt }) => prompt),
    ).mean,
    generators: Object.fromEntries(generators.groups),
  };
}

/**
 * SRCC(first) - SRCC(second) with paired bootstrap intervals: both scores see the same resamples.
 *
 * @param {number[]} first @param {number[]} second @param {Opinion[]} opinions
 * @returns {{ byImage: Interval, byPrompt: Interval }} drawn image by image, and all images of a prompt together
 */
export function srccDifference(first, second, opinions) {
  const mos = opinions.map(({ quality }) => quality);
  const statistic = difference(spearmanStatistic(first, mos), spearmanStatistic(second, mos));
  const groups = opinions.map(({ prompt }) => prompt);
  return { byImage: bootstrap(statistic, mos.length), byPrompt: bootstrap(statistic, mos.length, { groups }) };
}

/**
 * Controls of the instrument itself: what it must say about scores whose agreement is known.
 *
 * @param {number[]} scores @param {Opinion[]} opinions @returns {Control[]}
 */
export function controls(scores, opinions) {
  const mos = opinions.map(({ quality }) => quality);
  const planted = spearman(
    mos.map((value) => Math.atan(value - 2) ** 3),
    mos,
  );
  const shuffled = spearman(new Random("shuffled scores", scores.length).shuffle(scores), mos);
  // Chance alone gives a standard deviation of 1 / sqrt(n - 1): .06 is 2.3 of them at 1,492 images.
  const bound = Math.max(0.06, 2.3 / Math.sqrt(scores.length - 1));
  return [
    { name: "planted: a rising function of the opinions", srcc: planted, expected: "1", passed: planted === 1 },
    {
      name: "shuffled: the critic's scores on the wrong images",
      srcc: shuffled,
      expected: `|SRCC| < ${bound.toFixed(2)}`,
      passed: Math.abs(shuffled) < bound,
    },
  ];
}
