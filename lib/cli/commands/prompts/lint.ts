/** `eliq prompts lint`. */
import { parseArgs } from "node:util";
import { type Finding, formatSummary, PromptLinter } from "../../../pairs/prompts/lint.js";
import { loadPrompts } from "../../../pairs/prompts/load.js";
import { shippedPath } from "../../../pairs/prompts/shipped.js";
import { exitCode } from "../../usage.js";

const help = `Usage: eliq prompts lint [options] [file...]

Checks prompts in .txt, .jsonl, .csv or PartiPrompts .tsv files, all files as one set; without a file, the set that eliq comes
with. Prints a line for each finding and how many prompts have each label.

Errors: empty prompts, invisible characters, more than 4000 characters, duplicates, ids used twice, unknown labels, lines that
cannot be read. Warnings: fewer than 3 or more than 77 words, spaces at the ends, quotes left open, near-duplicates (80 % of the
words shared), missing categories, and categories or features that few prompts have.

Options:
  --json        one JSON object a line: each finding, then {"summary": {...}}
  -h, --help    this text

Examples:
  eliq prompts lint
  eliq prompts lint my-prompts.csv more-prompts.txt

Exit codes: 0 no errors; 1 errors found; 2 wrong usage; 3 a file cannot be read.
`;

const options = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const linter = new PromptLinter((finding) => {
    process.stdout.write(`${values.json ? JSON.stringify(finding) : formatFinding(finding)}\n`);
  });
  for (const path of positionals.length > 0 ? positionals : [shippedPath]) {
    const prompts = loadPrompts(path, { onError: ({ message }, place) => linter.unreadable(place, message) });
    for await (const prompt of prompts) linter.check(prompt);
  }
  const summary = linter.finish();
  process.stdout.write(values.json ? `${JSON.stringify({ summary })}\n` : formatSummary(summary));
  return summary.errors > 0 ? exitCode.someFailed : exitCode.ok;
}

function formatFinding({ place, severity, rule, message }: Finding): string {
  return `${place === undefined ? "" : `${place}: `}${severity}: ${message} [${rule}]`;
}
