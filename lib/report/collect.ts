/** One pass over a results file: columns of numbers, the best and worst lines, and what failed. Texts are kept of few lines only. */
import { resolve } from "node:path";
import { throwIfAborted } from "../errors.js";
import type { ResultsFile } from "../results/read.js";
import type { FailedLine, ResultsHeader, ScoredLine } from "../results/schema.js";
import { Column, Greatest, Sample } from "./numbers.js";

/** A scored line without what a page does not show, and where its image is. */
export interface Entry {
  readonly line: Omit<ScoredLine, "embedding" | "baselines">;
  /** Path or URL to read the image from. */
  readonly location: string;
}

/** Ends of a scale or an axis. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What a generator made, as its place in {@link Collected.generators} and columns of one length. */
export interface GeneratorScores {
  /** undefined for lines that name none. */
  readonly name: string | undefined;
  readonly quality: Float64Array;
}

/** A pair of numbers of one image, for a scatter plot. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly generator: string | undefined;
  readonly path: string;
}

/** Two columns of one length and a sample of them. */
export interface Pairs {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** At most {@link sampledPoints}. */
  readonly sample: readonly Point[];
}

/** Raw quality against the score, for one calibration. */
export interface CalibrationColumns {
  readonly id: string;
  /** Ends of its scale of quality: 0 and 1 unless it was fitted to labels. */
  readonly range: Range;
  readonly raw: Float64Array;
  readonly quality: Float64Array;
  /** Percentiles against the reference population in [0, 100]; NaN where the file has none. */
  readonly percentile: Float64Array;
}

/** Everything that a report shows of a results file. */
export interface Collected {
  readonly header: ResultsHeader | undefined;
  readonly scored: number;
  readonly failed: number;
  /** Lines by error code. */
  readonly failures: ReadonlyMap<string, number>;
  /** The first {@link listedFailures}. */
  readonly failedLines: readonly FailedLine[];
  readonly models: readonly string[];
  readonly calibrations: readonly CalibrationColumns[];
  readonly quality: Float64Array;
  readonly technical: Float64Array;
  readonly aesthetic: Float64Array;
  /** By number of images, largest first. */
  readonly generators: readonly GeneratorScores[];
  /** Quality (x) and alignment (y) of the images that have both. */
  readonly alignment: Pairs;
  /** Quality (x) and mean opinion of quality (y). */
  readonly opinions: Pairs;
  /** Images with a prompt. */
  readonly prompts: number;
  /** Descending by quality. */
  readonly best: readonly Entry[];
  /** Ascending by quality. */
  readonly worst: readonly Entry[];
  /** Entries of the images that were asked for, by the path that was asked. */
  readonly chosen: ReadonlyMap<string, Entry>;
}

/** Points of a scatter plot at most. */
export const sampledPoints = 2000;
/** Failed images that are listed one by one. */
export const listedFailures = 200;

/** How a file is read. */
export interface CollectOptions {
  /** Images on each contact sheet. */
  readonly sheet: number;
  /** Paths whose lines are wanted, as written in the file or as located from the current folder. */
  readonly chosen: ReadonlySet<string>;
  /** Folder that relative paths are relative to, in place of what the file says. */
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Lines read. */
  readonly onProgress?: ((lines: number) => void) | undefined;
}

/**
 * Reads a results file once.
 *
 * @throws EliqError ERR_RESULTS for a line that is not as documented; ERR_ABORTED.
 */
export async function collectResults(file: ResultsFile, options: CollectOptions): Promise<Collected> {
  const collector = new Collector(file, options);
  let lines = 0;
  for await (const line of file.lines()) {
    if (line.ok) collector.addScored(line);
    else collector.addFailed(line);
    if (++lines % 500 === 0) {
      throwIfAborted(options.signal);
      options.onProgress?.(lines);
    }
  }
  throwIfAborted(options.signal);
  options.onProgress?.(lines);
  return collector.finish();
}

class PairCollector {
  readonly #x = new Column();
  readonly #y = new Column();
  readonly #sample: Sample<Point>;

  constructor(name: string) {
    this.#sample = new Sample(sampledPoints, name);
  }

  add(x: number, y: number, { generator, path }: ScoredLine): void {
    this.#x.push(x);
    this.#y.push(y);
    this.#sample.offer(() => ({ x, y, generator, path }));
  }

