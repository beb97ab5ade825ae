// @ts-check
import { readFile } from "node:fs/promises";
import t from "tap";
import { LogisticResampler } from "../../dist/evaluation/logistic-agreement.js";
import { fitLogistic4, fitLogistic5, logistic4, logistic5 } from "../../dist/evaluation/logistic-regression.js";
import { bootstrap, pearson, pearsonStatistic, rmse } from "../../dist/evaluation/statistics.js";
import { Random } from "../../dist/pairs/random.js";

const goldens = JSON.parse(await readFile(new URL("evaluation-logistic.json", import.meta.url), "utf8"));

/** A sigmoid with noise. @param {number} count @param {number} noise @param {number} seed */
function sample(count, noise, seed) {
  const random = new Random("logistic test", seed);
  const x = Array.from({ length: count }, () => random.normal());
  return { x, y: x.map((value) => 5 / (1 + Math.exp(-1.5 * value)) + noise * random.normal()) };
}

/** PLCC after the 5-parameter logistic. @param {number[]} x @param {number[]} y */
const plccOf = (x, y) => new LogisticResampler(x, y).all.plcc;

t.test("PLCC and RMSE after either curve equal scipy's curve_fit from the same start", async (t) => {
  t.ok(goldens.cases.length >= 12);
  let compared = 0;
  for (const { name, x, y, logistic5: five, logistic4: four } of goldens.cases) {
    const fit5 = fitLogistic5(x, y);
    const fit4 = fitLogistic4(x, y);
    const fitted5 = x.map((/** @type {number} */ value) => logistic5(fit5.parameters, value));
    const fitted4 = x.map((/** @type {number} */ value) => logistic4(fit4.parameters, value));
    t.ok(Math.abs(rmse(fitted5, y) - fit5.rmse) < 1e-9 * (1 + fit5.rmse), `${name}: the curve has the error it says`);
    t.ok(Math.abs(rmse(fitted4, y) - fit4.rmse) < 1e-9 * (1 + fit4.rmse), `${name}: the curve has the error it says`);
    // Without a single optimum, neither answer is the right one; scipy's own two methods disagree there.
    if (five.unique)
      t.ok(Math.abs(pearson(fitted5, y) - five.plcc) < 1e-4, `5, ${name}: ${pearson(fitted5, y)} ${five.plcc}`);
    if (five.unique) t.ok(Math.abs(fit5.rmse - five.rmse) < 1e-4 * five.rmse, `5, ${name}: ${fit5.rmse} ${five.rmse}`);
    if (four.unique)
      t.ok(Math.abs(pearson(fitted4, y) - four.plcc) < 1e-4, `4, ${name}: ${pearson(fitted4, y)} ${four.plcc}`);
    compared += Number(five.unique);
  }
  t.ok(compared >= 10);
});

t.test("a curve without noise is recovered, in any units", async (t) => {
  const x = Array.from({ length: 40 }, (_, i) => 100 + 5 * i);
  /** @type {[number, number, number, number, number]} */
  const five = [3, 0.05, 190, 0.001, 2];
  const fit = fitLogistic5(
    x,
    x.map((value) => logistic5(five, value)),
  );
  t.ok(fit.converged);
  for (const [i, value] of five.entries())
    t.ok(Math.abs(Number(fit.parameters[i]) - value) < 1e-5 * Math.abs(value) + 1e-6);
  /** @type {[number, number, number, number]} */
  const four = [80, 20, 190, 25];
  const monotone = fitLogistic4(
    x,
    x.map((value) => logistic4(four, value)),
  );
  t.ok(monotone.converged);
  for (const [i, value] of four.entries()) t.ok(Math.abs(Number(monotone.parameters[i]) - value) < 1e-4 * value);
  const falling = fitLogistic4(
    x.map((value) => -value),
    x.map((value) => logistic4(four, value)),
  );
  t.ok(Number(falling.parameters[0]) < Number(falling.parameters[1]), "falls where scores and opinions do");
});

