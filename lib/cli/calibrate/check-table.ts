/** What `eliq calibrate` prints. */
import { type AnchorCheck, leastPopulation } from "../../calibration/anchored.js";
import type { CalibratedScore } from "../../calibration/calibration.js";

/** Medians of each level by population, and whether the promises hold. */
export function checkTable(checks: ReadonlyMap<CalibratedScore, readonly AnchorCheck[]>): string {
  const lines: string[] = [];
  for (const [score, populations] of checks) {
    const levels = (populations[0]?.medians.length ?? 1) - 1;
    const heads = Array.from({ length: levels }, (_, level) => `level ${level + 1}`.padStart(8)).join("");
    lines.push(`${score.padEnd(10)}  images    good${heads}  good >= .75  worst <= .25  falls`);
    for (const check of populations) {
      const { kind, counts, medians, goodHigh, worstLow, falls } = check;
      const word = (holds: boolean) => (isSmall(check) ? "few" : holds ? "yes" : "NO");
      const cells = medians.map((value) => (Number.isNaN(value) ? "-" : value.toFixed(3)).padStart(8)).join("");
      const answers = [word(goodHigh).padStart(12), word(worstLow).padStart(13), word(falls).padStart(6)];
      lines.push(`  ${kind.padEnd(8)}  ${String(counts[0]).padStart(6)}${cells} ${answers.join(" ")}`);
    }
  }
  const small = [...checks.values()].flat().some(isSmall);
  if (small) lines.push(`few: fewer than ${leastPopulation} good images, whose median says little.`);
  return lines.join("\n");
}

function isSmall({ counts }: AnchorCheck): boolean {
  return (counts[0] ?? 0) < leastPopulation;
}

/** Whether everything that a label-free calibration promises holds, for every score and every population of a useful size. */
export function allHold(checks: ReadonlyMap<CalibratedScore, readonly AnchorCheck[]>): boolean {
  const useful = [...checks.values()].flat().filter((check) => !isSmall(check));
  return useful.every(({ goodHigh, worstLow, falls }) => goodHigh && worstLow && falls);
}
