/** From a results file to the columns that an evaluation is made from. */

import { decodeEmbedding } from "../results/embedding-text.js";
import { ResultsFile } from "../results/read.js";
import type { ScoredLine } from "../results/schema.js";
import type { DatasetLayout, DatasetProblem } from "./datasets/dataset.js";
import type { EvaluationColumns } from "./report-columns.js";

/** What the lines do not say. */
export interface AboutColumns {
  readonly dataset: string;
  readonly layout?: DatasetLayout | undefined;
  /** Lines of the data set's table that were left out. */
  readonly problems: readonly DatasetProblem[];
  /** Why the critic gives no alignment. */
  readonly alignmentReason?: string | undefined;
}

/**
 * Reads the lines of the images that were scored; the others become problems. The critic's raw quality is "eliq"; further critics
 * come next, then the baselines, without those that have one value for all images and so say nothing about them; `notMeasured` names
 * these. Nothing is kept but numbers in typed arrays, and the names.
 *
 * @throws EliqError ERR_IO or ERR_RESULTS.
 */
export async function readColumns(path: string, about: AboutColumns): Promise<EvaluationColumns> {
  const file = await ResultsFile.open(path);
  const problems = [...about.problems];
  const names: string[] = [];
  const groups: string[] = [];
  const prompts: (string | undefined)[] = [];
  const generators: (string | undefined)[] = [];
  const table = new NumberTable();
  const embeddings = new Rows();
  for await (const line of file.lines()) {
    if (!line.ok) {
      problems.push({ name: line.path, reason: line.message });
      continue;
    }
    names.push(line.path);
    groups.push(line.group ?? line.path);
    prompts.push(line.prompt);
    generators.push(line.generator);
    table.add(numbersOf(line));
    if (line.embedding !== undefined) embeddings.add(decodeEmbedding(line.embedding));
  }
  return {
    dataset: about.dataset,
    images: names.length,
    ...(about.layout ? { layout: about.layout } : {}),
    problems,
    names,
    groups,
    prompts,
    generators,
    ...numericColumns(table),
    ...(about.alignmentReason === undefined ? {} : { alignmentReason: about.alignmentReason }),
    ...embeddingColumns(embeddings, table, names.length),
  };
}

/** Names of the columns that are not scores: the others carry one of these before their own. */
const prefix = { critic: "critic ", baseline: "baseline ", peer: "alignment of " } as const;

function numbersOf(line: ScoredLine): Record<string, number | null | undefined> {
  const critics = Object.entries(line.critics ?? {});
  return {
    quality: line.raw.quality,
    alignment: line.raw.alignment,
    blind: line.alignmentControls?.blind,
    shuffled: line.alignmentControls?.shuffled,
    opinionOfQuality: line.opinions?.quality,
    opinionOfAlignment: line.opinions?.alignment,
    norm: line.embeddingNorm,
    ...Object.fromEntries(critics.map(([name, { quality }]) => [`${prefix.critic}${name}`, quality])),
    ...Object.fromEntries(critics.map(([name, { alignment }]) => [`${prefix.peer}${name}`, alignment])),
    ...Object.fromEntries(Object.entries(line.baselines ?? {}).map(([name, v]) => [`${prefix.baseline}${name}`, v])),
  };
}

type Numeric = Pick<EvaluationColumns, "opinions" | "scores" | "notMeasured" | "alignment" | "alignmentPeers">;

function numericColumns(table: NumberTable): Numeric {
  const named = (start: string) =>
    table.names
      .filter((name) => name.startsWith(start))
      .map((name) => [name.slice(start.length), table.all(name)] as const);
  const quality = table.given("opinionOfQuality");
  const alignment = table.given("opinionOfAlignment");
  const score = table.given("alignment");
  const blind = table.given("blind");
  const shuffled = table.given("shuffled");
  const baselines = named(prefix.baseline);
  const peers = named(prefix.peer).filter(([name]) => table.given(`${prefix.peer}${name}`));
  return {
    opinions: { ...(quality ? { quality } : {}), ...(alignment ? { alignment } : {}) },
    scores: new Map([["eliq", table.all("quality")], ...named(prefix.critic), ...baselines.filter(varies)]),
    notMeasured: baselines
      .filter((column) => !varies(column))
      .map(([name, [value]]) => `${name}: ${Number.isNaN(value) ? "undefined" : "the same"} for every image.`),
    ...(score ? { alignment: { score, ...(blind ? { blind } : {}), ...(shuffled ? { shuffled } : {}) } } : {}),
    ...(peers.length > 0 ? { alignmentPeers: new Map(peers) } : {}),
  };
}

function varies([, values]: readonly [string, Float64Array]): boolean {
  return new Set(values).size > 1;
}

/** Only when every image has one: a probe from some of them would be one of another set. */
function embeddingColumns(rows: Rows, table: NumberTable, images: number): Pick<EvaluationColumns, "embeddings"> {
  if (rows.count !== images || rows.dimension === 0) return {};
  const norms = table.given("norm");
  const whole = norms?.every(Number.isFinite);
  return {
    embeddings: {
      data: rows.data.subarray(0, images * rows.dimension),
      dimension: rows.dimension,
      ...(norms && whole ? { norms: Float32Array.from(norms) } : {}),
    },
  };
}

/** Columns of numbers that grow together; NaN where a row has none. */
class NumberTable {
  private rows = 0;
  private readonly columns = new Map<string, Float64Array>();

  /** In the order in which they first came. */
  get names(): string[] {
    return [...this.columns.keys()];
  }

  add(row: Readonly<Record<string, number | null | undefined>>): void {
    for (const [name, value] of Object.entries(row)) {
      let column = this.columns.get(name);
      if (!column || column.length <= this.rows) {
        const grown = new Float64Array(Math.max(256, 2 * this.rows)).fill(Number.NaN);
        if (column) grown.set(column);
        this.columns.set(name, grown);
        column = grown;
      }
      column[this.rows] = value ?? Number.NaN;
    }
    this.rows++;
  }

  /** All rows of a column. */
  all(name: string): Float64Array {
    const whole = new Float64Array(this.rows).fill(Number.NaN);
    const column = this.columns.get(name);
    if (column) whole.set(column.subarray(0, this.rows));
    return whole;
  }

  /** The same; undefined when no row has a number there. */
  given(name: string): Float64Array | undefined {
    const column = this.all(name);
    return column.some((value) => !Number.isNaN(value)) ? column : undefined;
  }
}

/** Vectors of one length, one after the other. */
class Rows {
  data = new Float32Array(0);
  dimension = 0;
  count = 0;

  /** A vector of another length than the first is left out, so that `count` shows it. */
  add(vector: Float32Array): void {
    if (this.count === 0) this.dimension = vector.length;
    if (vector.length !== this.dimension) return;
    const end = (this.count + 1) * this.dimension;
    if (end > this.data.length) {
      const grown = new Float32Array(Math.max(64 * this.dimension, 2 * this.data.length));
      grown.set(this.data);
      this.data = grown;
    }
    this.data.set(vector, end - this.dimension);
    this.count++;
  }
}
