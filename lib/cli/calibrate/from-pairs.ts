/** `eliq calibrate --pairs`. */
import { basename, dirname, join } from "node:path";
import { calibratePairs, ownFamilies, type PairCalibration } from "../../calibration/calibrate-pairs.js";
import { writeCalibration } from "../../calibration/read.js";
import { referenceOf } from "../../calibration/reference.js";
import { loadUncalibrated } from "../../calibration/uncalibrated.js";
import { smallestReference, writeReference } from "../../drift/reference.js";
import { PairManifest } from "../../pairs/manifest/read.js";
import { interruptible } from "../interrupt.js";
import { wholeOf } from "../options.js";
import { createPhaseReporter } from "../phases.js";
import { exitCode, UsageError } from "../usage.js";
import { allHold, checkTable } from "./check-table.js";
import { type Destination, destinationOf } from "./destination.js";
import type { CalibrateValues } from "./values.js";

/** @returns the exit code. */
export async function fromPairs(values: CalibrateValues): Promise<number> {
  const where = await destinationOf(values);
  const manifest = await PairManifest.open(values.pairs as string);
  const result = await calibrate(values, where, manifest);
  await writeCalibration(where.out, result.calibration);
  const reference = await placeReference(values.reference, where.out, result);
  return report(result, where.out, reference);
}

async function calibrate(
  values: CalibrateValues,
  where: Destination,
  manifest: PairManifest,
): Promise<PairCalibration> {
  const { id, created, out, directory } = where;
  const { model, device, population, description } = values;
  const threads = wholeOf(values, "threads", 1);
  const families = await chooseFamilies(values.families, directory, manifest);
  const options = { id, created, run: values.run ?? `${out}.run`, families, population, description };
  const reporter = createPhaseReporter({ scoring: "Scoring" });
  const onProgress = (done: number, total: number | undefined) => reporter.report({ phase: "scoring", done, total });
  try {
    return await interruptible(async (signal) => {
      await using eliq = await loadUncalibrated({ model, device, threads, signal });
      return await calibratePairs(eliq, manifest, options, { signal, onProgress });
    });
  } finally {
    reporter.finish();
  }
}

/** The model's own unless told; undefined for all. @throws UsageError for one that the manifest does not have. */
async function chooseFamilies(
  given: string | undefined,
  directory: string,
  { header }: PairManifest,
): Promise<readonly string[] | undefined> {
  if (given === "all") return undefined;
  if (given === undefined) return ownFamilies(directory);
  const names = given.split(",").map((name) => name.trim());
  const there = header.families.map(({ name }) => name);
  const unknown = names.find((name) => !there.includes(name));
  if (unknown === undefined) return names;
  throw new UsageError(`--families: the manifest has no "${unknown}"; it has ${there.join(", ")}.`);
}

/** @returns the file that was written, if there are enough images for a reference. */
async function placeReference(
  given: string | undefined,
  out: string,
  { calibration, good }: PairCalibration,
): Promise<string | undefined> {
  const reference = referenceOf(calibration, good);
  if (!reference) return undefined;
  const path = given ?? join(dirname(out), `${basename(out, ".json")}.reference.json`);
  await writeReference(path, reference);
  return path;
}

function report({ calibration, checks, failed }: PairCalibration, out: string, reference: string | undefined): number {
  const { id, population } = calibration;
  const kinds = Object.entries(population.kinds).map(([kind, count]) => `${count} ${kind}`);
  const lines = [
    `Wrote ${out}: "${id}", from ${population.positives} good images (${kinds.join(", ")}) and ${population.negatives} damaged ones.`,
    reference === undefined
      ? `No reference population for \`eliq drift\` was written: that takes ${smallestReference} good images.`
      : `Wrote ${reference}, a reference population: \`eliq drift <images> --reference ${reference}\`.`,
    ...(failed.length > 0 ? [`${failed.length} images could not be read, the first: ${failed[0]}`] : []),
    ...(checks.size === 0
      ? ["Nothing was checked: the manifest has no test split (`eliq pairs build --test-share`)."]
      : ["", "Medians on images of the test split, which the fit did not see:", checkTable(checks)]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (!allHold(checks))
    process.stderr.write(
      "eliq: this calibration does not keep all that one without labels should; see the lines with NO.\n",
    );
  return allHold(checks) && failed.length === 0 ? exitCode.ok : exitCode.someFailed;
}
