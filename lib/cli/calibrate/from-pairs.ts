/** `eliq calibrate --pairs`. */
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { calibratePairs, ownFamilies, type PairCalibration } from "../../calibration/calibrate-pairs.js";
import { referenceOf } from "../../calibration/reference.js";
import { loadUncalibrated } from "../../calibration/uncalibrated.js";
import { writeReference } from "../../drift/reference.js";
import { PairManifest } from "../../pairs/manifest/read.js";
import { interruptible } from "../interrupt.js";
import { wholeOf } from "../options.js";
import { createPhaseReporter } from "../phases.js";
import { exitCode } from "../usage.js";
import { allHold, checkTable } from "./check-table.js";
import { type Destination, destinationOf, place } from "./destination.js";
import type { CalibrateValues } from "./values.js";

/** @returns the exit code. */
export async function fromPairs(values: CalibrateValues): Promise<number> {
  const where = await destinationOf(values);
  const manifest = await PairManifest.open(values.pairs as string);
  const result = await calibrate(values, where, manifest);
  await place(where.out, result.calibration);
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
  const families = await chooseFamilies(values.families, directory);
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

/** The model's own unless told; undefined for all. */
async function chooseFamilies(given: string | undefined, directory: string): Promise<readonly string[] | undefined> {
  if (given === "all") return undefined;
  return given === undefined ? ownFamilies(directory) : given.split(",").map((name) => name.trim());
}

/** @returns the file that was written, if any: one that is there is replaced only when it was named. */
async function placeReference(
  given: string | undefined,
  out: string,
  { calibration, good }: PairCalibration,
): Promise<string | undefined> {
  const path = given ?? join(dirname(out), "reference.json");
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (given === undefined && there) return undefined;
  const reference = referenceOf(calibration, good);
  if (reference) await writeReference(path, reference);
  return reference && path;
}

function report({ calibration, checks, failed }: PairCalibration, out: string, reference: string | undefined): number {
  const { id, population } = calibration;
  const kinds = Object.entries(population.kinds).map(([kind, count]) => `${count} ${kind}`);
  const lines = [
    `Wrote ${out}: "${id}", from ${population.positives} good images (${kinds.join(", ")}) and ${population.negatives} damaged ones.`,
    ...(reference === undefined ? [] : [`Wrote ${reference}, the reference population of \`eliq drift\`.`]),
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
