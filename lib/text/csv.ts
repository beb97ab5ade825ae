/** Text of a CSV table. */

/** A cell as RFC 4180 has it: quoted where a comma, a quote or a line break would end it; empty for null. */
export function csvCell(value: string | number | boolean | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
