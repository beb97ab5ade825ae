/** `eliq calibrate --labels`. */
import { extname } from "node:path";
import type { Calibration } from "../../calibration/calibration.js";
import {
  calibrateLabels,
  type LabelCalibration,
  type LabelTarget,
  requireFittable,
} from "../../calibration/labels/calibrate-labels.js";
import { type LabelledScore, labelMethods } from "../../calibration/labels/fit.js";
import { type LabelledImage, labelsOfResults, readLabels } from "../../calibration/labels/read.js";
import { writeCalibration } from "../../calibration/read.js";
import type { ScoreRange } from "../../calibration/scale.js";
import { loadUncalibrated } from "../../calibration/uncalibrated.js";
import { throwIfAborted } from "../../errors.js";
import { readModel } from "../../models/directory.js";
import { overImages } from "../images.js";
import { interruptible } from "../interrupt.js";
import { readLimits, wholeOf } from "../options.js";
import { createPhaseReporter } from "../phases.js";
import { exitCode, UsageError } from "../usage.js";
import { destinationOf } from "./destination.js";
import { type CalibrateValues, methodOf, targetOf } from "./values.js";

/** Labels with raw scores, and images that could not be scored. */
interface Labelled {
  readonly labels: readonly LabelledScore[];
  readonly failed: readonly string[];
}

/** @returns the exit code. */
export async function fromLabels(values: CalibrateValues): Promise<number> {
  const file = values.labels as string;
  const method = methodOf(values, labelMethods);
  const target = targetOf(values);
  const range = rangeOf(values.range);
  const { id, created, out } = await destinationOf(values);
  const { id: model, calibration: base } = await readModel(values.model, values.base);
  const fit = { id, created, target, method, range };
  const { labels, failed } =
    extname(file).toLowerCase() === ".csv"
      ? await scoreLabelled(values, await readFittable(file, base, fit), target)
      : { labels: await labelsOfResults(file, target, model), failed: [] };
  const result = calibrateLabels(labels, base, fit);
  await writeCalibration(out, result.calibration);
  report(result, out, target, failed);
  return failed.length > 0 ? exitCode.someFailed : exitCode.ok;
}

/** Labels that no score could save are refused before an hour of scoring. */
async function readFittable(
  file: string,
  base: Calibration,
  fit: { target: LabelTarget; range?: ScoreRange | undefined },
): Promise<LabelledImage[]> {
  const images = await readLabels(file, fit.target);
  requireFittable(images, base, fit);
  return images;
}

function rangeOf(given: string | undefined): ScoreRange | undefined {
  if (given === undefined) return undefined;
  const [low = Number.NaN, high = Number.NaN, more] = given
    .split(",")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (low < high && Number.isFinite(high - low) && more === undefined) return { low, high };
  throw new UsageError(`--range takes two rising numbers such as 1,5, not "${given}".`);
}

async function scoreLabelled(
  values: CalibrateValues,
  images: readonly LabelledImage[],
  target: LabelTarget,
): Promise<Labelled> {
  const { model, device } = values;
  const threads = wholeOf(values, "threads", 1);
  const reporter = createPhaseReporter({ scoring: "Scoring" });
  const labels: LabelledScore[] = [];
  const failed: string[] = [];
  try {
    await interruptible(async (signal) => {
      await using eliq = await loadUncalibrated({ model, device, threads, ...readLimits(values), signal });
      async function* listed() {
        for (const item of images) yield { ...item, path: item.image };
      }
      let done = 0;
      const score = ({ image, prompt }: { image: string; prompt?: string | undefined }) =>
        eliq.score(image, { prompt, signal });
      for await (const { path, result } of overImages(listed(), score)) {
        const { label, group } = images[done++] as LabelledImage;
        const raw = result.ok ? result.value.raw[target] : null;
        if (raw !== null) labels.push({ raw, label, group });
        else failed.push(result.ok ? `${path}: ${result.value.alignmentReason}` : `${path}: ${result.error.message}`);
        reporter.report({ phase: "scoring", done, total: images.length });
      }
      throwIfAborted(signal);
    });
  } finally {
    reporter.finish();
  }
  return { labels, failed };
}

function report(result: LabelCalibration, out: string, target: LabelTarget, failed: readonly string[]): void {
  const { calibration, count, srcc, rmse, crossValidatedRmse, meanRmse, warnings } = result;
  const scale = calibration.scales[target];
  const range = scale && scale.kind !== "anchored" ? `${scale.range.low} to ${scale.range.high}` : "";
  const lines = [
    `Wrote ${out}: "${calibration.id}", ${target} from ${range}, fitted to ${count} labels (${scale?.kind}).`,
    `SRCC of raw ${target} and labels: ${srcc.toFixed(3)}; no rising scale changes it.`,
    `RMSE: ${crossValidatedRmse.toFixed(3)} on labels left out, ${rmse.toFixed(3)} on those fitted; saying the mean label of every image: ${meanRmse.toFixed(3)}.`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  for (const warning of warnings) process.stderr.write(`eliq: ${warning}\n`);
  if (failed.length > 0)
    process.stderr.write(`eliq: ${failed.length} images could not be scored, the first: ${failed[0]}\n`);
}
