// @ts-check
import t from "tap";
import { calibrate, parseCalibration } from "../../dist/calibration/calibration.js";
import { compareScores, preference } from "../../dist/calibration/comparison.js";
import { normalCdf } from "../../dist/calibration/normal.js";
import { toScore } from "../../dist/calibration/score.js";
import { fakeModel } from "../support/fake-engine.js";

const scale = { kind: /** @type {const} */ ("logistic"), mean: 0.5, std: 2 };
const file = {
  format: "eliq-calibration",
  formatVersion: 1,
  id: "x",
  population: "p",
  quality: scale,
  technical: scale,
  aesthetic: scale,
};

t.test("normalCdf agrees with published values to 14 digits", async (t) => {
  // NIST/SEPT e-Handbook and R's pnorm.
  const known = [
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1, 0.8413447460685429],
    [-1.96, 0.0249978951482204],
    [2.5758293035489004, 0.995],
    [-3, 0.0013498980316300933],
    [4, 0.9999683287581669],
  ];
  for (const [x = 0, p = 0] of known) t.ok(Math.abs(normalCdf(x) - p) < 1e-14, `Phi(${x}) = ${normalCdf(x)}`);
  // In the lower tail the relative error counts: pnorm(-6), pnorm(-10), pnorm(-30).
  for (const [x = 0, p = 0] of [
    [-6, 9.865876450376946e-10],
    [-10, 7.61985302416047e-24],
    [-30, 4.906713927148187e-198],
  ]) {
    t.ok(Math.abs(normalCdf(x) / p - 1) < 1e-11, `Phi(${x}) = ${normalCdf(x)}`);
  }
  t.equal(normalCdf(Number.POSITIVE_INFINITY), 1);
  t.equal(normalCdf(Number.NEGATIVE_INFINITY), 0);
  t.ok(Number.isNaN(normalCdf(Number.NaN)));
});

t.test("normalCdf never falls", async (t) => {
  let last = 0;
  let falls = 0;
  for (let x = -40; x <= 40; x += 0.001) {
    const p = normalCdf(x);
    if (p < last) falls++;
    last = p;
  }
  t.equal(falls, 0);
});

t.test("a calibrated score is in [0, 1], rises with the raw score and is 0.5 at the mean", async (t) => {
  t.equal(calibrate(0.5, scale), 0.5);
  t.ok(Math.abs(calibrate(2.5, scale) - 1 / (1 + Math.exp(-1))) < 1e-15);
  const raws = [-1e9, -40, -1, 0, 0.5, 3, 40, 1e9];
  const scores = raws.map((raw) => calibrate(raw, scale));
  t.same(
    scores,
    [...scores].sort((a, b) => a - b),
  );
  t.ok(scores.every((score) => score >= 0 && score <= 1));
});

t.test("preference is antisymmetric and 0.5 for a draw", async (t) => {
  t.equal(preference(1.5, 1.5), 0.5);
  t.ok(Math.abs(preference(2, 1) + preference(1, 2) - 1) < 1e-15);
  t.ok(Math.abs(preference(Math.SQRT2, 0) - 0.8413447460685429) < 1e-14);
});

t.test("calibration.json: what is wrong is named", async (t) => {
  t.equal(parseCalibration(file, "c.json").quality.std, 2);
  const bad = (/** @type {object} */ change) => () => parseCalibration({ ...file, ...change }, "c.json");
  t.throws(bad({ format: "other" }), { code: "ERR_MODEL_CORRUPT" });
  t.throws(bad({ formatVersion: 2 }), { code: "ERR_MODEL_UNSUPPORTED", message: /version 2.*Update/ });
  t.throws(bad({ id: 7 }), { code: "ERR_MODEL_CORRUPT", message: /c\.json: id must be/ });
  t.throws(bad({ technical: undefined }), { code: "ERR_MODEL_CORRUPT", message: /technical must be an object/ });
  t.throws(bad({ quality: { ...scale, std: 0 } }), {
    code: "ERR_MODEL_CORRUPT",
    message: /quality\.std must be above 0/,
  });
  t.throws(bad({ quality: { ...scale, mean: null } }), { code: "ERR_MODEL_CORRUPT", message: /quality\.mean/ });
  t.throws(bad({ aesthetic: { ...scale, kind: "isotonic" } }), { code: "ERR_MODEL_UNSUPPORTED", message: /isotonic/ });
  t.throws(() => parseCalibration([], "c.json"), { code: "ERR_MODEL_CORRUPT" });
});

const native = { quality: 1, technical: 2, aesthetic: -1, alignment: 3 };

t.test("alignment of an untrained model is null whatever the network says", async (t) => {
  for (const prompt of [undefined, "a cat"]) {
    const score = toScore(native, fakeModel, prompt);
    t.equal(score.alignment, null);
    t.equal(score.raw.alignment, null);
    t.equal(score.alignmentReason, "The fake model reads no prompts.");
  }
});

t.test("alignment of a trained model needs a prompt", async (t) => {
  const calibration = { ...fakeModel.calibration, alignment: { ...scale, mean: 3 } };
  const model = { ...fakeModel, alignment: { trained: true }, calibration };
  t.match(toScore(native, model, undefined), { alignment: null, alignmentReason: "No prompt was given." });
  const score = toScore(native, model, "a cat");
  t.match(score, { alignment: 0.5, raw: { alignment: 3 } });
  t.notOk("alignmentReason" in score);
  t.match(toScore({ ...native, alignment: null }, model, "a cat"), { alignment: null, alignmentReason: /prompts/ });
  const other = toScore({ ...native, alignment: 3 - Math.SQRT2 }, model, "a cat");
  t.ok(Math.abs((compareScores(score, other).alignment ?? 0) - 0.8413447460685429) < 1e-14);
});

t.test("a comparison without alignment says why", async (t) => {
  const a = toScore(native, fakeModel, undefined);
  const b = toScore({ ...native, quality: 0 }, fakeModel, undefined);
  const comparison = compareScores(a, b);
  t.match(comparison, {
    alignment: null,
    alignmentReason: "The fake model reads no prompts.",
    aspects: { technical: 0.5 },
  });
  t.ok(comparison.quality > 0.5);
  t.equal(comparison.a, a);
});
