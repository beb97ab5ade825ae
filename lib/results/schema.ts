/**
 * Results files: JSON Lines, one object for each image. `eliq score --jsonl` writes such a file without a header, `eliq eval` one
 * that begins with a header and whose lines carry opinions, baselines and embeddings beside the scores. docs/results.md describes
 * every field.
 */
import { z } from "zod";

/** Raised when a reader of the old version would misunderstand the new one. */
export const resultsVersion = 1;

const text = z.string().min(1);
const nullableNumber = z.number().nullable();

/** A first line that says how the rest was made. */
export const resultsHeaderSchema = z.looseObject({
  type: z.literal("header"),
  format: z.literal("eliq-results"),
  version: z.literal(resultsVersion),
  /** Name and revision of the model. */
  model: text,
  /** Id of the calibration. */
  calibration: text,
  /** Name of the data set, for instance "AGIQA-3K". */
  dataset: text.optional(),
  /** Folder that the paths of the lines are relative to; itself relative to the results file. Absent: paths are as written. */
  folder: z.string().optional(),
  /** YYYY-MM-DD. */
  created: text,
  /** What else decides the lines, for runs that go on where they ended: a file is only gone on with by the same run. */
  run: z.record(z.string(), z.unknown()).optional(),
});

/** Numbers on the calibration's scale, or before it (`raw`): higher is better. */
const scores = {
  quality: z.number(),
  /** null where there was no prompt or the model was not trained for it. */
  alignment: nullableNumber,
};

const perAspect = z.object({ ...scores, technical: z.number(), aesthetic: z.number() });

const range = z.object({ low: z.number(), high: z.number() });

const interval = z.tuple([z.number(), z.number()]).readonly();

/** How much the score, a mean over several views, depends on how the image is framed. */
const uncertainty = z.object({
  /** Number of views. */
  views: z.int().min(2),
  /** Of the mean, on the raw scale. */
  standardError: perAspect,
  /** Nominal 68 % intervals on the calibration's scale, [low, high]. */
  interval: z.object({
    quality: interval,
    alignment: interval.nullable(),
    technical: interval,
    aesthetic: interval,
  }),
});

/** The line of an image that was scored. */
export const scoredLineSchema = z.object({
  path: text,
  ok: z.literal(true),
  ...scores,
  aspects: z.object({ technical: z.number(), aesthetic: z.number() }),
  raw: perAspect,
  /** Ends of the scales that are not those from 0 to 1: of a calibration that was fitted to labels, in their units. */
  ranges: z.object({ quality: range.optional(), alignment: range.optional() }).optional(),
  /** Percentage of the calibration's reference population that scores lower, in [0, 100]. */
  percentiles: perAspect.optional(),
  uncertainty: uncertainty.optional(),
  model: text,
  calibration: text,
  prompt: z.string().optional(),
  /** What made the image. */
  generator: z.string().optional(),
  /** Images of one group never lie on both sides of a split: those of one prompt, or of one reference image. */
  group: z.string().optional(),
  /** Mean opinions, higher is better, in the units of their data set. */
  opinions: z.object({ quality: z.number().optional(), alignment: z.number().optional() }).optional(),
  /** Opinion-unaware statistics and scores of other tools, higher is better; null where one is undefined. */
  baselines: z.record(z.string(), nullableNumber).optional(),
  /** Raw scores of other models that looked at the same image, by the name they were given; null where one could not. */
  critics: z.record(z.string(), z.object({ quality: nullableNumber, alignment: nullableNumber })).optional(),
  /** Raw alignment of the image with prompts that are not its own. */
  alignmentControls: z
    .object({
      /** With the prompt of another image, drawn once for the whole set (a permutation without fixed prompts). */
      shuffled: nullableNumber,
      /** With an empty prompt. */
      blind: nullableNumber,
    })
    .optional(),
  /** The embedding (Euclidean norm 1): little-endian float32, base64. */
  embedding: z.string().optional(),
  /** Euclidean norm of the quality queries' outputs before they were scaled to 1. */
  embeddingNorm: z.number().optional(),
});

/** The line of an image that could not be scored. */
export const failedLineSchema = z.object({
  path: text,
  ok: z.literal(false),
  code: text,
  message: text,
});

/** A line of a results file. */
export const resultLineSchema = z.discriminatedUnion("ok", [scoredLineSchema, failedLineSchema]);

export type ResultsHeader = z.infer<typeof resultsHeaderSchema>;
export type ScoredLine = z.infer<typeof scoredLineSchema>;
export type FailedLine = z.infer<typeof failedLineSchema>;
export type ResultLine = z.infer<typeof resultLineSchema>;
