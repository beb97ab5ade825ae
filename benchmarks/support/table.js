// @ts-check

/**
 * The same tables are printed, written as JSON and taken over by the model card.
 *
 * @typedef {import("../../dist/training/card.js").FigureTable} FigureTable
 */

/** A table as aligned text. @param {FigureTable} table */
export function formatTable({ title, protocol, columns, rows }) {
  const lines = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? "").length)));
  const text = lines.map((line) =>
    line
      .map((cell, i) => pad(cell, widths[i] ?? 0, i))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [title, ...(protocol ? [protocol] : []), "", text[0], rule, ...text.slice(1), ""].join("\n");
}

/** Names to the left, figures to the right. @param {string} cell @param {number} width @param {number} column */
function pad(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** Three decimals without the leading zero, as the field writes correlations: ".556", "-.031". @param {number} value */
export function decimal(value) {
  return Number.isFinite(value) ? value.toFixed(3).replace(/^(-?)0\./, "$1.") : "-";
}

/** ".556 [.520, .592]" @param {import("../../dist/evaluation/statistics.js").Interval} interval */
export function withInterval({ value, low, high }) {
  return `${decimal(value)} [${decimal(low)}, ${decimal(high)}]`;
}
