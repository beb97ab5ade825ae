/** Options that several commands share, and how a model is loaded from them. */
import type { ParseArgsConfig } from "node:util";
import type { Eliq } from "../eliq.js";
import { defaultMaxPixels } from "../images/limits.js";
import type { ReadLimits } from "../images/read.js";
import { UsageError } from "./usage.js";

/** For `parseArgs`: the options of every command that loads a model. */
export const modelOptions = {
  model: { type: "string" },
  device: { type: "string" },
  threads: { type: "string" },
  "max-pixels": { type: "string" },
  "allow-urls": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

/** The part of a help text that describes them. */
export const modelOptionsHelp = `  --model <dir>        model directory; the shipped model unless told
  --device <name>      auto (default) or cpu
  --threads <n>        threads of the model; physical cores unless told
  --max-pixels <n>     refuse images with more pixels; 67108864 unless told
  --allow-urls         fetch http(s) URLs
  -h, --help           this text`;

/** Their values as parseArgs gives them. */
export interface ModelValues {
  model?: string | undefined;
  device?: string | undefined;
  threads?: string | undefined;
  "max-pixels"?: string | undefined;
  "allow-urls"?: boolean | undefined;
}

/** Loads the model that the options ask for. */
export async function loadModel(values: ModelValues, signal: AbortSignal): Promise<Eliq> {
  const { model, device } = values;
  const threads = wholeNumber(values.threads, "--threads");
  const limits = readLimits(values);
  const { Eliq } = await import("../eliq.js");
  return Eliq.load({ model, device, threads, ...limits, signal });
}

/** What images may be read. */
export function readLimits(values: ModelValues): ReadLimits {
  return {
    maxPixels: wholeNumber(values["max-pixels"], "--max-pixels") ?? defaultMaxPixels,
    allowUrls: values["allow-urls"] ?? false,
  };
}

function wholeNumber(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`${option} must be a whole number of 1 or more, not "${text}".`);
}

/**
 * The value of an option that takes any finite number.
 *
 * @param values as parseArgs gives them.
 * @param otherwise its value when it was not given.
 */
export function numberOption<V extends object>(values: V, name: keyof V & string, otherwise: number): number {
  const given = values[name];
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (given === "" || !Number.isFinite(value))
    throw new UsageError(`--${name} takes a number, not "${String(given)}".`);
  return value;
}
