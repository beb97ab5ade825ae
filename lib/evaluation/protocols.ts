/** The zero-shot protocol: scores against one opinion, none of which was used to make them. */
import { LogisticResampler } from "./logistic-agreement.js";
import type { Pauses } from "./pause.js";
import type { EvaluationSection, GeneratorRow, ReportInterval, ScoreAgreement } from "./report-schema.js";
import { ones } from "./statistics/resample.js";
import { bootstrapTogether, type Resampled, type StatisticGroup } from "./statistics/together.js";
import {
  clusterMembers,
  type Interval,
  kendallOf,
  meanWithin,
  pairCounter,
  pairwiseAccuracyOf,
  pearsonStatistic,
  type Statistic,
  spearman,
  spearmanStatistic,
} from "./statistics.js";

/** A score of the images of a section. */
export interface Candidate {
  readonly name: string;
  /** Higher is better; finite. */
  readonly values: Float64Array;
  /** How many of them were undefined. */
  readonly undefinedScores: number;
}

/** The images that have the opinion of a section. */
export interface SectionItems {
  /** Finite, higher is better. */
  readonly opinions: Float64Array;
  readonly groups: readonly string[];
  readonly prompts: readonly (string | undefined)[];
  readonly generators: readonly (string | undefined)[];
}

/** How the intervals are drawn. */
export interface Drawing {
  readonly resamples: number;
  readonly level: number;
  readonly seed: number;
  readonly pauses: Pauses;
  /** Called after every resample of images. */
  readonly onImages: () => void;
  /** Called after every resample of groups. */
  readonly onGroups: () => void;
}

/** A section, and the intervals of the further statistics that were asked for. */
export interface MeasuredSection {
  section: EvaluationSection;
  /** Under the names given; by image. */
  further: Partial<Record<string, ReportInterval>>;
}

/** With fewer images that have an opinion, a section is not measured. */
export const leastImages = 5;

/** Statistics of a candidate, in this order. */
const MEASURES = ["srcc", "plcc", "plccLogistic", "krcc", "rmse", "pairwiseAccuracy"] as const;

/**
 * Measures how candidates agree with the opinions.
 *
 * @param subtracted whether the SRCC of the others is subtracted from that of the first candidate.
 * @param further statistics that are drawn with the rest.
 * @throws EliqError ERR_INVALID_ARGUMENT, ERR_ABORTED.
 */
export async function measureSection(
  items: SectionItems,
  candidates: readonly Candidate[],
  drawing: Drawing,
  { subtracted = true, further = {} }: { subtracted?: boolean; further?: Readonly<Record<string, Statistic>> } = {},
): Promise<MeasuredSection> {
  const { opinions, groups } = items;
  const count = opinions.length;
  const whole = ones(count);
  const alone = (statistics: readonly Statistic[]): StatisticGroup => ({
    values: statistics.map((statistic) => statistic(whole)),
    on: (counts) => statistics.map((statistic) => statistic(counts)),
  });
  const fits: LogisticResampler[] = [];
  for (const { values } of candidates) {
    fits.push(new LogisticResampler(values, opinions));
    if (drawing.pauses.due()) await drawing.pauses.take();
  }
  const measures = candidates.map(({ values }, i) => measuresOf(values, opinions, fits[i] as LogisticResampler));
  const { resamples, level, seed, pauses, onImages, onGroups } = drawing;
  const options = { resamples, level, seed };
  const byImage = await bootstrapTogether(
    [...measures, alone(Object.values(further))],
    count,
    options,
    pauses,
    onImages,
  );
  const ranks = alone(candidates.map(({ values }) => spearmanStatistic(values, opinions)));
  const byGroup = await bootstrapTogether([ranks], count, { ...options, groups }, pauses, onGroups);
  const first = candidates[0];
  return {
    section: {
      protocol: "zero-shot",
      images: count,
      groups: new Set(groups).size,
      scores: candidates.map((candidate, i) => ({
        ...agreementOf(candidate, i, byImage, byGroup, fits[i] as LogisticResampler),
        ...breakdown(candidate.values, items),
      })),
      differences: !(first && subtracted)
        ? []
        : candidates.slice(1).map((other, i) => ({
            minuend: first.name,
            subtrahend: other.name,
            byImage: toReport(byImage.difference(0, (i + 1) * MEASURES.length)),
            byGroup: toReport(byGroup.difference(0, i + 1)),
          })),
    },
    further: Object.fromEntries(
      Object.keys(further).map((name, i) => [
        name,
        toReport(byImage.interval(candidates.length * MEASURES.length + i)),
      ]),
    ),
  };
}

