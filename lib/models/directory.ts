/** Model directories: where they are, and what their config.json and calibration.json say. */
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Calibration } from "../calibration/calibration.js";
import { parseCalibrationText, readCalibration } from "../calibration/read.js";
import { otherModel } from "../calibration/score.js";
import { EliqError } from "../errors.js";
import { packageRoot } from "../native/paths.js";
import { parseModelConfig, type TextConfig } from "./config.js";

/** A model directory whose description was read and checked; its weights are read by the addon. */
export interface Model {
  /** Absolute path. */
  readonly directory: string;
  /** Name and revision, e.g. "default@1f0c2a9b3d4e": the `model` of every result. */
  readonly id: string;
  readonly name: string;
  /** First 12 hex digits of the SHA-256 of model.safetensors. */
  readonly revision: string;
  readonly alignment: { readonly trained: boolean; readonly reason?: string };
  /** Absent where the model reads no text. */
  readonly text?: TextConfig;
  readonly calibration: Calibration;
}

/** The model that is shipped with the package. */
export const defaultModelDirectory = join(packageRoot, "models", "default");

/**
 * Reads what a model directory says of itself.
 *
 * @param location directory as a path or file URL; undefined or "default" for the model shipped with the package.
 * @param chosen calibration in place of the model's calibration.json: path, file URL, or a name in its folder calibrations/.
 * @throws EliqError ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT, ERR_MODEL_UNSUPPORTED, ERR_CALIBRATION, or ERR_CALIBRATION_MISMATCH for a
 *   calibration of another model.
 */
export async function readModel(location?: string | URL, chosen?: string | URL): Promise<Model> {
  const directory = locate(location);
  await requireDirectory(directory);
  const [described, calibration] = await Promise.all([
    describe(directory),
    chosen === undefined ? readOwnCalibration(directory) : readCalibration(chosen, directory),
    requireWeights(directory),
  ]);
  if (calibration.model !== described.id) throw otherModel(calibration, described.id);
  return { ...described, calibration };
}

/**
 * As {@link readModel}, for a model that has no calibration yet.
 *
 * @throws EliqError ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT or ERR_MODEL_UNSUPPORTED.
 */
export async function describeModel(location?: string | URL): Promise<Omit<Model, "calibration">> {
  const directory = locate(location);
  await requireDirectory(directory);
  const [described] = await Promise.all([describe(directory), requireWeights(directory)]);
  return described;
}

async function describe(directory: string): Promise<Omit<Model, "calibration">> {
  const why = "a model directory holds config.json, model.safetensors and calibration.json";
  const text = await readText(directory, "config.json", why);
  const config = parseModelConfig(parseJson(text, join(directory, "config.json")), directory);
  return { directory, id: `${config.name}@${config.revision}`, ...config };
}

async function readOwnCalibration(directory: string): Promise<Calibration> {
  const why = "without it raw scores cannot be put on the scale from 0 to 1";
  const text = await readText(directory, "calibration.json", why);
  return parseCalibrationText(text, join(directory, "calibration.json"));
}

function locate(location: string | URL | undefined): string {
  if (location === undefined || location === "default") return defaultModelDirectory;
  if (location instanceof URL && location.protocol === "file:") return fileURLToPath(location);
  if (typeof location === "string" && location !== "") return resolve(location);
  throw new EliqError("ERR_INVALID_ARGUMENT", 'model must be the path or file URL of a model directory, or "default".');
}

async function requireDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory()) return;
  const hint = directory === defaultModelDirectory ? "Install the package again." : 'Pass a folder, or "default".';
  throw new EliqError(
    "ERR_MODEL_NOT_FOUND",
    `There is no model directory at ${directory}${found ? ", which is a file" : ""}. ${hint}`,
  );
}

async function requireWeights(directory: string): Promise<void> {
  const path = join(directory, "model.safetensors");
  if ((await stat(path).catch(() => undefined))?.isFile()) return;
  throw missing(path, "the weights of the model belong there");
}

async function readText(directory: string, name: string, why: string): Promise<string> {
  const path = join(directory, name);
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw missing(path, why, cause);
  }
}

function missing(path: string, why: string, cause?: unknown): EliqError {
  const reason = cause && (cause as NodeJS.ErrnoException).code !== "ENOENT" ? `: ${(cause as Error).message}` : "";
  return new EliqError("ERR_MODEL_NOT_FOUND", `${path} is missing or unreadable${reason}; ${why}.`, { cause });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EliqError("ERR_MODEL_CORRUPT", `${path} is not valid JSON: ${(cause as Error).message}.`, { cause });
  }
}
