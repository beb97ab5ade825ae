/** calibration.json: what a model's raw scores mean, and against which population. docs/calibration.md describes every field. */
import { EliqError } from "../errors.js";
import { FieldReader } from "../models/fields.js";
import { tableSize } from "./percentiles.js";
import { parseScale, type Scale } from "./scale.js";

/** Raised when a reader of the old version would misunderstand the new one. */
export const calibrationVersion = 2;

/** The scores that a calibration has a scale for; alignment only where the model has it. */
export const calibratedScores = ["quality", "technical", "aesthetic", "alignment"] as const;

/** One of them. */
export type CalibratedScore = (typeof calibratedScores)[number];

/** Something for each score. */
export type PerScore<T> = { readonly quality: T; readonly technical: T; readonly aesthetic: T; readonly alignment?: T };

/** The images that a calibration was made from. */
export interface Population {
  /** In words. */
  readonly description: string;
  /** Good images: those that percentiles refer to. */
  readonly positives: number;
  /** Damaged copies of them. */
  readonly negatives: number;
  /** Good images by kind: "photo", "ai", "unknown". */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Human labels that one of the scales was fitted to. */
export interface LabelSummary {
  readonly target: "quality" | "alignment";
  /** Number of labelled images. */
  readonly count: number;
  /** Spearman's correlation of raw scores and labels. */
  readonly srcc: number;
  /** Root mean squared error on labels left out of the fit, in units of the labels. */
  readonly crossValidatedRmse: number;
}

/** A model's calibration. */
export interface Calibration {
  /** Named in every result. */
  readonly id: string;
  /** Name and revision of the model whose raw scores it is for. */
  readonly model: string;
  /** YYYY-MM-DD. */
  readonly created: string;
  /** What the label-free scales and the percentiles refer to. */
  readonly population: Population;
  /** Absent from a label-free calibration. */
  readonly labels?: LabelSummary;
  readonly scales: PerScore<Scale>;
  /** Raw scores of the good images: quantiles 0, 1/200, ... 1, never descending. */
  readonly percentiles: PerScore<readonly number[]>;
}

/**
 * Checks a parsed calibration.json.
 *
 * @param path how messages call the file.
 * @throws EliqError ERR_CALIBRATION, with file and field, for what is not as it should be; ERR_MODEL_UNSUPPORTED for a version or a
 *   kind of scale that this eliq does not know.
 */
export function parseCalibration(json: unknown, path: string): Calibration {
  const fields = new FieldReader(json, path, "", "ERR_CALIBRATION");
  refuseFirstVersion(json, path);
  fields.requireFormat("eliq-calibration", calibrationVersion);
  const scales = fields.object("scales");
  const percentiles = fields.object("percentiles");
  if (scales.has("alignment") !== percentiles.has("alignment"))
    throw percentiles.wrong("alignment", "there exactly when scales.alignment is");
  return {
    id: fields.string("id"),
    model: fields.string("model"),
    created: parseDate(fields),
    population: parsePopulation(fields.object("population")),
    ...(fields.has("labels") ? { labels: parseLabels(fields.object("labels")) } : {}),
    scales: perScore(scales, (name) => parseScale(scales.object(name))),
    percentiles: perScore(percentiles, (name) => parseTable(percentiles, name)),
  };
}

/** Version 1 standardised on the training pool and had no anchors, so it cannot be carried over. */
function refuseFirstVersion(json: unknown, path: string): void {
  const { format, formatVersion } = json as { format?: unknown; formatVersion?: unknown };
  if (format !== "eliq-calibration" || formatVersion !== 1) return;
  throw new EliqError(
    "ERR_MODEL_UNSUPPORTED",
    `${path} has format version 1, which this eliq no longer reads. Make a new one with \`eliq calibrate --pairs <pairs> --model <dir>\`.`,
  );
}

function perScore<T>(fields: FieldReader, parse: (name: CalibratedScore) => T): PerScore<T> {
  return {
    quality: parse("quality"),
    technical: parse("technical"),
    aesthetic: parse("aesthetic"),
    ...(fields.has("alignment") ? { alignment: parse("alignment") } : {}),
  };
}

function parseDate(fields: FieldReader): string {
  const date = fields.string("created");
  if (/^\d{4}-\d{2}-\d{2}$/.test(date)) return date;
  throw fields.wrong("created", "a date like 2026-01-31");
}

function parsePopulation(fields: FieldReader): Population {
  const kinds = fields.object("kinds");
  return {
    description: fields.string("description"),
    positives: parseCount(fields, "positives"),
    negatives: parseCount(fields, "negatives"),
    kinds: Object.fromEntries(kinds.names().map((kind) => [kind, parseCount(kinds, kind)])),
  };
}

function parseLabels(fields: FieldReader): LabelSummary {
  const target = fields.string("target");
  if (target !== "quality" && target !== "alignment") throw fields.wrong("target", '"quality" or "alignment"');
  const [srcc, crossValidatedRmse] = [fields.number("srcc"), fields.number("crossValidatedRmse")];
  return { target, count: parseCount(fields, "count"), srcc, crossValidatedRmse };
}

function parseCount(fields: FieldReader, name: string): number {
  const count = fields.number(name);
  if (Number.isInteger(count) && count >= 0) return count;
  throw fields.wrong(name, "a whole number of at least 0");
}

function parseTable(fields: FieldReader, name: string): number[] {
  const table = fields.numbers(name);
  const sorted = table.every((value, i) => i === 0 || value >= (table[i - 1] as number));
  if (table.length === tableSize && sorted) return table;
  throw fields.wrong(name, `${tableSize} numbers that never descend`);
}

/** The text of a calibration file; {@link parseCalibration} of it gives the calibration back exactly. */
export function formatCalibration(calibration: Calibration): string {
  const { id, model, created, population, labels, scales, percentiles } = calibration;
  const file = { format: "eliq-calibration", formatVersion: calibrationVersion, id, model, created };
  const text = JSON.stringify({ ...file, population, labels, scales, percentiles }, null, 2);
  // Lists of numbers on one line each. No string of JSON holds a line break, so that none is changed.
  return `${text.replace(/\[\n\s+([^[\]"]*?)\n\s+\]/g, (_, items: string) => `[${items.replace(/\n\s+/g, " ")}]`)}\n`;
}
