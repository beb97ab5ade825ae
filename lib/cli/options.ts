/** Options that several commands share, and how a model is loaded from them. */
import type { ParseArgsConfig } from "node:util";
import type { Eliq } from "../eliq.js";
import { defaultMaxPixels } from "../images/limits.js";
import type { ReadLimits } from "../images/read.js";
import { UsageError } from "./usage.js";

/** For `parseArgs`: the options of every command that loads a model. */
export const modelOptions = {
  model: { type: "string" },
  calibration: { type: "string" },
  device: { type: "string" },
  threads: { type: "string" },
  "max-pixels": { type: "string" },
  "allow-urls": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

/** The part of a help text that describes them. */
export const modelOptionsHelp = `  --model <dir>        model directory; the shipped model unless told
  --calibration <c>    what scores mean: a calibration file, or a name in the model's folder calibrations/
  --device <name>      auto (default) or cpu
  --threads <n>        threads of the model; physical cores unless told
  --max-pixels <n>     refuse images with more pixels; 67108864 unless told
  --allow-urls         fetch http(s) URLs
  -h, --help           this text`;

/** Their values as parseArgs gives them. */
export interface ModelValues {
  model?: string | undefined;
  calibration?: string | undefined;
  device?: string | undefined;
  threads?: string | undefined;
  "max-pixels"?: string | undefined;
  "allow-urls"?: boolean | undefined;
}

/** Loads the model that the options ask for. */
export async function loadModel(values: ModelValues, signal: AbortSignal): Promise<Eliq> {
  const { model, calibration, device } = values;
  const threads = wholeOf(values, "threads", 1);
  const limits = readLimits(values);
  const { Eliq } = await import("../eliq.js");
  return Eliq.load({ model, calibration, device, threads, ...limits, signal });
}

/** What images may be read. */
export function readLimits(values: ModelValues): ReadLimits {
  return {
    maxPixels: wholeOf(values, "max-pixels", 1) ?? defaultMaxPixels,
    allowUrls: values["allow-urls"] ?? false,
  };
}

/**
 * The value of an option that takes any finite number.
 *
 * @param values as parseArgs gives them.
 * @param otherwise its value when it was not given.
 */
export function numberOption<V extends object>(values: V, name: keyof V & string, otherwise: number): number {
  return decimalOf(values, name, Number.NEGATIVE_INFINITY) ?? otherwise;
}

/** An option's number, undefined when it was not given. @throws UsageError for one below `least`. */
export function decimalOf<V extends object>(values: V, name: keyof V & string, least: number): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given !== "" && Number.isFinite(value) && value >= least) return value;
  throw new UsageError(`--${name} takes a number${least > 0 ? " above 0" : ""}, not "${String(given)}".`);
}

/** An option's whole number, undefined when it was not given. @throws UsageError for one below `least`. */
export function wholeOf<V extends object>(values: V, name: keyof V & string, least: number): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const value = Number(given);
  if (/^\d+$/.test(String(given)) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} must be a whole number of ${least} or more, not "${String(given)}".`);
}
