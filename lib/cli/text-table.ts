/** Tables of figures as text for a terminal. */
import type { FigureTable } from "../training/card.js";

/** A table as aligned text: names to the left, figures to the right; ends with a line break. */
export function formatTable({ title, protocol, columns, rows }: FigureTable): string {
  const lines = [columns, ...rows].map((row) => row.map((cell) => oneLine(String(cell))));
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? "").length)));
  const text = lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [title, ...(protocol ? [protocol] : []), "", text[0], rule, ...text.slice(1), ""].join("\n");
}

/** Text from a file, such as the name of a generator, as a terminal may be given it: without line breaks and control characters. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
