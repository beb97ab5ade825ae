// @ts-check
// Calibration without labels, on raw scores whose medians are known.
import t from "tap";
import { balancedWeights, checkAnchored, fitAnchored, medians } from "../../dist/calibration/anchored.js";
import { checkLabelFree, fitLabelFree, fitWhatThereIs } from "../../dist/calibration/label-free.js";
import { poolAdjacentViolators } from "../../dist/calibration/pool-adjacent-violators.js";
import { applyScale } from "../../dist/calibration/scale.js";
import { allHold, checkTable } from "../../dist/cli/calibrate/check-table.js";
import { Random } from "../../dist/pairs/random.js";

const levels = 5;
const identity = { id: "x", model: "m@1", created: "2026-01-01", description: "made up" };

/**
 * Normal raw scores around `top` - `fall` * level, `count` at each level.
 * @param {string} kind @param {number} top @param {number} fall @param {number} count @param {string} seed
 */
function population(kind, top, fall, count, seed) {
  const random = new Random(seed, kind);
  return Array.from({ length: levels + 1 }, (_, level) =>
    Array.from({ length: count }, () => ({ raw: top - fall * level + random.normal(), level, kind })),
  ).flat();
}

/** @param {ReturnType<typeof population>} scores */
const asImages = (scores) =>
  scores.map(({ raw, level, kind }) => ({
    raw: { quality: raw, technical: raw / 2, aesthetic: -raw, alignment: null },
    level,
    kind,
    orders: /** @type {("quality" | "technical" | "aesthetic")[]} */ (level === 0 ? [] : ["quality", "technical"]),
  }));

t.test("pooling adjacent violators", async (t) => {
  const values = (/** @type {number[]} */ list, /** @type {number[] | undefined} */ weights) =>
    poolAdjacentViolators(list, weights).flatMap(({ from, to, value }) => Array(to - from + 1).fill(value));
  t.same(values([1, 2, 3], undefined), [1, 2, 3]);
  t.same(values([3, 2, 1], undefined), [2, 2, 2]);
  t.same(values([1, 3, 2, 4], undefined), [1, 2.5, 2.5, 4]);
  t.same(values([1, 3, 2, 4], [1, 1, 3, 1]), [1, 2.25, 2.25, 4]);
  t.same(values([5, 4, 6, 1], undefined), [4, 4, 4, 4]);
  // Least squares: no other rising sequence is nearer.
  const random = new Random("pav");
  const noisy = Array.from({ length: 40 }, (_, i) => i / 10 + random.normal());
  const fitted = values(noisy, undefined);
  const error = (/** @type {number[]} */ some) => some.reduce((sum, x, i) => sum + (x - Number(noisy[i])) ** 2, 0);
  for (let k = 0; k < 200; k++) {
    const other = fitted.map((x) => x + 0.2 * random.normal()).sort((a, b) => a - b);
    if (error(other) < error(fitted)) t.fail("a rising sequence is nearer");
  }
});

t.test("two populations under one scale, checked on scores that the fit did not see", async (t) => {
  const fit = [...population("photo", 8, 3, 300, "fit"), ...population("ai", 6.5, 2.5, 100, "fit")];
  const scale = fitAnchored(fit, levels, "quality");
  const known = medians(fit, levels);
  const [photo, ai] = [known.get("photo"), known.get("ai")];
  t.ok(Math.abs(applyScale(ai?.medians[0] ?? 0, scale) - 0.85) < 1e-6, "the lower of the good medians");
  t.ok(Math.abs(applyScale(Math.max(photo?.medians[5] ?? 0, ai?.medians[5] ?? 0), scale) - 0.15) < 1e-6);
  const apart = [...population("photo", 8, 3, 200, "check"), ...population("ai", 6.5, 2.5, 200, "check")];
  const checks = checkAnchored(scale, apart, levels);
  t.match(checks, [
    { kind: "ai", goodHigh: true, worstLow: true, falls: true, counts: [200, 200, 200, 200, 200, 200] },
    { kind: "photo", goodHigh: true, worstLow: true, falls: true },
  ]);
});

t.test("a check sees what does not hold", async (t) => {
  const scale = fitAnchored(population("photo", 8, 3, 100, "fit"), levels, "quality");
  const [low] = checkAnchored(scale, population("photo", 3, 3, 100, "check"), levels);
  t.match(low, { goodHigh: false, worstLow: true });
  const [high] = checkAnchored(scale, population("photo", 20, 1, 100, "check"), levels);
  t.match(high, { goodHigh: true, worstLow: false });
  const tangled = population("photo", 8, 3, 100, "check").map((score) => ({
    ...score,
    level: [0, 2, 1, 3, 4, 5][score.level] ?? 0,
  }));
  t.match(checkAnchored(scale, tangled, levels)[0], { falls: false });
});

t.test("what is printed of a check: no verdict on a handful of images", async (t) => {
  const scale = fitAnchored(population("photo", 8, 3, 100, "fit"), levels, "quality");
  const check = (/** @type {number} */ photos, /** @type {number} */ top) =>
    new Map([
      [
        /** @type {const} */ ("quality"),
        checkAnchored(
          scale,
          [...population("photo", top, 3, photos, "c"), ...population("ai", -9, 3, 19, "c")],
          levels,
        ),
      ],
    ]);
  const good = check(100, 8);
  t.ok(allHold(good), "the few of the other kind do not count");
  t.match(checkTable(good), /ai +19 .*few +few +few\n +photo +100 .*yes +yes +yes\nfew: fewer than 20 good images/);
  const bad = check(100, 3);
  t.notOk(allHold(bad));
  t.match(checkTable(bad), /photo .*NO +yes +yes/);
});

