/** Scales: monotone maps from a raw score to a number that means something. */

import { EliqError } from "../errors.js";
import type { FieldReader } from "../models/fields.js";

/** Ends of a scale of opinions, for instance 1 and 5. */
export interface ScoreRange {
  readonly low: number;
  readonly high: number;
}

/**
 * A label-free scale: broken lines between anchors, rational tails outside. In (0, 1), strictly increasing in float64: see
 * {@link applyScale}.
 */
export interface AnchoredScale {
  readonly kind: "anchored";
  /** Raw scores, strictly ascending, at least two. */
  readonly raw: readonly number[];
  /** Their scores, strictly ascending, in (0, 1). */
  readonly score: readonly number[];
}

/** Fitted to labels: broken lines through blocks of pool-adjacent-violators, constant outside. Non-decreasing. */
export interface IsotonicScale {
  readonly kind: "isotonic";
  /** Raw scores, strictly ascending. */
  readonly raw: readonly number[];
  /** In units of the labels, non-decreasing. */
  readonly score: readonly number[];
  readonly range: ScoreRange;
}

/**
 * Fitted to labels: a curve with the parameters b1, b2, ... of `lib/evaluation/logistic-regression.ts` (logistic4, logistic5), or
 * slope and intercept (linear), held within the range. Non-decreasing.
 */
export interface CurveScale {
  readonly kind: "logistic4" | "logistic5" | "linear";
  readonly parameters: readonly number[];
  readonly range: ScoreRange;
}

/** A map from a raw score to a calibrated one. */
export type Scale = AnchoredScale | IsotonicScale | CurveScale;

/** Ways to fit a scale to labels. */
export type LabelScale = IsotonicScale | CurveScale;

/** Where a scale ends: [0, 1] for a label-free one. */
export function rangeOf(scale: Scale): ScoreRange {
  return scale.kind === "anchored" ? { low: 0, high: 1 } : scale.range;
}

/**
 * A raw score on its scale.
 *
 * Anchored: strictly increasing for raw scores up to 1e6 times the anchors' span away from them that differ by at least 1e-9 of that
 * span or by a step of float32, whichever is more, and never decreasing anywhere. It holds in floating point because every single
 * operation is monotone under correct rounding. The tails are c / (c + x), not logistic: a logistic is 1 in float64 from 37 units on.
 *
 * @param raw finite.
 * @returns in (0, 1) for an anchored scale, in [low, high] for one fitted to labels.
 */
export function applyScale(raw: number, scale: Scale): number {
  switch (scale.kind) {
    case "anchored":
      return anchored(raw, scale);
    case "isotonic":
      return clamp(brokenLine(raw, scale.raw, scale.score), scale.range);
    default:
      return clamp(curve(raw, scale), scale.range);
  }
}

function anchored(x: number, { raw, score }: AnchoredScale): number {
  const last = raw.length - 1;
  const [x0, y0, xn, yn] = [raw[0], score[0], raw[last], score[last]] as [number, number, number, number];
  if (x < x0) {
    const width = y0 / slopeAfter(raw, score, 0);
    return y0 * (width / (width + (x0 - x)));
  }
  if (x > xn) {
    const width = (1 - yn) / slopeAfter(raw, score, last - 1);
    // 1 - (1 - yn) may round to less than yn.
    return Math.max(yn, 1 - (1 - yn) * (width / (width + (x - xn))));
  }
  return brokenLine(x, raw, score);
}

function slopeAfter(x: readonly number[], y: readonly number[], i: number): number {
  return ((y[i + 1] as number) - (y[i] as number)) / ((x[i + 1] as number) - (x[i] as number));
}

/** Linear between points with ascending x, constant outside. */
function brokenLine(at: number, x: readonly number[], y: readonly number[]): number {
  const last = x.length - 1;
  if (at <= (x[0] as number)) return y[0] as number;
  if (at >= (x[last] as number)) return y[last] as number;
  const i = segmentOf(at, x);
  // Rounding may carry the line past its end, where the next one begins.
  return Math.min((y[i] as number) + (at - (x[i] as number)) * slopeAfter(x, y, i), y[i + 1] as number);
}

