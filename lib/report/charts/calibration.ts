/** Charts of what a score means: from raw quality to the score, and from the score to what people said. */
import { quantile } from "../../evaluation/statistics/quantile.js";
import type { CalibrationColumns, Collected, Pairs } from "../collect.js";
import { ascending, boundsOf, equalCountBins, histogram } from "../numbers.js";
import { bins, type Chart, decimal, groups } from "./chart.js";

/** From raw quality to the score for each calibration, and what the score means in opinions where there are some. */
export function calibrationCharts(results: Collected): Chart[] {
  const curves = results.calibrations.map((calibration, i) => curveChart(calibration, i));
  return results.opinions.x.length >= 2 * groups ? [...curves, opinionChart(results.opinions)] : curves;
}

/** Places of the curve that are drawn: quantiles of the raw scores. */
const curvePoints = 100;

function curveChart({ id, range, raw, quality, percentile }: CalibrationColumns, index: number): Chart {
  const order = Uint32Array.from(raw, (_, i) => i).sort((a, b) => (raw[a] as number) - (raw[b] as number));
  const places = Array.from({ length: curvePoints + 1 }, (_, i) => Math.round((i / curvePoints) * (order.length - 1)));
  const curve = [...new Set(places)].map((place) => {
    const item = order[place] as number;
    return { raw: raw[item] as number, score: quality[item] as number, percentile: percentile[item] as number };
  });
  const withPercentiles = curve.filter(({ percentile }) => Number.isFinite(percentile));
  const { low, high } = boundsOf(raw);
  const counted = histogram(raw, low, high, bins);
  const sorted = ascending(quality);
  const x = { field: "raw", type: "quantitative", title: "raw quality", scale: { domain: [low, high], nice: false } };
  const line = (field: string, values: object[], dash: number[]) => ({
    data: { values },
    mark: { type: "line", color: { expr: "ink" }, strokeDash: dash, strokeWidth: 2 },
    encoding: {
      x,
      y: {
        field,
        type: "quantitative",
        title: "score",
        axis: { orient: "right" },
        scale: { domain: [range.low, range.high] },
      },
    },
  });
  // Drawn from end to end of the score's scale, so that one axis serves both lines.
  const share = withPercentiles.map(({ raw, percentile }) => ({
    raw,
    percentile: range.low + (percentile / 100) * (range.high - range.low),
  }));
  const population =
    share.length > 1
      ? " Dashed: the share of the calibration's reference population that scores lower, from none at the bottom to all at the top."
      : " The file has no percentiles, so the reference population itself cannot be drawn.";
  return {
    id: `calibration-${index}`,
    title: `From raw quality to the score: ${id}`,
    summary: `Line: the score (right axis) that calibration ${id} gives each raw quality. Bars: the ${raw.length} images of this file (left axis); their scores lie between ${decimal(quantile(sorted, 0))} and ${decimal(quantile(sorted, 1))}.${population}`,
    spec: {
      layer: [
        {
          data: { values: counted },
          mark: { type: "bar", binSpacing: 0.5, color: { expr: "accent" }, opacity: 0.6 },
          encoding: {
            x: { ...x, field: "low", bin: { binned: true } },
            x2: { field: "high" },
            y: { field: "count", type: "quantitative", title: "images", axis: { tickMinStep: 1, grid: false } },
          },
        },
        {
          layer: [
            line(
              "score",
              curve.map(({ raw, score }) => ({ raw, score })),
              [],
            ),
            ...(share.length > 1 ? [line("percentile", share, [4, 4])] : []),
          ],
        },
      ],
      resolve: { scale: { y: "independent" } },
    },
    table: {
      columns: ["raw quality", "score", "lower in the population, %"],
      rows: curve
        .filter((_, i) => i % 5 === 0 || i === curve.length - 1)
        .map((point) => [
          decimal(point.raw),
          decimal(point.score),
          Number.isFinite(point.percentile) ? point.percentile.toFixed(1) : "-",
        ]),
    },
  };
}

function opinionChart({ x, y }: Pairs): Chart {
  const binned = equalCountBins(x, y, groups).map((bin) => ({
    ...bin,
    low: bin.meanY - 1.96 * bin.standardError,
    high: bin.meanY + 1.96 * bin.standardError,
  }));
  const score = { field: "meanX", type: "quantitative", title: "score", scale: { zero: false } };
  const opinion = (field: string) => ({ field, type: "quantitative", title: "mean opinion", scale: { zero: false } });
  const inversions = binned.filter(({ meanY }, i) => i > 0 && meanY < (binned[i - 1]?.meanY ?? meanY)).length;
  const order =
    inversions === 0
      ? "The mean opinion never falls from one group to the next."
      : `The mean opinion falls ${inversions === 1 ? "once" : `${inversions} times`} from one group to the next.`;
  return {
    id: "opinions-by-score",
    title: "What people said at a score",
    summary: `Mean opinion of the images in ${binned.length} groups of equal size by score, with 95 % intervals of the mean (normal approximation, images taken as independent). ${order}`,
    spec: {
      data: { values: binned },
      layer: [
        {
          mark: { type: "rule", color: { expr: "ink" } },
          encoding: { x: score, y: opinion("low"), y2: { field: "high" } },
        },
        { mark: { type: "line", color: { expr: "accent" } }, encoding: { x: score, y: opinion("meanY") } },
        {
          mark: { type: "point", filled: true, size: 60, color: { expr: "accent" }, opacity: 1 },
          encoding: {
            x: score,
            y: opinion("meanY"),
            tooltip: [
              { field: "count", title: "images" },
              { field: "meanX", title: "score", format: ".3f" },
              { field: "meanY", title: "mean opinion", format: ".3f" },
            ],
          },
        },
      ],
    },
    table: {
      columns: ["images", "mean score", "mean opinion", "95 % from", "to"],
      rows: binned.map((bin) => [bin.count, ...[bin.meanX, bin.meanY, bin.low, bin.high].map(decimal)]),
    },
  };
}
