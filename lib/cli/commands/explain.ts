/** `eliq explain`. */
import { writeFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { parseArgs } from "node:util";
import { EliqError } from "../../errors.js";
import type { Explanation } from "../../explanation/explanation.js";
import { faultsOf } from "../../explanation/faults.js";
import type { HeatMap } from "../../explanation/heat-map.js";
import type { RgbImage } from "../../images/pixels.js";
import { readImage } from "../../images/read.js";
import { toSource } from "../../images/source.js";
import { interruptible } from "../interrupt.js";
import { loadModel, type ModelValues, modelOptions, modelOptionsHelp, readLimits } from "../options.js";
import { exitCode, UsageError } from "../usage.js";

const help = `Usage: eliq explain [options] <image>

Writes a PNG of where the model looked, or of where it finds fault: dark and uncoloured where it did not, through violet
and orange to pale yellow where it did most. Attention and gates show what the score was read from, not whether that
spoke for or against the image; the map of faults shows where the model finds quality low.

Options:
  -o, --output <file>  the PNG to write; <image>.explain.png in the current folder unless told
  --map <name>         attention (default): all quality queries together
                       faults: how much lower quality is than at the image's best place, each place judged alone
                       query.1, query.2, ...: one query
                       a level's name, e.g. stage.4: how far that level was preferred (its gate)
  --json               print all maps as JSON in place of the summary
${modelOptionsHelp}

Examples:
  eliq explain image.png
  eliq explain image.png --map faults
  eliq explain image.png --map stage.1 --output texture.png

Exit codes: 0 done; 1 the image failed; 2 wrong usage; 3 cannot run; 130 interrupted.
`;

const options = {
  ...modelOptions,
  output: { type: "string", short: "o" },
  map: { type: "string", default: "attention" },
  json: { type: "boolean" },
} as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError("explain takes one image.");
  const output = values.output ?? `${basename(path, extname(path))}.explain.png`;

  return interruptible(async (signal) => {
    await using eliq = await loadModel(values, signal);
    const image = await decode(path, values, signal);
    const explanation = await eliq.explain({ ...image, channels: 3 }, { signal });
    const map = chooseMap(explanation, values.map);
    const { renderOverlay } = await import("../../explanation/overlay.js");
    await write(output, await renderOverlay(image, map));
    if (values.json) process.stdout.write(`${JSON.stringify(toJson(path, explanation))}\n`);
    else process.stdout.write(summary(output, explanation));
    return exitCode.ok;
  });
}

/** Decoded here and not by `explain`, because the overlay needs the pixels too. */
async function decode(path: string, values: ModelValues, signal: AbortSignal): Promise<RgbImage> {
  const source = toSource(path);
  if (source.kind === "pixels") throw new UsageError("explain takes a path or URL.");
  return readImage(source, readLimits(values), signal);
}

function chooseMap({ localQuality, attention, queries, levels }: Explanation, name: string): HeatMap {
  const maps = new Map<string, HeatMap>([
    ["attention", attention],
    ["faults", faultsOf(localQuality)],
    ...queries.map((map, i) => [`query.${i + 1}`, map] as const),
    ...levels.map((level) => [level.name, level.gate] as const),
  ]);
  const map = maps.get(name);
  if (map) return map;
  throw new UsageError(`There is no map "${name}"; this model has ${[...maps.keys()].join(", ")}.`);
}

async function write(path: string, png: Buffer): Promise<void> {
  try {
    await writeFile(path, png);
  } catch (cause) {
    throw new EliqError("ERR_IO", `${path} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}

function summary(output: string, { score, localQuality, levels }: Explanation): string {
  const { min, max } = localQuality;
  const gates = levels.map(({ name, stride, gate }) => {
    const mean = gate.values.reduce((sum, value) => sum + value, 0) / gate.values.length;
    return `  ${name.padEnd(10)} stride ${String(stride).padStart(2)}  mean gate ${mean.toFixed(3)}`;
  });
  const local = `  local quality from ${min.toFixed(1)} to ${max.toFixed(1)} (raw; whole image ${score.raw.quality.toFixed(1)})`;
  return `quality ${score.quality.toFixed(3)}; map written to ${output}\n${[local, ...gates].join("\n")}\n`;
}

function toJson(path: string, explanation: Explanation): object {
  const { score, width, height, grid, localQuality, attention, queries, levels } = explanation;
  const values = (map: HeatMap) => Array.from(map.values);
  return {
    path,
    quality: score.quality,
    model: score.model,
    width,
    height,
    grid,
    localQuality: values(localQuality),
    attention: values(attention),
    queries: queries.map(values),
    levels: levels.map(({ name, stride, gate }) => ({ name, stride, gate: values(gate) })),
  };
}
