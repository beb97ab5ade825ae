// @ts-check
// How well intervals from the first four views of an image cover the mean of many.
import { spearman } from "../../dist/evaluation/statistics.js";
import { Random } from "../../dist/pairs/random.js";
import { studentCoverage } from "../../dist/uncertainty/student.js";
import { intervalFactor, meanOf } from "../../dist/uncertainty/uncertainty.js";
import { wilson } from "./linear-probe.js";
import { median } from "./machine.js";

/** Views that an interval is made from. */
export const SAMPLED = 4;

/** Random choices of the views that make the interval. */
const CHOICES = 200;

/**
 * @typedef {object} Share
 * @property {number} value
 * @property {number} low end of the 95 % interval
 * @property {number} high
 *
 * @typedef {object} Coverage of one aspect
 * @property {Share} all how often the interval from the first four views holds the mean of all views, those four among them
 * @property {Share} others how often it holds the mean of the other views
 * @property {number} anyFour as `all`, mean over random choices of the four: less a matter of luck
 * @property {number} errorSrcc SRCC, over images, of the standard error from four views and the distance of their mean from the others'
 * @property {number} viewDeviation median over images of the deviation between views, in deviations of the plain scores between images
 * @property {number} shift mean over images of the mean of all views less the plain score, in the same unit
 * @property {number} plainSrcc SRCC of the mean of all views and the plain score
 */

/**
 * @param {number[][]} views raw scores by image and view @param {number[]} plain raw scores of the images as they are
 * @returns {Coverage}
 */
export function coverage(views, plain) {
  const between = deviation(plain);
  const means = views.map((list) => meanOf(list).mean);
  const first = views.map(againstOthers);
  const held = (/** @type {number[][]} */ orders) =>
    orders.filter((list, i) => holds(list.slice(0, SAMPLED), means[i] ?? Number.NaN)).length;
  const random = new Random("view coverage");
  const choices = Array.from({ length: CHOICES }, () => held(views.map((list) => random.shuffle(list))));
  return {
    all: shareOf(held(views), views.length),
    others: shareOf(first.filter(({ hit }) => hit).length, views.length),
    anyFour: choices.reduce((sum, count) => sum + count / views.length / CHOICES, 0),
    errorSrcc: spearman(
      first.map(({ standardError }) => standardError),
      first.map(({ distance }) => distance),
    ),
    viewDeviation: median(views.map(deviation)) / between,
    shift: means.reduce((sum, mean, i) => sum + (mean - (plain[i] ?? Number.NaN)) / views.length, 0) / between,
    plainSrcc: spearman(means, plain),
  };
}

/** What `all` and `others` would be if views were normal. @param {number} views of which four make the interval */
export function normalCoverage(views) {
  const factor = intervalFactor(SAMPLED);
  return {
    all: studentCoverage(factor / Math.sqrt(1 - SAMPLED / views), SAMPLED - 1),
    others: studentCoverage(factor / Math.sqrt(1 + SAMPLED / (views - SAMPLED)), SAMPLED - 1),
  };
}

/** @param {number[]} list */
function againstOthers(list) {
  const sampled = list.slice(0, SAMPLED);
  const { mean } = meanOf(list.slice(SAMPLED));
  const own = meanOf(sampled);
  return { hit: holds(sampled, mean), standardError: own.standardError, distance: Math.abs(own.mean - mean) };
}

/** @param {number[]} sampled @param {number} value */
function holds(sampled, value) {
  const { mean, standardError } = meanOf(sampled);
  return Math.abs(value - mean) <= intervalFactor(sampled.length) * standardError;
}

/** @param {number} hits @param {number} count @returns {Share} */
function shareOf(hits, count) {
  return { value: hits / count, ...wilson(hits, count) };
}

/** @param {number[]} values */
function deviation(values) {
  return meanOf(values).standardError * Math.sqrt(values.length);
}
