/** Evaluation of scores against opinions: both protocols, controls and intervals, in one report. */
import { EliqError } from "../errors.js";
import { instrumentControls } from "./controls.js";
import { Pauses } from "./pause.js";
import { leastProbeGroups, type ProbeResult, runProbe, type Spread } from "./probe.js";
import { type Candidate, type Drawing, leastImages, measureSection, pick, toFigure } from "./protocols.js";
import { checkColumns, type EmbeddingColumns, type EvaluationColumns } from "./report-columns.js";
import {
  type AlignmentSection,
  type EvaluationReport,
  type EvaluationSection,
  evaluationVersion,
  type InstrumentControl,
  type ProbeReport,
  type ProbeSpread,
  type ReportInterval,
  type ScoreDifference,
} from "./report-schema.js";
import { partialSpearmanStatistic, shareAboveStatistic } from "./statistics.js";

export type { EvaluationColumns } from "./report-columns.js";
export type { EvaluationReport } from "./report-schema.js";

/** How an evaluation is done. */
export interface EvaluationOptions {
  /** Bootstrap resamples; default 2,000. */
  resamples?: number;
  /** The same seed draws the same resamples; default 1. */
  seed?: number;
  /** Splits of the probe, with seeds 1, 2, ...; default 10. */
  probeSeeds?: number;
  /** What made the scores; taken over as it is. */
  made?: { model: string; calibration: string; created: string };
  signal?: AbortSignal;
  /** Called often; `done` grows to `total`, which does not change. */
  onProgress?: (done: number, total: number) => void;
}

/** How the report names the critic that cannot have read the prompt, and the one that read another's. */
export const controlNames = { blind: "prompt-blind control", shuffled: "shuffled-prompt control" } as const;

/** Coverage of every interval. */
const LEVEL = 0.95;
/** Largest difference in SRCC between the probe of normalised and of unnormalised features. */
const NORMALISATION_LIMIT = 0.01;
/** Rough costs of a resample of images, a resample of groups and a split of a probe, for even progress. */
const COSTS = { images: 10, groups: 1, split: 400 };

type OpinionName = "quality" | "alignment";

/**
 * Evaluates the critic and everything beside it.
 *
 * Zero-shot: each score against each opinion, with controls. Probe: a ridge regression of the embeddings on prompt-disjoint splits.
 * What cannot be measured is null, and `notMeasured` says why.
 *
 * @param columns one value of everything for each image.
 * @throws EliqError ERR_INVALID_ARGUMENT for columns that do not fit together or hold no opinions, ERR_ABORTED.
 */
export async function evaluateColumns(
  columns: EvaluationColumns,
  options: EvaluationOptions = {},
): Promise<EvaluationReport> {
  checkColumns(columns);
  return new Evaluation(columns, options).run();
}

class Evaluation {
  private readonly resamples: number;
  private readonly seed: number;
  private readonly probeSeeds: number;
  private readonly pauses: Pauses;
  private readonly notMeasured: string[];
  /** Images that have each opinion; empty: not to be measured. */
  private readonly rows: Record<OpinionName, number[]>;
  private done = 0;
  private readonly total: number;

  constructor(
    private readonly columns: EvaluationColumns,
    private readonly options: EvaluationOptions,
  ) {
    this.resamples = options.resamples ?? 2000;
    this.seed = options.seed ?? 1;
    this.probeSeeds = options.probeSeeds ?? 10;
    this.pauses = new Pauses(options.signal);
    this.notMeasured = [...(columns.notMeasured ?? [])];
    this.rows = { quality: this.rowsWith("quality"), alignment: this.rowsWith("alignment") };
    const measured = Object.values(this.rows).filter((rows) => rows.length > 0).length;
    if (measured === 0) {
      throw new EliqError(
        "ERR_INVALID_ARGUMENT",
        `At least ${leastImages} images with an opinion are needed to evaluate; ${columns.dataset} gives fewer.`,
      );
    }
    const probes = columns.embeddings ? (columns.embeddings.norms ? 2 : 1) : 0;
    this.total = measured * (this.resamples * (COSTS.images + COSTS.groups) + probes * this.probeSeeds * COSTS.split);
  }

