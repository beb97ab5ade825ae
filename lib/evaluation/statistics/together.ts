/** Many statistics on the same resamples, without holding the event loop. */
import type { Pauses } from "../pause.js";
import { type BootstrapOptions, type Interval, percentileInterval, resamples } from "./bootstrap.js";
import { at } from "./resample.js";

/** Statistics that are computed together, for instance because they share a fit. */
export interface StatisticGroup {
  /** On the data themselves. */
  readonly values: readonly number[];
  /** The same statistics on a resample; NaN where one is undefined. */
  on(counts: Uint32Array): readonly number[];
}

/** What the statistics of some groups were, on the data and on every resample; numbered across the groups in order. */
export class Resampled {
  /** @param drawn one list for each statistic, one entry for each resample. */
  constructor(
    private readonly values: readonly number[],
    private readonly drawn: readonly Float64Array[],
    private readonly level: number | undefined,
  ) {}

  /** Percentile interval of one statistic. */
  interval(i: number): Interval {
    return percentileInterval(at(this.values, i), this.drawn[i] as Float64Array, this.level);
  }

  /** Percentile interval of statistic i minus statistic j, both on the same resamples. */
  difference(i: number, j: number): Interval {
    const second = this.drawn[j] as Float64Array;
    const differences = (this.drawn[i] as Float64Array).map((value, k) => value - at(second, k));
    return percentileInterval(at(this.values, i) - at(this.values, j), differences, this.level);
  }
}

/**
 * Evaluates all groups on the same resamples.
 *
 * @param count number of items. @param onResample called after each.
 * @throws EliqError ERR_INVALID_ARGUMENT, ERR_ABORTED.
 */
export async function bootstrapTogether(
  groups: readonly StatisticGroup[],
  count: number,
  options: BootstrapOptions,
  pauses: Pauses,
  onResample: () => void,
): Promise<Resampled> {
  const values = groups.flatMap((group) => group.values);
  const drawn: number[][] = values.map(() => []);
  for (const counts of resamples(count, options)) {
    let place = 0;
    for (const group of groups) {
      for (const value of group.on(counts)) drawn[place++]?.push(value);
      if (pauses.due()) await pauses.take();
    }
    onResample();
  }
  return new Resampled(
    values,
    drawn.map((list) => Float64Array.from(list)),
    options.level,
  );
}