/** NaN and infinities, which JSON has not, become null. */
export function toFigure(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** An interval as a report holds it. */
function toReport({ value, low, high }: Interval): ReportInterval {
  // A percentile of those resamples that happened to be defined says nothing about a value that is not.
  if (!Number.isFinite(value)) return { value: null, low: null, high: null };
  return { value, low: toFigure(low), high: toFigure(high) };
}

/** The statistics named by MEASURES. */
function measuresOf(values: Float64Array, opinions: Float64Array, fit: LogisticResampler): StatisticGroup {
  const srcc = spearmanStatistic(values, opinions);
  const plcc = pearsonStatistic(values, opinions);
  const pairs = pairCounter(values, opinions);
  const on = (counts: Uint32Array, logistic: { plcc: number; rmse: number }) => {
    const counted = pairs(counts);
    return [srcc(counts), plcc(counts), logistic.plcc, kendallOf(counted), logistic.rmse, pairwiseAccuracyOf(counted)];
  };
  return { values: on(ones(values.length), fit.all), on: (counts) => on(counts, fit.on(counts)) };
}

type Breakdown = Pick<ScoreAgreement, "withinGenerator" | "withinPrompt" | "generators">;

function agreementOf(
  { name, undefinedScores }: Candidate,
  place: number,
  byImage: Resampled,
  byGroup: Resampled,
  fit: LogisticResampler,
): Omit<ScoreAgreement, keyof Breakdown> {
  const measure = (key: (typeof MEASURES)[number]) =>
    toReport(byImage.interval(place * MEASURES.length + MEASURES.indexOf(key)));
  const curve = fit.all.fit;
  return {
    name,
    undefinedScores,
    srcc: measure("srcc"),
    srccByGroup: toReport(byGroup.interval(place)),
    plcc: measure("plcc"),
    plccLogistic: measure("plccLogistic"),
    krcc: measure("krcc"),
    rmse: measure("rmse"),
    pairwiseAccuracy: measure("pairwiseAccuracy"),
    logistic: {
      parameters: curve ? [...curve.parameters] : [],
      converged: curve?.converged ?? false,
      unconvergedResamples: fit.unconverged,
    },
  };
}

/** Agreement inside generators and prompts. */
function breakdown(values: Float64Array, { opinions, prompts, generators }: SectionItems): Breakdown {
  const within = (names: readonly (string | undefined)[]) => {
    const rows = [...names.keys()].filter((i) => names[i] !== undefined);
    if (rows.length === 0) return { mean: null, groups: 0 };
    const { mean, groups } = meanWithin(
      spearman,
      pick(values, rows),
      pick(opinions, rows),
      rows.map((i) => names[i] as string),
    );
    return { mean: toFigure(mean), groups: groups.size };
  };
  return {
    withinGenerator: within(generators),
    withinPrompt: within(prompts),
    generators: generatorRows(values, opinions, generators),
  };
}

function generatorRows(
  values: Float64Array,
  opinions: Float64Array,
  generators: readonly (string | undefined)[],
): GeneratorRow[] {
  const known = [...generators.keys()].filter((i) => generators[i] !== undefined);
  const names = known.map((i) => generators[i] as string);
  return clusterMembers(known.length, names).map((members) => {
    const rows = members.map((place) => known[place] as number);
    const [x, y] = [pick(values, rows), pick(opinions, rows)];
    return {
      generator: names[members[0] as number] as string,
      images: rows.length,
      srcc: rows.length >= 3 ? toFigure(spearman(x, y)) : null,
      meanScore: mean(x),
      meanOpinion: mean(y),
    };
  });
}

/** The entries at some places. */
export function pick(values: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (i) => values[i] as number);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