t.test("weights count items as often as they say", async (t) => {
  const { x, y } = sample(60, 0.5, 1);
  const random = new Random("logistic weights");
  const counts = Uint32Array.from(x, () => random.integer(4));
  const expand = (/** @type {number[]} */ values) =>
    values.flatMap((value, i) => new Array(counts[i] ?? 0).fill(value));
  const weighted = fitLogistic5(x, y, { weights: counts });
  const written = fitLogistic5(expand(x), expand(y));
  t.ok(Math.abs(weighted.rmse - written.rmse) < 1e-7);
});

t.test("what cannot be fitted is an error, and what did not converge says so", async (t) => {
  t.throws(() => fitLogistic5([1, 2, 3, 4], [1, 2, 3, 4]), { code: "ERR_INVALID_ARGUMENT" });
  t.throws(() => fitLogistic5([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]), { code: "ERR_INVALID_ARGUMENT" });
  t.throws(() => fitLogistic4([1, 2, 3, 4], [1, 2, Number.NaN, 4]), { code: "ERR_INVALID_ARGUMENT" });
  t.throws(() => fitLogistic4([1, 2, Number.POSITIVE_INFINITY, 4], [1, 2, 3, 4]), { code: "ERR_INVALID_ARGUMENT" });
  t.throws(() => fitLogistic4([1, 2, 3, 4], [1, 2, 3]), { code: "ERR_INVALID_ARGUMENT" });
  const { x, y } = sample(100, 0.8, 2);
  const cut = fitLogistic5(x, y, { mostSteps: 1 });
  t.equal(cut.converged, false);
  t.ok(cut.parameters.every(Number.isFinite));
});

t.test("agreement after the curve, on the data and on resamples", async (t) => {
  const { x, y } = sample(400, 0.8, 3);
  const bent = x.map((value) => Math.exp(2 * value));
  t.ok(plccOf(bent, y) > pearson(bent, y) + 0.1, "the curve straightens");
  const resampler = new LogisticResampler(x, y);
  const interval = bootstrap((counts) => resampler.on(counts).plcc, 400, { resamples: 500 });
  t.ok(Math.abs(interval.value - resampler.all.plcc) < 1e-5);
  // A monotone relation that the curve fits: an interval like that of the correlation with the true curve.
  const truth = x.map((value) => 1 / (1 + Math.exp(-1.5 * value)));
  const known = bootstrap(pearsonStatistic(truth, y), 400, { resamples: 500 });
  t.ok(Math.abs(interval.low - known.low) < 0.01, `${interval.low} ${known.low}`);
  t.ok(Math.abs(interval.high - known.high) < 0.01, `${interval.high} ${known.high}`);
  const error = bootstrap((counts) => resampler.on(counts).rmse, 400, { resamples: 200 });
  t.ok(error.low < 0.8 && error.high > 0.8, `the noise that was added: ${error.low} to ${error.high}`);
});

t.test("a resample's fit is that of its items, to well within an interval", async (t) => {
  const { x, y } = sample(300, 1, 4);
  const resampler = new LogisticResampler(x, y);
  const random = new Random("logistic resample");
  /** @type {number[]} */
  const off = [];
  for (let i = 0; i < 20; i++) {
    const counts = new Uint32Array(300);
    for (let k = 0; k < 300; k++) {
      const item = random.integer(300);
      counts[item] = Number(counts[item]) + 1;
    }
    const expand = (/** @type {number[]} */ values) =>
      values.flatMap((value, item) => new Array(counts[item] ?? 0).fill(value));
    const { plcc } = resampler.on(counts);
    off.push(Math.abs(plcc - plccOf(expand(x), expand(y))));
  }
  off.sort((a, b) => a - b);
  t.ok(Number(off[17]) < 1e-5, `nine in ten: ${off[17]}`);
  t.ok(Number(off[19]) < 3e-3, `where the curve turns into a step: ${off[19]}`);
});

t.test("nothing to fit: undefined, not an error", async (t) => {
  const { all } = new LogisticResampler([2, 2, 2, 2, 2, 2], [1, 2, 3, 4, 5, 6]);
  t.ok(Number.isNaN(all.plcc) && Number.isNaN(all.rmse));
  t.equal(all.fit, undefined);
  t.ok(Number.isNaN(plccOf([1, 2, 3], [1, 2, 3])), "three items for five parameters");
});
