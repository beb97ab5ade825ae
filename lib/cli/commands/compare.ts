/** `eliq compare`. */
import { parseArgs } from "node:util";
import type { Comparison } from "../../calibration/comparison.js";
import { interruptible } from "../interrupt.js";
import { loadModel, modelOptions, modelOptionsHelp } from "../options.js";
import { exitCode, UsageError } from "../usage.js";

const help = `Usage: eliq compare [options] <image A> <image B>

Prints, per aspect, the probability that A is the better image: 1 for surely A, 0 for surely B, 0.5 for a draw.

Options:
  --prompt <text>      what both images were asked to show
  --json               one JSON object with both scores
${modelOptionsHelp}

Examples:
  eliq compare before.png after.png
  eliq compare a.webp b.webp --json

Exit codes: 0 done; 1 an image failed; 2 wrong usage; 3 cannot run; 130 interrupted.
`;

const options = { ...modelOptions, prompt: { type: "string" }, json: { type: "boolean" } } as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const [a, b] = positionals;
  if (a === undefined || b === undefined || positionals.length > 2) throw new UsageError("compare takes two images.");
  return interruptible(async (signal) => {
    await using eliq = await loadModel(values, signal);
    const comparison = await eliq.compare(a, b, { prompt: values.prompt, signal });
    process.stdout.write(values.json ? `${JSON.stringify(comparison, null, 2)}\n` : table(comparison, a, b));
    if (values.prompt !== undefined && comparison.alignmentReason) {
      process.stderr.write(`No alignment: ${comparison.alignmentReason}\n`);
    }
    return exitCode.ok;
  });
}

function table({ quality, aspects, alignment, a, b }: Comparison, nameA: string, nameB: string): string {
  const row = (label: string, probability: number | null, scoreA: number | null, scoreB: number | null) =>
    [label.padEnd(9), number(probability).padStart(12), number(scoreA).padStart(7), number(scoreB).padStart(7)].join(
      "  ",
    );
  return `A = ${nameA}
B = ${nameB}

           P(A better)  score A  score B
${row("quality", quality, a.quality, b.quality)}
${row("technical", aspects.technical, a.aspects.technical, b.aspects.technical)}
${row("aesthetic", aspects.aesthetic, a.aspects.aesthetic, b.aspects.aesthetic)}
${row("alignment", alignment, a.alignment, b.alignment)}
`;
}

function number(value: number | null): string {
  return value === null ? "-" : value.toFixed(3);
}
