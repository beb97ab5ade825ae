/** Letters and digits drawn with strokes, so that text needs no font of the system's. */
import type { Random } from "../random.js";

/** Strokes in a box 4 wide and 6 high, y downwards: SVG path data. */
const letters: Readonly<Record<string, string>> = {
  A: "M0 6L2 0L4 6M.7 4H3.3",
  C: "M4 1Q3 0 2 0Q0 0 0 3Q0 6 2 6Q3 6 4 5",
  D: "M0 0V6H1.6Q4 6 4 3Q4 0 1.6 0Z",
  E: "M4 0H0V6H4M0 3H3",
  F: "M4 0H0V6M0 3H3",
  H: "M0 0V6M4 0V6M0 3H4",
  I: "M2 0V6",
  L: "M0 0V6H4",
  M: "M0 6V0L2 3L4 0V6",
  N: "M0 6V0L4 6V0",
  O: "M2 0Q4 0 4 3Q4 6 2 6Q0 6 0 3Q0 0 2 0",
  P: "M0 6V0H2.4Q4 0 4 1.6Q4 3.2 2.4 3.2H0",
  R: "M0 6V0H2.4Q4 0 4 1.5Q4 3 2.4 3H0M2 3L4 6",
  S: "M4 .8Q3 0 2 0Q0 0 0 1.5Q0 2.8 2 3Q4 3.2 4 4.5Q4 6 2 6Q1 6 0 5.2",
  T: "M0 0H4M2 0V6",
  U: "M0 0V4Q0 6 2 6Q4 6 4 4V0",
  V: "M0 0L2 6L4 0",
  X: "M0 0L4 6M4 0L0 6",
};

/** Bars of a seven-segment digit: top, top right, bottom right, bottom, bottom left, top left, middle. */
const bars = ["M.5 0H3.5", "M4 .4V2.6", "M4 3.4V5.6", "M.5 6H3.5", "M0 3.4V5.6", "M0 .4V2.6", "M.5 3H3.5"];
const lit = ["012345", "12", "01346", "01236", "1256", "02356", "023456", "012", "0123456", "012356"];

/** One line of text. */
export interface Line {
  /** SVG path data, to be stroked; from (0, 0) to (width, 6). */
  readonly path: string;
  /** In units of which a letter is 4 wide and 6 high. */
  readonly width: number;
}

/** A made-up word of capital letters. */
export function word(length: number, random: Random): Line {
  const names = Object.keys(letters);
  const parts = Array.from({ length }, () => letters[random.pick(names)] as string);
  return lineOf(parts);
}

/** Digits as on a camera's date stamp; a space or another character is left blank. */
export function digits(text: string): Line {
  const parts = [...text].map((character) =>
    character === "'"
      ? "M2 0V1.4"
      : character === ":"
        ? "M2 1.6V2M2 4V4.4"
        : [...(lit[Number.parseInt(character, 10)] ?? "")].map((bar) => bars[Number(bar)]).join(""),
  );
  return lineOf(parts);
}

/** Letters side by side: every absolute x of their paths moved along. */
function lineOf(parts: readonly string[]): Line {
  return { path: parts.map((part, i) => moved(part, 5.6 * i)).join(""), width: 5.6 * parts.length - 1.6 };
}

/** Path data of absolute M, L, H, V, Q and Z commands, moved to the right. */
function moved(path: string, by: number): string {
  return path.replaceAll(/([MLHVQZ])([^MLHVQZ]*)/g, (_, command: string, numbers: string) => {
    const values = numbers.trim() === "" ? [] : numbers.trim().split(/\s+/).map(Number);
    const shifted = values.map((value, i) =>
      command === "V" || (command !== "H" && i % 2 === 1) ? value : Number((value + by).toFixed(2)),
    );
    return command + shifted.join(" ");
  });
}
