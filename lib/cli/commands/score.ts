/** `eliq score`. */
import { parseArgs } from "node:util";
import type { Eliq } from "../../eliq.js";
import { mostViews } from "../../uncertainty/views.js";
import { countImages, overImages, Tally } from "../images.js";
import { interruptible } from "../interrupt.js";
import { readList } from "../list-file.js";
import { type Listed, type ListedImage, listImages } from "../listing.js";
import { loadModel, modelOptions, modelOptionsHelp, wholeOf } from "../options.js";
import { createProgress, type Progress } from "../progress.js";
import { createReport, type ReportFormat, toScoreLine } from "../report.js";
import { exitCode, UsageError } from "../usage.js";

const help = `Usage: eliq score [options] <image|folder|glob|url>...
       eliq score [options] --from <list.csv|list.jsonl>

Scores images and prints one row for each, in order. Higher is better. Scores are in (0, 1) unless --calibration
names one that was fitted to labels: good images have a median of about .85, their worst damage of about .15. Folders are
searched for images, hidden files left out.

Options:
  --from <list>        read images from a list with columns image and, if wanted, prompt;
                       relative paths are relative to the list
  --prompt <text>      what the images were asked to show
  --views <n>          score n slightly different framings of each image, 2 to ${mostViews}, and give the mean with what it may
                       be off by (±: half of the 68 % interval); takes n times as long
  --json               one JSON array
  --jsonl              one JSON object a line, printed as each image is done
  --csv                comma-separated values
${modelOptionsHelp}

Examples:
  eliq score image.png
  eliq score renders/ --jsonl > scores.jsonl
  eliq score 'renders/**/*.webp' --csv > scores.csv
  eliq score --from prompts.csv --json
  eliq score renders/ --views 4

Exit codes: 0 all scored; 1 some images failed; 2 wrong usage; 3 cannot run; 130 interrupted (what was done is printed).
`;

const options = {
  ...modelOptions,
  from: { type: "string" },
  prompt: { type: "string" },
  views: { type: "string" },
  json: { type: "boolean" },
  jsonl: { type: "boolean" },
  csv: { type: "boolean" },
} as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const { from, prompt } = values;
  if (from === undefined && positionals.length === 0) throw new UsageError("No image was given.");
  if (from !== undefined && positionals.length > 0) throw new UsageError("Give images or --from, not both.");
  const format = chooseFormat(values);
  const views = wholeOf(values, "views", 1);
  if (views !== undefined && views > mostViews) throw new UsageError(`--views must be ${mostViews} or less.`);
  const list = () => (from === undefined ? listImages(positionals) : readList(from));

  return interruptible(async (signal) => {
    await using eliq = await loadModel(values, signal);
    const progress = createProgress({ label: "Scoring" });
    if (process.stderr.isTTY) void countImages(list(), progress);
    const tally = await scoreAll(eliq, list(), { format, prompt, views, signal, progress });
    progress.finish();
    tally.summarise("Scored", signal.aborted);
    if (tally.prompts > 0 && eliq.alignment.reason) process.stderr.write(`No alignment: ${eliq.alignment.reason}\n`);
    return tally.exitCode(signal.aborted);
  });
}

function chooseFormat(values: { json?: boolean; jsonl?: boolean; csv?: boolean }): ReportFormat {
  const chosen = (["json", "jsonl", "csv"] as const).filter((format) => values[format]);
  if (chosen.length > 1) throw new UsageError("Choose one of --json, --jsonl and --csv.");
  return chosen[0] ?? "table";
}

interface Run {
  format: ReportFormat;
  prompt: string | undefined;
  views: number | undefined;
  signal: AbortSignal;
  progress: Progress;
}

async function scoreAll(eliq: Eliq, listed: AsyncIterable<Listed>, run: Run): Promise<Tally> {
  const { views, signal, progress } = run;
  const tally = new Tally();
  const write = (text: string) => {
    progress.clear();
    process.stdout.write(text);
  };
  const report = createReport(run.format, write, views !== undefined && views > 1);
  const score = ({ image, prompt = run.prompt }: ListedImage) => {
    if (prompt !== undefined) tally.prompts++;
    return eliq.score(image, { prompt, signal, views });
  };
  for await (const { path, result } of overImages(listed, score)) {
    tally.add(result);
    report.line(toScoreLine(path, result));
    progress.update(tally.total);
  }
  report.end();
  return tally;
}