  get pairs(): Pairs {
    return { x: this.#x.values, y: this.#y.values, sample: this.#sample.items };
  }
}

class Collector {
  readonly #failures = new Map<string, number>();
  readonly #failedLines: FailedLine[] = [];
  readonly #models = new Set<string>();
  readonly #calibrations = new Map<string, { range: Range; raw: Column; quality: Column; percentile: Column }>();
  readonly #generators = new Map<string | undefined, Column>();
  readonly #quality = new Column();
  readonly #technical = new Column();
  readonly #aesthetic = new Column();
  readonly #alignment = new PairCollector("alignment");
  readonly #opinions = new PairCollector("opinions");
  readonly #best: Greatest<Entry>;
  readonly #worst: Greatest<Entry>;
  readonly #chosen = new Map<string, Entry>();
  /** What was asked for, by every way in which a line may call it. */
  readonly #asked: ReadonlyMap<string, string>;
  readonly #folder: string | undefined;
  #prompts = 0;
  #failed = 0;

  constructor(
    private readonly file: ResultsFile,
    options: CollectOptions,
  ) {
    this.#best = new Greatest(options.sheet);
    this.#worst = new Greatest(options.sheet);
    this.#folder = options.folder;
    this.#asked = new Map(
      Array.from(options.chosen).flatMap((path) => [
        [path, path],
        [resolve(path), path],
      ]),
    );
  }

  addScored(line: ScoredLine): void {
    this.#models.add(line.model);
    this.#quality.push(line.quality);
    this.#technical.push(line.aspects.technical);
    this.#aesthetic.push(line.aspects.aesthetic);
    this.#addGenerator(line);
    this.#addCalibration(line);
    if (line.alignment !== null) this.#alignment.add(line.quality, line.alignment, line);
    if (line.opinions?.quality !== undefined) this.#opinions.add(line.quality, line.opinions.quality, line);
    if (line.prompt !== undefined) this.#prompts++;
    this.#keep(line);
  }

  addFailed(line: FailedLine): void {
    this.#failed++;
    this.#failures.set(line.code, (this.#failures.get(line.code) ?? 0) + 1);
    if (this.#failedLines.length < listedFailures) this.#failedLines.push(line);
  }

  #addGenerator({ generator, quality }: ScoredLine): void {
    const column = this.#generators.get(generator) ?? new Column();
    this.#generators.set(generator, column);
    column.push(quality);
  }

  #addCalibration({ calibration, raw, quality, percentiles, ranges }: ScoredLine): void {
    const columns = this.#calibrations.get(calibration) ?? {
      range: ranges?.quality ?? { low: 0, high: 1 },
      raw: new Column(),
      quality: new Column(),
      percentile: new Column(),
    };
    this.#calibrations.set(calibration, columns);
    columns.raw.push(raw.quality);
    columns.quality.push(quality);
    columns.percentile.push(percentiles?.quality ?? Number.NaN);
  }

  #keep(scored: ScoredLine): void {
    const { embedding, baselines, ...line } = scored;
    const entry = { line, location: this.file.locate(scored, this.#folder) };
    this.#best.offer(line.quality, entry);
    this.#worst.offer(-line.quality, entry);
    if (this.#asked.size === 0) return;
    const asked = this.#asked.get(line.path) ?? this.#asked.get(resolve(entry.location));
    if (asked !== undefined) this.#chosen.set(asked, entry);
  }

  finish(): Collected {
    return {
      header: this.file.header,
      scored: this.#quality.values.length,
      failed: this.#failed,
      failures: this.#failures,
      failedLines: this.#failedLines,
      models: [...this.#models],
      calibrations: [...this.#calibrations].map(([id, { range, raw, quality, percentile }]) => ({
        id,
        range,
        raw: raw.values,
        quality: quality.values,
        percentile: percentile.values,
      })),
      quality: this.#quality.values,
      technical: this.#technical.values,
      aesthetic: this.#aesthetic.values,
      generators: [...this.#generators]
        .map(([name, column]) => ({ name, quality: column.values }))
        .sort((a, b) => b.quality.length - a.quality.length),
      alignment: this.#alignment.pairs,
      opinions: this.#opinions.pairs,
      prompts: this.#prompts,
      best: this.#best.items,
      worst: this.#worst.items,
      chosen: this.#chosen,
    };
  }
}
