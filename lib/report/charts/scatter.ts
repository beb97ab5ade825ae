/** The chart of quality against alignment, or against opinions. */
import type { Collected, GeneratorScores, Pairs } from "../collect.js";
import { equalCountBins } from "../numbers.js";
import { type Chart, decimal, groups } from "./chart.js";

/** Quality against alignment; where fewer than two images have one, against opinions; undefined where there are neither. */
export function scatterChart({ alignment, opinions, generators }: Collected): Chart | undefined {
  if (alignment.x.length > 1) return pairsChart("alignment", "Quality against alignment", alignment, generators);
  if (opinions.x.length > 1) return pairsChart("opinion", "Quality against opinions", opinions, generators);
  return undefined;
}

const otherTitles = { alignment: "alignment", opinion: "mean opinion" } as const;

function pairsChart(
  id: "alignment" | "opinion",
  title: string,
  pairs: Pairs,
  generators: readonly GeneratorScores[],
): Chart {
  const other = otherTitles[id];
  const count = pairs.x.length;
  const binned = equalCountBins(pairs.x, pairs.y, groups);
  const shown =
    pairs.sample.length < count
      ? `a sample of ${pairs.sample.length} of them, each as likely as any other, is drawn`
      : "all are drawn";
  const values = pairs.sample.map((point) => ({ ...point, generator: point.generator ?? "not stated" }));
  const x = { field: "x", type: "quantitative", title: "quality", scale: { zero: false } };
  const y = { field: "y", type: "quantitative", title: other, scale: { zero: false } };
  const colour = generators.length > 1 && generators.length <= 8;
  return {
    id,
    title,
    summary: `${count} images have both; ${shown}. The line joins means of ${binned.length} groups of equal size, from ${decimal(binned[0]?.meanY ?? Number.NaN)} for the lowest scores to ${decimal(binned.at(-1)?.meanY ?? Number.NaN)} for the highest.`,
    spec: {
      height: 320,
      layer: [
        {
          data: { values },
          mark: {
            type: "point",
            filled: true,
            ...(values.length > 300 ? { size: 22, opacity: 0.55 } : { size: 45, opacity: 0.85 }),
            ...(colour ? {} : { color: { expr: "accent" } }),
          },
          encoding: {
            x,
            y,
            ...(colour
              ? {
                  color: {
                    field: "generator",
                    type: "nominal",
                    legend: { orient: "bottom", columns: 2, title: null, labelLimit: 130 },
                  },
                }
              : {}),
            tooltip: [
              { field: "path", title: "image" },
              { field: "generator" },
              { field: "x", title: "quality", format: ".3f" },
              { field: "y", title: other, format: ".3f" },
            ],
          },
        },
        {
          data: { values: binned },
          mark: { type: "line", point: { color: { expr: "ink" }, filled: true }, color: { expr: "ink" } },
          encoding: { x: { ...x, field: "meanX" }, y: { ...y, field: "meanY" } },
        },
      ],
    },
    table: {
      columns: ["images", "mean quality", `mean ${other}`],
      rows: binned.map((bin) => [bin.count, decimal(bin.meanX), decimal(bin.meanY)]),
    },
  };
}
