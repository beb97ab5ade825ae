/** From tests and figures to words. */
import type { DriftTest } from "./drift.js";
import type { ComparedScore } from "./population.js";

/** How far the batch is from the reference, whatever chance may have to do with it. */
export interface DriftFigures {
  /** Mean of the batch less mean of the reference, in standard deviations of the reference. */
  readonly shifts: Readonly<Partial<Record<ComparedScore, number>>>;
  /** Share of the batch that is farther from the reference than 99 % of its members are from the others, in [0, 1]. */
  readonly unfamiliar?: number;
  /** Energy distance as a share of twice the mean distance between batch and reference, in [0, 1]. */
  readonly energyCoefficient?: number;
}

/** What to think and do. */
export interface Verdict {
  readonly drift: boolean;
  readonly retrain: boolean;
  /** What moved. */
  readonly moved: readonly ("scores" | "embeddings")[];
  /** One sentence. */
  readonly summary: string;
  /** Why, in sentences; empty when no drift was seen. */
  readonly reasons: readonly string[];
}

/** Share of the batch beyond what 1 % of the reference exceeds from which re-training is due: ten times what is expected. */
const retrainShare = 0.1;

/**
 * Drift is what a test raised an alarm for. Re-training is due only where the critic also works outside what the reference covers: much
 * of the batch above the top of its scale, or unlike every member. Where a batch merely has another mixture of the same kinds of images,
 * the critic may be as good as before.
 */
export function conclude(tests: readonly DriftTest[], figures: DriftFigures): Verdict {
  const alarms = tests.filter(({ alarm }) => alarm);
  const moved = [
    ...(alarms.some(({ of }) => of !== "embeddings") ? (["scores"] as const) : []),
    ...(alarms.some(({ of }) => of === "embeddings") ? (["embeddings"] as const) : []),
  ];
  const due = retrainReasons(alarms, figures);
  return {
    drift: alarms.length > 0,
    retrain: due.length > 0,
    moved,
    summary: summarise(moved, due.length > 0),
    reasons: [...due, ...driftReasons(alarms, figures)],
  };
}

function summarise(moved: Verdict["moved"], retrain: boolean): string {
  if (moved.length === 0) return "No drift seen.";
  const what = `Drift: ${moved.map((thing) => `${thing} moved`).join(", ")}.`;
  return retrain ? `${what} Re-training is due.` : what;
}

function retrainReasons(alarms: readonly DriftTest[], { unfamiliar = 0 }: DriftFigures): string[] {
  const reasons: string[] = [];
  const top = alarms.find(({ kind }) => kind === "above-top");
  if (top && top.statistic >= retrainShare)
    reasons.push(
      `${percent(top.statistic)} of the batch score above the reference's top, where 1 % are expected: the upper end of the critic's scale is used up, and nothing in the reference shows that it still tells good from better there.`,
    );
  if (alarms.some(({ kind }) => kind === "energy") && unfamiliar >= retrainShare)
    reasons.push(
      `${percent(unfamiliar)} of the batch are unlike any image of the reference, where 1 % are expected: nothing in the reference shows what the critic's scores are worth for such images.`,
    );
  return reasons;
}

/** One sentence for each thing that moved, from the test that says it best. */
function driftReasons(alarms: readonly DriftTest[], { shifts, energyCoefficient = 0 }: DriftFigures): string[] {
  const reasons: string[] = [];
  for (const score of new Set(alarms.map(({ of }) => of))) {
    if (score === "embeddings") {
      reasons.push(`The embeddings lie elsewhere: energy coefficient ${energyCoefficient.toFixed(3)} of at most 1.`);
      continue;
    }
    const shift = shifts[score] ?? 0;
    const direction = shift >= 0 ? "higher" : "lower";
    reasons.push(
      Math.abs(shift) >= 0.1
        ? `${capital(score)} is ${direction} by ${Math.abs(shift).toFixed(2)} standard deviations of the reference.`
        : `${capital(score)} has the same mean as in the reference but is spread otherwise.`,
    );
  }
  return reasons;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
