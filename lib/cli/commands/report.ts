/** `eliq report`. */
import { parseArgs } from "node:util";
import type { Eliq } from "../../eliq.js";
import { toEliqError } from "../../errors.js";
import { writeOutput } from "../../files/atomic.js";
import { readEvaluation } from "../../report/figures.js";
import { makeReport, type ReportPhase } from "../../report/report.js";
import { ResultsFile } from "../../results/read.js";
import { interruptible } from "../interrupt.js";
import { loadModel, type ModelValues, modelOptions, modelOptionsHelp, readLimits, wholeOf } from "../options.js";
import { createPhaseReporter } from "../phases.js";
import { exitCode, UsageError } from "../usage.js";

/** More images on a sheet than this would make a page that no browser likes. */
const largestSheet = 100;

const help = `Usage: eliq report [options] <results.jsonl>

Writes one self-contained HTML page from a results file, that of \`eliq eval\` or of \`eliq score --jsonl\`: scores per
generator, quality against alignment, the best and the worst images, the calibration, and where the critic looks and
finds fault.

Options:
  --out <file>         page to write (default: report.html)
  --evaluation <file>  JSON that \`eliq eval\` wrote; its tables are shown; may be repeated
  --image <path>       an image to show besides; one that the file does not have is scored; may be repeated
  --folder <dir>       folder that relative paths in the file are relative to (default: the one that the file names, or
                       the current one)
  --sheet <n>          images on each contact sheet (default: 12, at most ${largestSheet})
  --no-maps            do not load the model: no maps of where it looks
${modelOptionsHelp}

Examples:
  eliq score renders/ --jsonl > scores.jsonl && eliq report scores.jsonl
  eliq report results.jsonl --evaluation evaluation.json --image renders/cat.png --out report.html

Exit codes: 0 done; 1 some images could not be shown; 2 wrong usage; 3 cannot run; 130 interrupted.
`;

const options = {
  ...modelOptions,
  out: { type: "string" },
  evaluation: { type: "string", multiple: true },
  image: { type: "string", multiple: true },
  folder: { type: "string" },
  sheet: { type: "string" },
  "no-maps": { type: "boolean" },
} as const;

const phases: Record<ReportPhase, string> = { read: "Reading results", look: "Looking at images" };

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError("report takes one results file.");
  const sheet = wholeOf(values, "sheet", 0) ?? 12;
  if (sheet > largestSheet) throw new UsageError(`--sheet takes at most ${largestSheet}, not ${sheet}.`);
  const out = values.out ?? "report.html";
  return interruptible(async (signal) => {
    const file = await ResultsFile.open(path);
    const evaluations = await Promise.all((values.evaluation ?? []).map(readEvaluation));
    const { eliq, warnings } = values["no-maps"]
      ? { eliq: undefined, warnings: [] }
      : await loadForMaps(values, signal);
    const reporter = createPhaseReporter(phases);
    try {
      const report = await makeReport(file, {
        sheet,
        images: values.image ?? [],
        folder: values.folder,
        evaluations,
        eliq,
        limits: readLimits(values),
        warnings,
        signal,
        onProgress: (phase, done, total) => reporter.report({ phase, done, total }),
      });
      reporter.finish();
      await writeOutput(out, report.html);
      const size = (Buffer.byteLength(report.html) / 1e6).toFixed(1);
      const counts = `${report.scored} scored and ${report.failed} failed images, ${report.pictures} pictures`;
      process.stdout.write(`Wrote ${out}: ${counts}, ${size} MB.\n`);
      for (const { path: image, reason } of report.missing) process.stderr.write(`eliq: ${image}: ${reason}\n`);
      return report.missing.length > 0 ? exitCode.someFailed : exitCode.ok;
    } finally {
      reporter.finish();
      await eliq?.dispose();
    }
  });
}

/** A page without maps is better than none where the addon was not built; a model that was asked for must load. */
async function loadForMaps(
  values: ModelValues,
  signal: AbortSignal,
): Promise<{ eliq: Eliq | undefined; warnings: string[] }> {
  try {
    return { eliq: await loadModel(values, signal), warnings: [] };
  } catch (cause) {
    const error = toEliqError(cause);
    const addon = error.code === "ERR_ADDON_MISSING" || error.code === "ERR_ADDON_MISMATCH";
    if (values.model !== undefined || !addon) throw cause;
    process.stderr.write(`eliq: there will be no maps: ${error.message} [${error.code}]\n`);
    return { eliq: undefined, warnings: ["This page has no maps, because the native addon was not built."] };
  }
}
