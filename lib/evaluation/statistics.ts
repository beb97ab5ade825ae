/**
 * Agreement between predictions and opinions, and bootstrap intervals for it.
 *
 * Every coefficient is written as a function of a resample (how often each item occurs), so that the value itself, its interval
 * and the interval of a difference come from one piece of code, and a resample costs no sorting.
 */
export {
  type BootstrapOptions,
  bootstrap,
  clusterMembers,
  type Interval,
  percentileInterval,
  resamples,
} from "./statistics/bootstrap.js";
export {
  partialSpearman,
  partialSpearmanStatistic,
  pearson,
  pearsonStatistic,
  rmse,
  shareAboveStatistic,
  spearman,
  spearmanStatistic,
} from "./statistics/correlation.js";
export {
  kendall,
  kendallOf,
  kendallStatistic,
  pairCounter,
  pairwiseAccuracy,
  pairwiseAccuracyOf,
  pairwiseAccuracyStatistic,
} from "./statistics/pairs.js";
export { difference, type Statistic } from "./statistics/resample.js";
export { type GroupMean, meanWithin } from "./statistics/within.js";
