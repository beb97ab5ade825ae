// @ts-check
import t from "tap";
import { randomSplit, runProbe } from "../../dist/evaluation/probe.js";
import { Random } from "../../dist/pairs/random.js";

/**
 * Features of unequal scale and offset, opinions that follow one direction of them, five images to a group.
 *
 * @param {number} count @param {number} dimension @param {number} noise
 */
function sample(count, dimension, noise) {
  const random = new Random("probe test", count, dimension);
  const unit = random.fillNormal(new Float32Array(count * dimension));
  const direction = random.fillNormal(new Float32Array(dimension));
  const opinions = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += Number(unit[i * dimension + j]) * Number(direction[j]);
    opinions[i] = 3 + sum / Math.sqrt(dimension) + noise * random.normal();
  }
  const data = unit.map((value, k) => 40 + value * (1 + (k % dimension)));
  const groups = Array.from({ length: count }, (_, i) => `prompt ${i % Math.ceil(count / 5)}`);
  return { features: { data, dimension }, opinions, groups };
}

t.test("a planted direction is found, whatever the scale of the features", async (t) => {
  const { features, opinions, groups } = sample(600, 20, 0.05);
  /** @type {number[][]} */
  const progress = [];
  const result = await runProbe(features, opinions, groups, { onSplit: (done, total) => progress.push([done, total]) });
  t.equal(result.splits.length, 10);
  t.ok(result.srcc.median > 0.99, `${result.srcc.median}`);
  t.ok(result.plcc.lowest > 0.98 && result.krcc.median > 0.9);
  t.ok(result.srcc.lowest <= result.srcc.median && result.srcc.median <= result.srcc.highest);
  t.ok(result.splits.every(({ train, test, lambda }) => train === 480 && test === 120 && lambda < 0.1));
  t.same(progress.at(-1), [10, 10]);
  t.same(await runProbe(features, opinions, groups), result, "the same figures again");
});

t.test("features that know nothing agree with nothing, and get a large penalty", async (t) => {
  const { opinions, groups } = sample(600, 20, 0.05);
  const data = new Random("unrelated").fillNormal(new Float32Array(600 * 50));
  const { srcc, splits } = await runProbe({ data, dimension: 50 }, opinions, groups);
  t.ok(Math.abs(srcc.median) < 0.1, `${srcc.median}`);
  const lambdas = splits.map(({ lambda }) => lambda).sort((a, b) => a - b);
  t.ok(Number(lambdas[5]) >= 1, `${lambdas}`);
});

t.test("the penalty keeps a probe with more features than images from learning by heart", async (t) => {
  const random = new Random("wide");
  const data = random.fillNormal(new Float32Array(100 * 150));
  const opinions = Float64Array.from({ length: 100 }, (_, i) => 2 * Number(data[i * 150]) + random.normal());
  const groups = Array.from({ length: 100 }, (_, i) => String(i));
  const { srcc, splits } = await runProbe({ data, dimension: 150 }, opinions, groups);
  t.ok(srcc.median > 0.15, `${srcc.median}`);
  t.ok(splits.every(({ srcc: value }) => Number.isFinite(value)));
});

t.test("the test part has no say in the model", async (t) => {
  const { features, opinions, groups } = sample(200, 8, 0.5);
  const split = randomSplit(groups, 1);
  const before = await runProbe(features, opinions, groups, { splits: [split] });
  const changed = opinions.slice();
  for (const item of split.test) changed[item] = 1000 - Number(changed[item]);
  const after = await runProbe(features, changed, groups, { splits: [split] });
  t.equal(after.splits[0]?.lambda, before.splits[0]?.lambda);
  t.equal(after.srcc.median, -before.srcc.median, "the same predictions, opposite opinions");
});

t.test("as many images as no data set has yet", async (t) => {
  const count = 150_000;
  const data = Float32Array.from({ length: count }, (_, i) => i % 7);
  const groups = Array.from({ length: count }, (_, i) => String(i % 1000));
  const { srcc } = await runProbe({ data, dimension: 1 }, Float64Array.from(data), groups, { seeds: 1 });
  t.ok(srcc.median > 0.999);
});

t.test("random splits share no group and cover all images", async (t) => {
  const { groups } = sample(203, 2, 1);
  for (let seed = 1; seed <= 10; seed++) {
    const { train, test } = randomSplit(groups, seed);
    const trained = new Set(train.map((item) => groups[item]));
    t.notOk(test.some((item) => trained.has(groups[item])));
    t.same(
      [...train, ...test].sort((a, b) => a - b),
      [...groups.keys()],
    );
    t.equal(new Set(test.map((item) => groups[item])).size, 8);
  }
  t.notSame(randomSplit(groups, 1), randomSplit(groups, 2));
});

t.test("a split that shares a group is refused", async (t) => {
  const { features, opinions, groups } = sample(100, 4, 1);
  const { train, test } = randomSplit(groups, 1);
  const leak = train.find((item) => groups[item] === groups[Number(train[0])] && item !== train[0]);
  t.ok(leak);
  const splits = [
    { train, test },
    { train: train.filter((item) => item !== leak), test: [...test, Number(leak)] },
  ];
  await t.rejects(runProbe(features, opinions, groups, { splits }), {
    code: "ERR_SPLIT_LEAK",
    message: new RegExp(`Split 2 .*"${groups[Number(leak)]}"`),
  });
});

t.test("lists that do not fit, and too few groups", async (t) => {
  const { features, opinions, groups } = sample(100, 4, 1);
  const invalid = { code: "ERR_INVALID_ARGUMENT" };
  await t.rejects(runProbe(features, opinions.slice(1), groups), invalid);
  await t.rejects(runProbe(features, opinions, groups.slice(1)), invalid);
  await t.rejects(
    runProbe(
      features,
      opinions.map((value, i) => (i === 3 ? Number.NaN : value)),
      groups,
    ),
    invalid,
  );
  await t.rejects(
    runProbe(
      features,
      opinions,
      groups.map((_, i) => String(i % 9)),
    ),
    invalid,
  );
  await t.rejects(
    runProbe(features, opinions, groups, { splits: [{ train: [0, 1, 2, 3, 4, 5], test: [100, 6] }] }),
    invalid,
  );
});

t.test("aborts, and leaves the event loop free", async (t) => {
  const { features, opinions, groups } = sample(1500, 128, 1);
  const controller = new AbortController();
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks === 3) controller.abort();
  }, 1);
  t.teardown(() => clearInterval(timer));
  await t.rejects(runProbe(features, opinions, groups, { signal: controller.signal }), { code: "ERR_ABORTED" });
  await t.rejects(runProbe(features, opinions, groups, { signal: AbortSignal.abort() }), { code: "ERR_ABORTED" });
});
