/** Charts of the scores: all of them, generators beside each other, and one by one. */
import type { Collected, GeneratorScores, Range } from "../collect.js";
import { type Bin, boundsOf, histogram, type Spread, spreadOf } from "../numbers.js";
import { bins, type Chart, decimal } from "./chart.js";

/** Generators that get a row of their own; the rest is put together. */
const shownGenerators = 12;
/** Height in px of a generator's row. */
const rowHeight = 26;

/** The distribution of all scores, then those of the generators beside each other and one by one. */
export function distributionCharts(results: Collected): Chart[] {
  const ends = results.calibrations.flatMap(({ range }) => [range.low, range.high]);
  const range = boundsOf(results.quality, ends);
  const all = histogramChart("scores", "All images", results.quality, range);
  const named = foldGenerators(results.generators);
  if (named.length < 2) return [all];
  const spreads = named.map(({ name, quality }) => ({ name, ...spreadOf(quality) }));
  const small = named.map(({ name, quality }, i) => ({
    ...histogramChart(`scores-${i}`, name, quality, range),
    small: true,
  }));
  return [all, generatorChart(spreads, range), ...small];
}

/** At most {@link shownGenerators}, each with a name. */
function foldGenerators(generators: readonly GeneratorScores[]): { name: string; quality: Float64Array }[] {
  const named = generators.map(({ name, quality }) => ({ name: name ?? "not stated", quality }));
  if (named.length <= shownGenerators) return named;
  const rest = named.slice(shownGenerators - 1);
  const quality = Float64Array.from(rest.flatMap((one) => Array.from(one.quality)));
  return [...named.slice(0, shownGenerators - 1), { name: `${rest.length} others`, quality }];
}

function histogramChart(id: string, title: string, values: Float64Array, { low, high }: Range): Chart {
  const counted = histogram(values, low, high, bins);
  const { count, quantiles } = spreadOf(values);
  return {
    id,
    title,
    summary: `${count} images; median ${decimal(quantiles[2])}, half of them between ${decimal(quantiles[1])} and ${decimal(quantiles[3])}.`,
    spec: {
      data: { values: counted },
      layer: [
        bars(counted, low, high, "images"),
        {
          data: { values: [{ median: quantiles[2] }] },
          mark: rule,
          encoding: { x: { field: "median", type: "quantitative" } },
        },
      ],
    },
    table: {
      columns: ["score from", "to", "images"],
      rows: counted.map((bin) => [decimal(bin.low), decimal(bin.high), bin.count]),
    },
  };
}

const rule = { type: "rule", strokeWidth: 2, color: { expr: "ink" } };

function bars(counted: readonly Bin[], low: number, high: number, title: string) {
  return {
    data: { values: counted },
    mark: { type: "bar", binSpacing: 0.5, color: { expr: "accent" } },
    encoding: {
      x: { field: "low", type: "quantitative", bin: { binned: true }, title: "score", scale: { domain: [low, high] } },
      x2: { field: "high" },
      y: { field: "count", type: "quantitative", title, axis: { tickMinStep: 1 } },
    },
  };
}

function generatorChart(spreads: readonly (Spread & { name: string })[], { low, high }: Range): Chart {
  const ordered = [...spreads].sort((a, b) => b.quantiles[2] - a.quantiles[2]);
  const values = ordered.map(({ name, count, mean, quantiles: [p5, q1, median, q3, p95] }) => ({
    name,
    count,
    mean,
    p5,
    q1,
    median,
    q3,
    p95,
  }));
  const best = ordered[0] as (typeof ordered)[number];
  const worst = ordered.at(-1) as (typeof ordered)[number];
  const score = (field: string) => ({ field, type: "quantitative", title: "score", scale: { domain: [low, high] } });
  const tooltip = ["name", "count", "p5", "q1", "median", "q3", "p95"].map((field) => ({ field }));
  return {
    id: "generators",
    title: "Generators side by side",
    summary: `Line: 5th to 95th percentile; bar: the middle half; mark: the median. Highest median: ${best.name} (${decimal(best.quantiles[2])}); lowest: ${worst.name} (${decimal(worst.quantiles[2])}).`,
    spec: {
      data: { values },
      height: rowHeight * values.length,
      encoding: {
        y: { field: "name", type: "nominal", title: null, sort: null, axis: { labelLimit: 110 } },
        tooltip,
      },
      layer: [
        { mark: { type: "rule", color: { expr: "ink" } }, encoding: { x: score("p5"), x2: { field: "p95" } } },
        {
          mark: { type: "bar", size: 12, color: { expr: "accent" } },
          encoding: { x: score("q1"), x2: { field: "q3" } },
        },
        { mark: { type: "tick", size: 20, thickness: 3, color: { expr: "ink" } }, encoding: { x: score("median") } },
      ],
    },
    table: {
      columns: ["generator", "images", "mean", "5 %", "25 %", "median", "75 %", "95 %"],
      rows: ordered.map(({ name, count, mean, quantiles }) => [name, count, decimal(mean), ...quantiles.map(decimal)]),
    },
  };
}
