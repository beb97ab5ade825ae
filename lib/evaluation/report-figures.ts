/** How figures are written in tables. */
import type { ReportInterval } from "./report-schema.js";

/** Three decimals without the leading zero, as the field writes correlations: ".556", "-.031"; "-" where there is none. */
export function decimal(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "-";
  const text = value.toFixed(3).replace(/^(-?)0\./, "$1.");
  return text === "-.000" ? ".000" : text;
}

/** ".556 [.520, .592]" */
export function withInterval({ value, low, high }: ReportInterval): string {
  return value === null ? "-" : `${decimal(value)} [${decimal(low)}, ${decimal(high)}]`;
}
