/** `eliq pairs inspect`. */
import { parseArgs } from "node:util";
import { PairManifest, type Unit } from "../../../pairs/index.js";
import type { ManifestWarning } from "../../../pairs/manifest/environment.js";
import { interruptible } from "../../interrupt.js";
import { wholeOf } from "../../options.js";
import { createProgress } from "../../progress.js";
import { exitCode, UsageError } from "../../usage.js";

const help = `Usage: eliq pairs inspect [options] <manifest|folder>

Reads a whole manifest and says whether it is as documented, whole, and free of leaks between the splits. With --unit, prints
one unit. With --verify, makes pictures again (or reads their files) and compares them with the recorded hashes.

Options:
  --unit <id|path>     print the unit of this number or source path
  --verify <n>         verify the pictures of every n-th unit; 1 verifies all
  --json               with --unit: the unit as JSON
  -h, --help           this text

Examples:
  eliq pairs inspect pairs
  eliq pairs inspect pairs --unit 17
  eliq pairs inspect pairs --verify 10

Exit codes: 0 fine; 1 pictures differ from what was recorded; 2 wrong usage; 3 unreadable, damaged or leaking; 130 interrupted.
`;

const options = {
  unit: { type: "string" },
  verify: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError("Give one manifest.");
  const every = wholeOf(values, "verify", 0) ?? 0;
  let differing = 0;
  const onWarning = ({ code, message }: ManifestWarning) => {
    process.stderr.write(`eliq: ${message} [${code}]\n`);
    if (code === "WARN_PIXELS") differing++;
  };
  const manifest = await PairManifest.open(path, { onWarning });
  if (values.unit !== undefined) return showUnit(manifest, values.unit, values.json ?? false);
  return interruptible((signal) => checkAll(manifest, every, signal, () => differing));
}

async function showUnit(manifest: PairManifest, wanted: string, json: boolean): Promise<number> {
  for await (const unit of manifest.units()) {
    if (String(unit.id) !== wanted && unit.source.path !== wanted) continue;
    process.stdout.write(json ? `${JSON.stringify(unit, null, 2)}\n` : describe(unit));
    return exitCode.ok;
  }
  throw new UsageError(`${manifest.path} has no unit ${wanted}.`);
}

function describe(unit: Unit): string {
  const lines = [
    `unit ${unit.id}: ${unit.source.path}, ${unit.source.width} x ${unit.source.height}, ${unit.kind}, group ${unit.group} (${unit.split})`,
    `licence: ${unit.licence}; origin: ${unit.origin}`,
  ];
  if (unit.prompts[0]) lines.push(`prompt: ${unit.prompts[0].text}`);
  for (const { families, aspects, levels } of unit.chains) {
    lines.push(`${families.join(" + ")}  (${aspects.join(", ")})`);
    for (const [i, { side, severity }] of levels.entries())
      lines.push(`  ${i + 1}  ${levelText(unit, side, severity)}`);
  }
  return `${lines.join("\n")}\n`;
}

function levelText(unit: Unit, side: { image: number; prompt?: number | undefined }, severity: number): string {
  const image = unit.images[side.image];
  const prompt = side.prompt === undefined || side.prompt === 0 ? undefined : unit.prompts[side.prompt];
  if (prompt) return prompt.text;
  if (image?.source !== undefined) return `the picture ${image.source}`;
  const steps = image?.steps.map(({ parameters }) => JSON.stringify(parameters)) ?? [];
  return `severity ${severity}  ${steps.join(" + ")}`;
}

async function checkAll(
  manifest: PairManifest,
  every: number,
  signal: AbortSignal,
  differing: () => number,
): Promise<number> {
  const progress = createProgress({ label: "Units" });
  const counts = { units: 0, pictures: 0 };
  for await (const unit of manifest.units()) {
    if (signal.aborted) return exitCode.interrupted;
    if (every > 0 && counts.units % every === 0) counts.pictures += await verify(manifest, unit);
    progress.update(++counts.units);
  }
  progress.finish();
  const verified =
    every > 0 ? ` ${counts.pictures - differing()} of ${counts.pictures} pictures verified are as recorded.` : "";
  process.stdout.write(`${manifest.path}: ${counts.units} units, as documented, no leak between splits.${verified}\n`);
  return differing() > 0 ? exitCode.someFailed : exitCode.ok;
}

/** @returns how many pictures were compared; differing ones are warned of. */
async function verify(manifest: PairManifest, unit: Unit): Promise<number> {
  const picture = manifest.pictures(unit);
  for (let i = 0; i < unit.images.length; i++) await picture(i);
  return unit.images.length;
}