  async run(): Promise<EvaluationReport> {
    const { columns, options } = this;
    const quality = await this.quality();
    const alignment = await this.alignment();
    const probes = { quality: await this.probe("quality"), alignment: await this.probe("alignment") };
    const checks = this.controls();
    this.options.onProgress?.(this.total, this.total);
    return {
      format: "eliq-evaluation",
      version: evaluationVersion,
      ...(options.made ? { made: options.made } : {}),
      dataset: columns.dataset,
      images: columns.images,
      groups: new Set(columns.groups).size,
      generators: new Set(columns.generators.filter((generator) => generator !== undefined)).size,
      ...(columns.layout ? { layout: { ...columns.layout } } : {}),
      problems: columns.problems.map(({ name, reason }) => ({ name, reason })),
      bootstrap: { resamples: this.resamples, level: LEVEL, seed: this.seed },
      quality,
      alignment,
      probes,
      controls: { checks, passed: checks.every(({ passed }) => passed) },
      notMeasured: this.notMeasured,
    };
  }

  private async quality(): Promise<EvaluationSection | null> {
    const rows = this.rows.quality;
    if (rows.length === 0) return null;
    const candidates = [...this.columns.scores].map(([name, values]) => candidate(name, values, rows));
    return (await measureSection(this.items("quality", rows), candidates, this.drawing())).section;
  }

  private async alignment(): Promise<AlignmentSection | null> {
    const { columns } = this;
    const rows = this.rows.alignment;
    const reason = columns.alignment ? null : (columns.alignmentReason ?? "The model has no trained alignment score.");
    if (reason !== null) this.notMeasured.push(`The critic's alignment: ${reason}`);
    if (rows.length === 0) return null;
    const own = columns.alignment && candidate(this.criticName(), columns.alignment.score, rows);
    const quality = candidate(this.criticName(), this.criticQuality(), rows).values;
    const other =
      columns.alignment?.shuffled &&
      candidate(controlNames.shuffled, withOwn(columns.alignment.shuffled, columns.alignment.score), rows);
    const candidates = [
      ...(own ? [own] : []),
      candidate(controlNames.blind, columns.alignment?.blind ?? this.criticQuality(), rows),
      ...(other ? [other] : []),
      ...[...(columns.alignmentPeers ?? [])].map(([name, values]) => candidate(name, values, rows)),
    ];
    const items = this.items("alignment", rows);
    if (!own) {
      const { section } = await measureSection(items, candidates, this.drawing(), { subtracted: false });
      return { ...section, reason, controls: null };
    }
    const opinions = columns.opinions.quality && pick(columns.opinions.quality, rows);
    const { section, further } = await measureSection(items, candidates, this.drawing(), {
      further: {
        partialGivenScore: partialSpearmanStatistic(own.values, items.opinions, quality),
        ...(opinions?.every(Number.isFinite)
          ? { partialGivenOpinion: partialSpearmanStatistic(own.values, items.opinions, opinions) }
          : {}),
        ...(other ? { trueBeatsOther: shareAboveStatistic(own.values, other.values) } : {}),
      },
    });
    const over = (name: string) => section.differences.find(({ subtrahend }) => subtrahend === name) ?? null;
    return {
      ...section,
      reason,
      controls: {
        blindFrom: columns.alignment?.blind ? "empty prompt" : "quality",
        overBlind: over(controlNames.blind) as ScoreDifference,
        overShuffled: over(controlNames.shuffled),
        partialGivenScore: further.partialGivenScore as ReportInterval,
        partialGivenOpinion: further.partialGivenOpinion ?? null,
        trueBeatsOther: further.trueBeatsOther ?? null,
      },
    };
  }

  private async probe(opinion: OpinionName): Promise<ProbeReport | null> {
    const { embeddings, opinions } = this.columns;
    const values = opinions[opinion];
    if (!values || this.rows[opinion].length === 0) return null;
    if (!embeddings) {
      this.notMeasured.push(`The probe of ${opinion}: there are no embeddings.`);
      return null;
    }
    const rows = this.rows[opinion].filter((row) => isKnown(embeddings, row));
    const groups = rows.map((row) => this.columns.groups[row] as string);
    const distinct = new Set(groups).size;
    if (distinct < leastProbeGroups) {
      this.notMeasured.push(
        `The probe of ${opinion}: there are ${distinct} groups of images, and ${leastProbeGroups} are needed.`,
      );
      return null;
    }
    const { dimension } = embeddings;
    const wanted = pick(values, rows);
    const run = (data: Float32Array) =>
      runProbe({ data, dimension }, wanted, groups, {
        seeds: this.probeSeeds,
        ...(this.options.signal ? { signal: this.options.signal } : {}),
        onSplit: () => this.advance(COSTS.split),
      });
    const found = await run(featuresOf(embeddings, rows, false));
    return {
      protocol: "probe",
      images: rows.length,
      groups: distinct,
      dimension,
      ...spreadsOf(found),
      splits: found.splits.map(({ srcc, plcc, krcc, ...split }) => ({
        ...split,
        srcc: toFigure(srcc),
        plcc: toFigure(plcc),
        krcc: toFigure(krcc),
      })),
      unnormalised: embeddings.norms ? compareFeatures(found, await run(featuresOf(embeddings, rows, true))) : null,
    };
  }

