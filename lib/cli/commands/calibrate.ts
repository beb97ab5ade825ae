/** `eliq calibrate`: reads the command line and calls the way that it asks for. */
import { parseArgs } from "node:util";
import type { CalibrateValues } from "../calibrate/values.js";
import { modelOptions } from "../options.js";
import { exitCode, UsageError } from "../usage.js";

const help = `Usage: eliq calibrate --pairs <manifest.jsonl|folder> [options]
       eliq calibrate --labels <results.jsonl|labels.csv> --method <method> [options]
       eliq calibrate --votes <votes.csv> --method <method> --out <labels.csv>

Fits what a score means, and writes a calibration that \`--calibration <name>\` of other commands uses.

Without labels: good images and their graded damage, from the pair manifest that \`eliq pairs build --test-share 0.5\` wrote, are
scored. The median of good images gets .85, that of the worst damage .15, on the training split; the test split then shows
whether this holds for images that the fit did not see. Stopped with Ctrl-C, the same command goes on.
  --pairs <path>       pair manifest, or its folder
  --families <a,b,…>   damage to anchor on: families, or "all" of the manifest; unless told, those that the model was trained on
  --population <name>  only images of this kind (photo, ai, unknown) or generator
  --description <text> what the images are, for the file (default: the manifest's name)
  --run <folder>       where scores are kept (default: <out>.run)
  --reference <file>   reference population for \`eliq drift --reference\` to write (default: <out>, with .reference.json)

With labels: one score is brought to their scale. The error on labels left out of the fit is printed.
  --labels <file>      results file of \`eliq eval\`, or CSV with columns image, quality or alignment, and, if wanted, prompt, group
  --method <name>      isotonic, logistic4, logistic5 or linear
  --target <name>      quality (default) or alignment
  --range <low,high>   ends of the labels' scale (default: the least and the greatest label)
  --base <calibration> for all that the labels do not say (default: the model's own)

With votes: labels are made of them.
  --votes <file>       CSV with columns a, b (images) and winner (a, b, tie or a name), or wins_a and wins_b
  --method <name>      thurstone or bradley-terry
  --target <name>      quality (default) or alignment

Options:
  --name <id>          id of the calibration (default: the model's name and the date)
  --out <file>         file to write (default: calibrations/<id>.json in the model directory)
  --model <dir>        model directory; the shipped model unless told
  --device <name>      auto (default) or cpu
  --threads <n>        threads of the model; physical cores unless told
  --max-pixels <n>     with --labels: refuse images with more pixels; 67108864 unless told
  --allow-urls         with --labels: fetch http(s) URLs
  -h, --help           this text

Examples:
  eliq pairs build --data renders --test-share 0.5 --per-image 2 --families gaussian-blur,local-warp,repeated-jpeg --out pairs
  eliq calibrate --pairs pairs --name renders
  eliq calibrate --labels labels.csv --method isotonic --range 1,5 --name my-raters
  eliq calibrate --votes votes.csv --method bradley-terry --out labels.csv
  eliq score renders/ --calibration renders

Exit codes: 0 done; 1 done, but some images failed or the calibration does not keep what it should; 2 wrong usage; 3 cannot run;
130 interrupted.
`;

const text = { type: "string" } as const;
const { calibration: _, ...ofModel } = modelOptions;
const options = {
  ...ofModel,
  pairs: text,
  families: text,
  population: text,
  description: text,
  run: text,
  reference: text,
  labels: text,
  votes: text,
  method: text,
  target: text,
  range: text,
  base: text,
  name: text,
  out: text,
} as const;

/** Which options go with which way; the others are mistakes. */
const waysOptions = {
  pairs: ["families", "population", "description", "run", "reference", "name"],
  labels: ["method", "target", "range", "base", "name"],
  votes: ["method", "target"],
} as const;

type Way = keyof typeof waysOptions;

/** @returns the exit code; errors are thrown, ERR_ABORTED when stopped among them. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  switch (chooseWay(values)) {
    case "pairs":
      return (await import("../calibrate/from-pairs.js")).fromPairs(values);
    case "labels":
      return (await import("../calibrate/from-labels.js")).fromLabels(values);
    case "votes":
      return (await import("../calibrate/from-votes.js")).fromVotes(values);
  }
}

function chooseWay(values: CalibrateValues): Way {
  const ways = Object.keys(waysOptions) as Way[];
  const [way, second] = ways.filter((name) => values[name] !== undefined);
  if (way === undefined) throw new UsageError("Give --pairs, --labels or --votes: what to calibrate on.");
  if (second !== undefined) throw new UsageError(`Give --${way} or --${second}, not both.`);
  const own: readonly string[] = waysOptions[way];
  for (const name of ways.flatMap((other): readonly string[] => waysOptions[other]))
    if (!own.includes(name) && values[name as keyof CalibrateValues] !== undefined)
      throw new UsageError(`--${name} does not go with --${way}.`);
  return way;
}