t.test("medians out of order are pooled; a scale still rises", async (t) => {
  const raws = [5, 3, 3.2, 3.1, 1, 0];
  const scores = raws.flatMap((raw, level) => Array.from({ length: 30 }, () => ({ raw, level, kind: "photo" })));
  const scale = fitAnchored(scores, levels, "quality");
  t.same(scale.raw, [0, 1, 3.1, 5]);
  t.same(
    scale.score.map((score) => Number(score.toFixed(9))),
    [0.15, 0.29, 0.57, 0.85],
  );
});

t.test("medians that hardly differ are one anchor, with the mean of their scores", async (t) => {
  const raws = [1.0004, 1.0003, 1.0002, 1.0001, 1, 0];
  const scores = raws.flatMap((raw, level) => Array.from({ length: 30 }, () => ({ raw, level, kind: "photo" })));
  t.same(fitAnchored(scores, levels, "quality"), { kind: "anchored", raw: [0, 1.0002], score: [0.15, 0.57] });
});

t.test("alignment has a scale where some good images have a prompt", async (t) => {
  const graded = asImages(population("ai", 8, 3, 30, "prompts")).map((image) => ({
    ...image,
    raw: { ...image.raw, aesthetic: image.raw.quality, alignment: image.raw.quality },
    orders: image.orders.length > 0 ? /** @type {const} */ (["quality", "technical", "aesthetic", "alignment"]) : [],
  }));
  const first = { ...Object(graded[0]), kind: "photo", raw: { ...Object(graded[0]).raw, alignment: null } };
  const { scales, percentiles } = fitLabelFree([first, ...graded], levels, identity);
  t.same(scales.alignment, scales.quality);
  t.ok(percentiles.alignment);
});

t.test("what no scale can be fitted to is said", async (t) => {
  const code = "ERR_CALIBRATION";
  t.throws(() => fitAnchored(population("photo", 8, 3, 19, "few"), levels, "quality"), {
    code,
    message: /fewer than 20/,
  });
  t.throws(() => fitAnchored(population("photo", 8, -3, 30, "wrong way"), levels, "quality"), {
    code,
    message: /not above that of damaged ones.*--population/,
  });
  const apart = [...population("photo", 40, 1, 30, "a"), ...population("ai", 0, 1, 30, "b")];
  t.throws(() => fitAnchored(apart, levels, "quality"), { code, message: /--population/ });
  const incomplete = population("photo", 8, 3, 30, "x").filter(({ level }) => level !== 3);
  t.throws(() => fitAnchored(incomplete, levels, "technical"), { code, message: /level 3 orders technical/ });
  t.throws(() => fitLabelFree([], levels, identity), { code });
});

t.test("a kind with few images has no anchor of its own, but counts among the good ones", async (t) => {
  const fit = [...population("photo", 8, 3, 100, "fit"), ...population("unknown", -30, 3, 5, "few")];
  const images = asImages(fit).map((image) => ({
    ...image,
    orders: /** @type {("quality" | "technical" | "aesthetic")[]} */ (["quality", "technical", "aesthetic"]),
  }));
  t.throws(() => fitLabelFree(images, levels, identity), { message: /raw aesthetic/ }, "the aesthetic falls here");
  const scale = fitAnchored(fit, levels, "quality");
  t.ok((scale.raw.at(-1) ?? 0) > 7);
});

t.test("percentiles: every kind of good image counts alike", async (t) => {
  t.same(balancedWeights(["a", "a", "b"]), [0.5, 0.5, 1]);
  const images = asImages([...population("photo", 8, 3, 400, "fit"), ...population("ai", 4, 3, 40, "fit")]);
  const calibration = fitWhatThereIs(images, levels, identity);
  t.ok(Math.abs(Number(calibration.percentiles.quality[100]) - 6) < 0.7, "the middle lies between the kinds");
  t.same(calibration.population.kinds, { photo: 400, ai: 40 });
  t.equal(calibration.population.negatives, 440 * 5);
});

t.test("what a training run writes: never nothing", async (t) => {
  const few = asImages(population("photo", 8, 3, 4, "few"));
  const calibration = fitWhatThereIs(few, levels, identity);
  t.match(calibration.population.description, /made up; no anchors, only standardised: aesthetic/);
  t.ok(applyScale(8, calibration.scales.quality) > 0.7);
  const flat = few.map((image) => ({ ...image, raw: { quality: 1, technical: 1, aesthetic: 1, alignment: null } }));
  const standardised = fitWhatThereIs(flat, levels, identity);
  t.equal(applyScale(1, standardised.scales.quality), 0.5);
  t.match(standardised.population.description, /quality, technical, aesthetic/);
  t.same(checkLabelFree(standardised, few, levels).get("quality")?.[0]?.counts, [4, 4, 4, 4, 4, 4]);
});