  private controls(): InstrumentControl[] {
    const { columns } = this;
    const own = { quality: this.criticQuality(), alignment: columns.alignment?.score ?? this.criticQuality() };
    return (["quality", "alignment"] as const).flatMap((opinion) => {
      const rows = this.rows[opinion];
      if (rows.length === 0) return [];
      const scores = candidate(this.criticName(), own[opinion], rows).values;
      return instrumentControls(opinion, scores, this.items(opinion, rows).opinions);
    });
  }

  private rowsWith(opinion: OpinionName): number[] {
    const values = this.columns.opinions[opinion];
    const rows = values ? [...values.keys()].filter((i) => Number.isFinite(values[i])) : [];
    if (rows.length >= leastImages) return rows;
    this.notMeasured.push(`Agreement on ${opinion}: ${rows.length} images have an opinion on it.`);
    return [];
  }

  private items(opinion: OpinionName, rows: readonly number[]) {
    const { groups, prompts, generators, opinions } = this.columns;
    return {
      opinions: pick(opinions[opinion] as Float64Array, rows),
      groups: rows.map((row) => groups[row] as string),
      prompts: rows.map((row) => prompts[row]),
      generators: rows.map((row) => generators[row]),
    };
  }

  private criticName(): string {
    return [...this.columns.scores.keys()][0] as string;
  }

  private criticQuality(): Float64Array {
    return [...this.columns.scores.values()][0] as Float64Array;
  }

  private drawing(): Drawing {
    const { resamples, seed, pauses } = this;
    return {
      resamples,
      level: LEVEL,
      seed,
      pauses,
      onImages: () => this.advance(COSTS.images),
      onGroups: () => this.advance(COSTS.groups),
    };
  }

  private advance(cost: number): void {
    this.done += cost;
    this.options.onProgress?.(this.done, this.total);
  }
}

/** An image that could not be given another prompt counts for no difference. */
function withOwn(shuffled: Float64Array, own: Float64Array): Float64Array {
  return shuffled.map((value, i) => (Number.isFinite(value) ? value : (own[i] as number)));
}

/** A score of some images; where it is undefined, it is the worst that is not. */
function candidate(name: string, values: Float64Array, rows: readonly number[]): Candidate {
  const picked = pick(values, rows);
  const known = picked.filter(Number.isFinite);
  const worst = known.length > 0 ? known.reduce((least, value) => Math.min(least, value)) : 0;
  return {
    name,
    values: picked.map((value) => (Number.isFinite(value) ? value : worst)),
    undefinedScores: picked.length - known.length,
  };
}

function isKnown({ data, dimension, norms }: EmbeddingColumns, row: number): boolean {
  return (
    (!norms || Number.isFinite(norms[row])) &&
    data.subarray(row * dimension, (row + 1) * dimension).every(Number.isFinite)
  );
}

function featuresOf(
  { data, dimension, norms }: EmbeddingColumns,
  rows: readonly number[],
  scaled: boolean,
): Float32Array {
  const features = new Float32Array(rows.length * dimension);
  for (const [i, row] of rows.entries()) {
    const norm = scaled ? (norms?.[row] as number) : 1;
    for (let j = 0; j < dimension; j++) features[i * dimension + j] = norm * (data[row * dimension + j] as number);
  }
  return features;
}

function spreadsOf({ srcc, plcc, krcc }: ProbeResult): Pick<ProbeReport, "srcc" | "plcc" | "krcc"> {
  return { srcc: toSpread(srcc), plcc: toSpread(plcc), krcc: toSpread(krcc) };
}

function toSpread({ median, lowest, highest, deviation }: Spread): ProbeSpread {
  return {
    median: toFigure(median),
    lowest: toFigure(lowest),
    highest: toFigure(highest),
    deviation: toFigure(deviation),
  };
}

function compareFeatures(normalised: ProbeResult, unnormalised: ProbeResult): NonNullable<ProbeReport["unnormalised"]> {
  const difference = normalised.srcc.median - unnormalised.srcc.median;
  return {
    srcc: toSpread(unnormalised.srcc),
    difference: toFigure(difference),
    limit: NORMALISATION_LIMIT,
    passed: Math.abs(difference) < NORMALISATION_LIMIT,
  };
}