/** The last i with x[i] <= at; `at` lies within the points. */
function segmentOf(at: number, x: readonly number[]): number {
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) <= at) low = middle;
    else high = middle;
  }
  return low;
}

/** As in `lib/evaluation/logistic-regression.ts`, said again here so that a start does not load the fits. */
function curve(x: number, { kind, parameters }: CurveScale): number {
  const [b1, b2, b3, b4, b5] = parameters as [number, number, number, number, number];
  if (kind === "linear") return b1 * x + b2;
  if (kind === "logistic4") return b2 + (b1 - b2) / (1 + Math.exp(-(x - b3) / Math.abs(b4)));
  return b1 * (0.5 - 1 / (1 + Math.exp(b2 * (x - b3)))) + b4 * x + b5;
}

/**
 * Whether a curve never decreases: logistic4 with b1 >= b2; linear with a slope of at least 0; logistic5 with b4 >= 0 and b1 b2 >= 0.
 * For the last that is a little more than the derivative demands, which lies between b4 and b4 + b1 b2 / 4; both parts then rise by
 * themselves, so that no rounding of their sum can fall.
 */
export function neverDecreases(kind: CurveScale["kind"], parameters: readonly number[]): boolean {
  const [b1, b2, , b4] = parameters as [number, number, number, number];
  if (kind === "linear") return b1 >= 0;
  return kind === "logistic4" ? b1 >= b2 && b4 !== 0 : b4 >= 0 && b1 * b2 >= 0;
}

function clamp(value: number, { low, high }: ScoreRange): number {
  return Math.max(low, Math.min(high, value));
}

const parameterCounts = { linear: 2, logistic4: 4, logistic5: 5 } as const;

/**
 * Checks a scale of a calibration file.
 *
 * @throws EliqError of the reader's code for a field that is not as it should be; ERR_MODEL_UNSUPPORTED for an unknown kind.
 */
export function parseScale(fields: FieldReader): Scale {
  const kind = fields.string("kind");
  if (kind === "anchored") {
    const [raw, score] = parsePoints(fields, 2);
    if (!ascending(score, true) || (score[0] as number) <= 0 || (score.at(-1) as number) >= 1)
      throw fields.wrong("score", "strictly ascending numbers between 0 and 1");
    return { kind, raw, score };
  }
  if (kind === "isotonic") {
    const [raw, score] = parsePoints(fields, 1);
    if (!ascending(score, false)) throw fields.wrong("score", "numbers that never descend");
    return { kind, raw, score, range: parseRange(fields.object("range")) };
  }
  if (kind === "linear" || kind === "logistic4" || kind === "logistic5") {
    const parameters = fields.numbers("parameters");
    if (parameters.length !== parameterCounts[kind])
      throw fields.wrong("parameters", `a list of ${parameterCounts[kind]} numbers for "${kind}"`);
    if (!neverDecreases(kind, parameters)) throw fields.wrong("parameters", "those of a curve that never descends");
    return { kind, parameters, range: parseRange(fields.object("range")) };
  }
  throw new EliqError(
    "ERR_MODEL_UNSUPPORTED",
    `${fields.file}: ${fields.prefix}kind is "${kind}"; this version of eliq knows anchored, isotonic, linear, logistic4 and logistic5. Update eliq.`,
  );
}

function parsePoints(fields: FieldReader, least: number): [number[], number[]] {
  const raw = fields.numbers("raw");
  const score = fields.numbers("score");
  if (raw.length < least || !ascending(raw, true))
    throw fields.wrong("raw", `strictly ascending numbers, at least ${least}`);
  if (score.length !== raw.length) throw fields.wrong("score", `as long as raw (${raw.length} numbers)`);
  return [raw, score];
}

function parseRange(fields: FieldReader): ScoreRange {
  const range = { low: fields.number("low"), high: fields.number("high") };
  if (range.low < range.high) return range;
  throw fields.wrong("high", "above low");
}

function ascending(values: readonly number[], strictly: boolean): boolean {
  return values.every((value, i) => {
    const before = values[i - 1] ?? Number.NEGATIVE_INFINITY;
    return strictly ? value > before : value >= before;
  });
}
