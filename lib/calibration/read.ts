/** Calibration files: where they are, reading and writing. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EliqError } from "../errors.js";
import { writeOutput } from "../files/atomic.js";
import { type Calibration, formatCalibration, parseCalibration } from "./calibration.js";

/** Folder of a model directory with further calibrations, each `<name>.json`. */
export const calibrationsFolder = "calibrations";

/** A text that is a name rather than a path: no separator and no ending. */
const nameOnly = /^[A-Za-z0-9][\w-]*$/;

/**
 * Reads a calibration file.
 *
 * @param location path or file URL; a bare name such as "photos" is `calibrations/photos.json` in the model directory.
 * @param modelDirectory where names are looked up; undefined: a name is a path.
 * @throws EliqError ERR_CALIBRATION when it is missing or not as docs/calibration.md describes it, ERR_MODEL_UNSUPPORTED for another
 *   version, ERR_INVALID_ARGUMENT for what is no location.
 */
export async function readCalibration(location: string | URL, modelDirectory?: string): Promise<Calibration> {
  const path = locate(location, modelDirectory);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === "ENOENT" ? "is missing" : `cannot be read: ${cause.message}`;
    throw new EliqError(
      "ERR_CALIBRATION",
      `${path} ${reason}. \`eliq calibrate\` makes a calibration; a name without a path means a file in the model's folder ${calibrationsFolder}/.`,
      { cause },
    );
  });
  return parseCalibrationText(text, path);
}

/** @throws EliqError as {@link readCalibration}. */
export function parseCalibrationText(text: string, path: string): Calibration {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EliqError("ERR_CALIBRATION", `${path} is not valid JSON: ${(cause as Error).message}.`, { cause });
  }
  return parseCalibration(json, path);
}

/** Writes a calibration so that it is whole or not there, and its folder if there is none. @throws EliqError ERR_IO. */
export async function writeCalibration(path: string, calibration: Calibration): Promise<void> {
  await writeOutput(path, formatCalibration(calibration));
}

function locate(location: string | URL, modelDirectory: string | undefined): string {
  if (location instanceof URL && location.protocol === "file:") return fileURLToPath(location);
  if (typeof location !== "string" || location === "")
    throw new EliqError("ERR_INVALID_ARGUMENT", "calibration must be a path, a file URL or the name of a calibration.");
  if (modelDirectory !== undefined && nameOnly.test(location))
    return join(modelDirectory, calibrationsFolder, `${location}.json`);
  return resolve(location);
}
