/** The report of an evaluation: plain JSON, which `eliq eval` writes and the model card and `eliq report` read. */
import { z } from "zod";
import { EliqError } from "../errors.js";
import { describeIssue } from "../schema-issue.js";

/** Raised when a reader of the old version would misunderstand the new one. */
export const evaluationVersion = 1;

const text = z.string().min(1);
const count = z.int().min(0);
/** null: undefined, for instance the correlation of a constant. */
const figure = z.number().nullable();

/** A figure with its 95 % percentile bootstrap interval. */
const interval = z.object({ value: figure, low: figure, high: figure });

/** Agreement inside one generator. */
const generatorRow = z.object({
  generator: text,
  images: count,
  srcc: figure,
  meanScore: figure,
  meanOpinion: figure,
});

/** A mean over groups of the SRCC inside each; `groups` counts those with three images or more whose SRCC is defined. */
const withinMean = z.object({ mean: figure, groups: count });

/** How one score agrees with one opinion. Every interval is by image unless it says otherwise. */
const agreement = z.object({
  name: text,
  /** Images whose score is undefined; they got the worst score of the set. */
  undefinedScores: count,
  srcc: interval,
  /** SRCC; whole groups are drawn, all images of a prompt together. The value is that of `srcc`. */
  srccByGroup: interval,
  plcc: interval,
  /** PLCC after the 5-parameter logistic, refitted on every resample. */
  plccLogistic: interval,
  krcc: interval,
  /** After the 5-parameter logistic, in the units of the opinions; lower is better. */
  rmse: interval,
  /** Share of the pairs with different opinions that the score orders rightly; a tie counts half. */
  pairwiseAccuracy: interval,
  logistic: z.object({
    /** b1 to b5; empty when there was nothing to fit. */
    parameters: z.array(z.number()),
    converged: z.boolean(),
    /** Resamples on which the fit did not converge; they count with their last parameters. */
    unconvergedResamples: count,
  }),
  withinGenerator: withinMean,
  withinPrompt: withinMean,
  generators: z.array(generatorRow),
});

/** SRCC of the critic minus that of another score, both on the same resamples. */
const difference = z.object({ minuend: text, subtrahend: text, byImage: interval, byGroup: interval });

/** One opinion, one protocol: the scores of the section are compared with it. */
const section = z.object({
  protocol: z.literal("zero-shot"),
  /** Images that have this opinion. */
  images: count,
  groups: count,
  /** The critic's first. */
  scores: z.array(agreement),
  differences: z.array(difference),
});

/** What an alignment figure is worth: see docs/evaluation.md. */
const alignmentControls = z.object({
  /** What stands for the critic that does not read the prompt. */
  blindFrom: z.enum(["empty prompt", "quality"]),
  /** SRCC with the prompt minus SRCC of the prompt-blind control. */
  overBlind: difference,
  /** SRCC with the prompt minus SRCC with another image's prompt; null when that was not scored. */
  overShuffled: difference.nullable(),
  /** Partial SRCC of alignment and its opinion, given the critic's quality. */
  partialGivenScore: interval,
  /** Partial SRCC of alignment and its opinion, given the opinion on quality; null when there is none. */
  partialGivenOpinion: interval.nullable(),
  /** Share of the images whose own prompt scores above another image's, a tie counting half; null when that was not scored. */
  trueBeatsOther: interval.nullable(),
});

const alignmentSection = section.extend({
  /** Why the critic's own alignment is not among the scores; null when it is. */
  reason: z.string().nullable(),
  /** null when the critic has no alignment score. */
  controls: alignmentControls.nullable(),
});

/** Over the splits. */
const spread = z.object({ median: figure, lowest: figure, highest: figure, deviation: figure });

const probe = z.object({
  protocol: z.literal("probe"),
  images: count,
  groups: count,
  dimension: count,
  srcc: spread,
  plcc: spread,
  krcc: spread,
  splits: z.array(
    z.object({
      seed: z.int(),
      train: count,
      test: count,
      /** Ridge penalty divided by the number of training images. */
      lambda: z.number(),
      srcc: figure,
      plcc: figure,
      krcc: figure,
    }),
  ),
  /** The same probe from the features before they were scaled to norm 1; null when their norms are not known. */
  unnormalised: z.object({ srcc: spread, difference: figure, limit: z.number(), passed: z.boolean() }).nullable(),
});

/** Whether the instrument measures: what it says where the answer is known. */
const control = z.object({ name: text, srcc: figure, expected: text, passed: z.boolean() });

/** The whole report. A part that was not measured is null, and `notMeasured` says why. */
export const evaluationReportSchema = z.object({
  format: z.literal("eliq-evaluation"),
  version: z.literal(evaluationVersion),
  /** What made the scores; absent when they came from a file that does not say. */
  made: z.object({ model: text, calibration: text, created: text }).optional(),
  dataset: text,
  images: count,
  groups: count,
  generators: count,
  /** Where the layout of the data set was seen. */
  layout: z.object({ source: text, verified: z.boolean() }).optional(),
  problems: z.array(z.object({ name: z.string(), reason: text })),
  bootstrap: z.object({ resamples: count, level: z.number(), seed: z.int() }),
  quality: section.nullable(),
  alignment: alignmentSection.nullable(),
  probes: z.object({ quality: probe.nullable(), alignment: probe.nullable() }),
  controls: z.object({ checks: z.array(control), passed: z.boolean() }),
  /** Sentences. */
  notMeasured: z.array(text),
});

export type EvaluationReport = z.infer<typeof evaluationReportSchema>;
export type ReportInterval = z.infer<typeof interval>;
export type ScoreAgreement = z.infer<typeof agreement>;
export type ScoreDifference = z.infer<typeof difference>;
export type EvaluationSection = z.infer<typeof section>;
export type AlignmentSection = z.infer<typeof alignmentSection>;
export type AlignmentControls = z.infer<typeof alignmentControls>;
export type GeneratorRow = z.infer<typeof generatorRow>;
export type ProbeReport = z.infer<typeof probe>;
export type ProbeSpread = z.infer<typeof spread>;
export type InstrumentControl = z.infer<typeof control>;

/**
 * Checks a parsed report.
 *
 * @param name how messages call the file.
 * @throws EliqError ERR_RESULTS.
 */
export function parseEvaluationReport(json: unknown, name: string): EvaluationReport {
  const parsed = evaluationReportSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new EliqError(
    "ERR_RESULTS",
    `${name} is not a report of an evaluation as documented${describeIssue(parsed.error)}. Make it anew with eliq eval.`,
  );
}
