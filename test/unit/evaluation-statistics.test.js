// @ts-check
import { readFile } from "node:fs/promises";
import t from "tap";
import {
  bootstrap,
  difference,
  kendall,
  kendallStatistic,
  meanWithin,
  pairwiseAccuracy,
  pairwiseAccuracyStatistic,
  partialSpearman,
  partialSpearmanStatistic,
  pearson,
  pearsonStatistic,
  rmse,
  shareAboveStatistic,
  spearman,
  spearmanStatistic,
} from "../../dist/evaluation/statistics.js";
import { Random } from "../../dist/pairs/random.js";

const goldens = JSON.parse(await readFile(new URL("evaluation-statistics.json", import.meta.url), "utf8"));

/** Normal scores whose agreement with `mos` falls as `noise` grows. @param {number} count @param {number} noise @param {number} seed */
function sample(count, noise, seed) {
  const random = new Random("evaluation test", seed);
  const mos = Array.from({ length: count }, () => random.normal());
  return { mos, scores: mos.map((value) => value + noise * random.normal()) };
}

/** The items of a resample written out. @param {number[]} values @param {Uint32Array} counts */
function expand(values, counts) {
  return values.flatMap((value, i) => new Array(counts[i] ?? 0).fill(value));
}

t.test("coefficients equal scipy's, with ties", async (t) => {
  t.ok(goldens.cases.length >= 8);
  for (const { name, x, y, ...expected } of goldens.cases) {
    for (const [key, value] of Object.entries({ pearson, spearman, kendall, rmse, pairwiseAccuracy })) {
      const scale = Math.max(1, Math.abs(expected[key]));
      t.ok(Math.abs(value(x, y) - expected[key]) <= 1e-9 * scale, `${key}, ${name}: ${value(x, y)} ${expected[key]}`);
    }
  }
});

t.test("the partial rank correlation equals that of the residuals of ranks", async (t) => {
  const cases = goldens.cases.filter((/** @type {{ z?: number[] }} */ { z }) => z);
  t.ok(cases.length >= 4);
  for (const { name, x, y, z, partialSpearman: expected } of cases) {
    const value = partialSpearman(x, y, z);
    t.ok(Math.abs(value - expected) <= 1e-9, `${name}: ${value} ${expected}`);
  }
  const [x, y] = [
    [1, 2, 3, 4],
    [2, 1, 4, 3],
  ];
  t.ok(Number.isNaN(partialSpearman(x, y, x)), "nothing of x is left");
  t.ok(Number.isNaN(partialSpearman(x, y, [5, 5, 5, 5])));
});

t.test("pairwise accuracy by hand", async (t) => {
  // Of the pairs with different opinions (all but the last two items): right 3, tied by the score 1, wrong 1.
  t.equal(pairwiseAccuracy([1, 2, 2, 0], [1, 2, 3, 3]), (2 + 0.5 + 0) / 5);
  t.equal(pairwiseAccuracy([1, 2, 3], [10, 20, 30]), 1);
  t.equal(pairwiseAccuracy([3, 2, 1], [10, 20, 30]), 0);
  t.equal(pairwiseAccuracy([7, 7, 7], [10, 20, 30]), 0.5);
  t.ok(Number.isNaN(pairwiseAccuracy([1, 2, 3], [5, 5, 5])));
});

t.test("the share that is above counts a tie as half", async (t) => {
  const share = shareAboveStatistic([1, 2, 3, 4], [0, 2, 5, 3]);
  t.equal(share(Uint32Array.of(1, 1, 1, 1)), 2.5 / 4);
  t.equal(share(Uint32Array.of(0, 0, 3, 1)), 1 / 4);
});

t.test("a resample's coefficient is that of the items written out", async (t) => {
  const random = new Random(3);
  const x = Array.from({ length: 50 }, () => random.integer(12));
  const y = Array.from({ length: 50 }, (_, i) => Number(x[i]) + random.integer(20));
  const counts = Uint32Array.from(x, () => random.integer(4));
  const cases = /** @type {const} */ ([
    [pearson, pearsonStatistic],
    [spearman, spearmanStatistic],
    [kendall, kendallStatistic],
    [pairwiseAccuracy, pairwiseAccuracyStatistic],
  ]);
  for (const [plain, statistic] of cases) {
    const expected = plain(expand(x, counts), expand(y, counts));
    t.ok(Math.abs(statistic(x, y)(counts) - expected) < 1e-12, plain.name);
  }
  const z = Array.from({ length: 50 }, () => random.integer(9));
  const expected = partialSpearman(expand(x, counts), expand(y, counts), expand(z, counts));
  t.ok(Math.abs(partialSpearmanStatistic(x, y, z)(counts) - expected) < 1e-12);
});

