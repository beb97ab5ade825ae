/** What a chart of the page is made of. */

/** Numbers for who does not see a chart. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A chart. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What it shows, in a sentence or two; it stands below the chart and is its text alternative. */
  readonly summary: string;
  /** Vega-Lite, without size and colours: the page sets these. */
  readonly spec: object;
  readonly table: DataTable;
  /** One of many that stand side by side. */
  readonly small?: boolean;
}

/** Ranges of the histograms. */
export const bins = 40;
/** Groups of equal size that means are taken over. */
export const groups = 10;

/** "0.734" */
export function decimal(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : "-";
}
