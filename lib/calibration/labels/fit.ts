/** Scales fitted to labels. */
import { EliqError } from "../../errors.js";
import { fitLogistic4, fitLogistic5 } from "../../evaluation/logistic-regression.js";
import { poolAdjacentViolators } from "../pool-adjacent-violators.js";
import {
  applyScale,
  type CurveScale,
  type IsotonicScale,
  type LabelScale,
  neverDecreases,
  type ScoreRange,
} from "../scale.js";

/** Ways from raw scores to labels; all of them never decrease. */
export const labelMethods = ["isotonic", "logistic4", "logistic5", "linear"] as const;

/** One of them. */
export type LabelMethod = (typeof labelMethods)[number];

/** A raw score and what people said. */
export interface LabelledScore {
  readonly raw: number;
  /** Higher is better. */
  readonly label: number;
  /** Images of one group, such as those of one prompt, fall into one fold. */
  readonly group?: string | undefined;
}

/**
 * Least-squares fit of a scale that never decreases.
 *
 * Isotonic: pool-adjacent-violators over the raw scores, equal ones averaged first; a block of raw scores keeps its value, and lines join
 * the blocks. Logistic curves: see `lib/evaluation/logistic-regression.ts`. Linear: ordinary least squares.
 *
 * @param labels at least 2; 5 for logistic5, 4 for logistic4.
 * @param range ends of the labels' scale.
 * @throws EliqError ERR_CALIBRATION when the best curve of the kind falls somewhere, or there are too few different raw scores.
 */
export function fitLabelScale(labels: readonly LabelledScore[], method: LabelMethod, range: ScoreRange): LabelScale {
  const raws = labels.map(({ raw }) => raw);
  if (new Set(raws).size < least[method])
    throw new EliqError(
      "ERR_CALIBRATION",
      `A ${method} fit needs at least ${least[method]} labelled images with different raw scores; there are ${new Set(raws).size}.`,
    );
  return method === "isotonic" ? fitIsotonic(labels, range) : fitCurve(labels, method, range);
}

const least: Record<LabelMethod, number> = { isotonic: 2, linear: 2, logistic4: 4, logistic5: 5 };

function fitCurve(labels: readonly LabelledScore[], kind: CurveScale["kind"], range: ScoreRange): CurveScale {
  const x = labels.map(({ raw }) => raw);
  const y = labels.map(({ label }) => label);
  const fits = {
    linear: leastSquaresLine,
    logistic4: (a: readonly number[], b: readonly number[]) => fitLogistic4(a, b).parameters,
    logistic5: risingLogistic5,
  };
  const parameters = fits[kind](x, y);
  if (parameters.every(Number.isFinite) && neverDecreases(kind, parameters)) return { kind, parameters, range };
  throw new EliqError(
    "ERR_CALIBRATION",
    `The best ${kind} curve through these labels falls somewhere, so that it would turn the order of some images round. Use isotonic.`,
  );
}

/**
 * A 5-parameter curve that never falls. Where the free fit does, its slope term is left out (b4 = 0, on the bound that it broke), which
 * makes it a 4-parameter one.
 */
function risingLogistic5(x: readonly number[], y: readonly number[]): readonly number[] {
  const { parameters } = fitLogistic5(x, y);
  if (neverDecreases("logistic5", parameters)) return parameters;
  const [top, bottom, middle, width] = fitLogistic4(x, y).parameters as [number, number, number, number];
  return [top - bottom, 1 / Math.abs(width), middle, 0, (top + bottom) / 2];
}

/** Slope and intercept. */
function leastSquaresLine(x: readonly number[], y: readonly number[]): number[] {
  const meanX = mean(x);
  const meanY = mean(y);
  let [xx, xy] = [0, 0];
  for (const [i, value] of x.entries()) {
    xx += (value - meanX) ** 2;
    xy += (value - meanX) * ((y[i] as number) - meanY);
  }
  return [xy / xx, meanY - (xy / xx) * meanX];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function fitIsotonic(labels: readonly LabelledScore[], range: ScoreRange): IsotonicScale {
  const byRaw = new Map<number, number[]>();
  for (const { raw, label } of labels) {
    const there = byRaw.get(raw);
    if (there) there.push(label);
    else byRaw.set(raw, [label]);
  }
  const points = [...byRaw].sort(([a], [b]) => a - b);
  const blocks = poolAdjacentViolators(
    points.map(([, values]) => mean(values)),
    points.map(([, values]) => values.length),
  );
  const knots = blocks.flatMap(({ from, to, value }) =>
    from === to
      ? [[from, value]]
      : [
          [from, value],
          [to, value],
        ],
  ) as [number, number][];
  return {
    kind: "isotonic",
    raw: knots.map(([place]) => (points[place] as [number, number[]])[0]),
    score: knots.map(([, value]) => value),
    range,
  };
}

/** Predictions of a scale less the labels, squared and summed. */
export function squaredErrors(scale: LabelScale, labels: readonly LabelledScore[]): number {
  return labels.reduce((sum, { raw, label }) => sum + (applyScale(raw, scale) - label) ** 2, 0);
}