t.test("constant, short, unequal and unreal lists", async (t) => {
  for (const coefficient of [pearson, spearman, kendall]) {
    t.ok(Number.isNaN(coefficient([1, 1, 1], [1, 2, 3])));
    t.throws(() => coefficient([1], [1]), { code: "ERR_INVALID_ARGUMENT" });
    t.throws(() => coefficient([1, 2], [1, 2, 3]), { code: "ERR_INVALID_ARGUMENT" });
    t.throws(() => coefficient([1, 2, Number.NaN], [1, 2, 3]), { code: "ERR_INVALID_ARGUMENT" });
  }
});

t.test("the bootstrap interval has the width that theory gives", async (t) => {
  const { mos, scores } = sample(1000, 1, 1);
  const interval = bootstrap(pearsonStatistic(scores, mos), 1000);
  t.equal(interval.value, pearson(scores, mos));
  // Fisher's z: standard error 1 / sqrt(n - 3) of atanh(r).
  const z = Math.atanh(interval.value);
  const step = 1.96 / Math.sqrt(997);
  t.ok(Math.abs(interval.low - Math.tanh(z - step)) < 0.008, `${interval.low}`);
  t.ok(Math.abs(interval.high - Math.tanh(z + step)) < 0.008, `${interval.high}`);
  t.same(bootstrap(pearsonStatistic(scores, mos), 1000), interval, "the same seed gives the same interval");
  t.notSame(bootstrap(pearsonStatistic(scores, mos), 1000, { seed: 2 }), interval);
  const narrow = bootstrap(pearsonStatistic(scores, mos), 1000, { level: 0.5 });
  t.ok(narrow.low > interval.low && narrow.high < interval.high);
});

t.test("pairing narrows the interval of a difference, and clusters widen an interval", async (t) => {
  const { mos, scores } = sample(800, 0.7, 2);
  const random = new Random(5);
  const twin = scores.map((value) => value + 0.1 * random.normal());
  const stranger = mos.map((value) => value + 0.7 * random.normal());
  const width = (/** @type {number[]} */ other) => {
    const paired = bootstrap(difference(spearmanStatistic(scores, mos), spearmanStatistic(other, mos)), 800);
    return paired.high - paired.low;
  };
  t.ok(width(twin) < 0.5 * width(stranger));
  t.same(bootstrap(difference(spearmanStatistic(scores, mos), spearmanStatistic(scores, mos)), 800), {
    value: 0,
    low: 0,
    high: 0,
  });
  const groups = mos.map((_, i) => String(i % 100));
  const doubled = {
    x: [...scores, ...scores],
    y: [...mos, ...mos],
    groups: [...mos.keys(), ...mos.keys()].map(String),
  };
  const alone = bootstrap(spearmanStatistic(doubled.x, doubled.y), 1600);
  const clustered = bootstrap(spearmanStatistic(doubled.x, doubled.y), 1600, { groups: doubled.groups });
  t.ok(clustered.high - clustered.low > 1.25 * (alone.high - alone.low), "every image twice: half as much is known");
  t.throws(() => bootstrap(spearmanStatistic(scores, mos), 800, { groups: groups.slice(1) }), {
    code: "ERR_INVALID_ARGUMENT",
  });
});

t.test("2,000 resamples of a difference of SRCC on 1,500 images are quick", async (t) => {
  const { mos, scores } = sample(1500, 1, 4);
  const started = process.cpuUsage();
  bootstrap(difference(spearmanStatistic(scores, mos), spearmanStatistic(mos, scores)), 1500);
  const { user } = process.cpuUsage(started);
  t.ok(user < 5e6, `${Math.round(user / 1000)} ms of CPU`);
});

t.test("the mean within groups does not see differences between groups", async (t) => {
  const x = [1, 2, 3, 11, 12, 13, 50];
  const y = [3, 2, 1, 13, 12, 11, 50];
  const groups = ["a", "a", "a", "b", "b", "b", "alone"];
  t.ok(spearman(x, y) > 0.4);
  const { mean, groups: each } = meanWithin(spearman, x, y, groups);
  t.equal(mean, -1);
  t.same([...each.keys()], ["a", "b"]);
  t.ok(Number.isNaN(meanWithin(spearman, [1], [1], ["a"]).mean));
});

t.test("controls of the instrument: planted order, shuffled order", async (t) => {
  const { mos } = sample(1500, 1, 6);
  const planted = mos.map((value) => Math.exp(3 * value) - 7);
  t.equal(spearman(planted, mos), 1);
  t.equal(kendall(planted, mos), 1);
  t.ok(Math.abs(spearman(new Random(7).shuffle(planted), mos)) < 0.06);
});
