/** Controls of the instrument: what it says where the answer is known. */
import { Random } from "../pairs/random.js";
import { toFigure } from "./protocols.js";
import type { InstrumentControl } from "./report-schema.js";
import { spearman } from "./statistics.js";

/** Shufflings whose |SRCC| the median is taken of. */
const SHUFFLINGS = 9;

/**
 * A strictly rising function of the opinions must agree with them perfectly, and scores dealt out anew not at all.
 *
 * @param opinion how the checks call it: "quality" or "alignment".
 * @param scores the critic's; finite. @param opinions as many, finite.
 */
export function instrumentControls(opinion: string, scores: Float64Array, opinions: Float64Array): InstrumentControl[] {
  const planted = spearman(squaredRanks(opinions), opinions);
  const shuffled = shuffledAgreement(scores, opinions);
  // Chance alone has a standard deviation of 1 / sqrt(n - 1), and the median of nine exceeds 2.3 of them once in a million times.
  const bound = Math.max(0.06, 2.3 / Math.sqrt(scores.length - 1));
  return [
    {
      name: `${opinion}, planted: a rising function of the opinions`,
      srcc: toFigure(planted),
      expected: "1",
      passed: planted === 1,
    },
    {
      name: `${opinion}, shuffled: the critic's scores on the wrong images, median |SRCC| of ${SHUFFLINGS}`,
      srcc: toFigure(shuffled),
      expected: `below ${bound.toFixed(2)}`,
      passed: shuffled < bound,
    },
  ];
}

/** Whole numbers, so that no two different opinions can meet by rounding. */
function squaredRanks(values: Float64Array): number[] {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  const rank = new Map(distinct.map((value, i) => [value, i]));
  return Array.from(values, (value) => (rank.get(value) as number) ** 2);
}

function shuffledAgreement(scores: Float64Array, opinions: Float64Array): number {
  const list = [...scores];
  const found = Array.from({ length: SHUFFLINGS }, (_, i) =>
    Math.abs(spearman(new Random("shuffled scores", i).shuffle(list), opinions)),
  );
  return found.sort((a, b) => a - b)[(SHUFFLINGS - 1) / 2] as number;
}
