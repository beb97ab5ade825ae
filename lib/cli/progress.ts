/** The progress bar of long commands: drawn on standard error, and only when that is a terminal. */
import { formatSeconds } from "../native/report.js";

export interface ProgressOptions {
  /** What is being done, e.g. "Scoring". */
  label: string;
  /** How many steps there are; undefined while that is not known: then no bar and no ETA are shown. */
  total?: number | undefined;
  /** Where to draw; standard error unless told. */
  stream?: NodeJS.WriteStream;
}

export interface Progress {
  /** `done` steps are finished; `note` is shown at the end of the line, e.g. a loss. */
  update(done: number, note?: string): void;
  /** A total that became known, or grew. */
  setTotal(total: number): void;
  /** Takes the line away so that something else can be printed; the next update draws it again. */
  clear(): void;
  /** Ends the line: draws it a last time when `keep` is set, otherwise takes it away. */
  finish(options?: { keep?: boolean }): void;
}

const barWidth = 24;
const redrawInterval = 100;

/** A progress line; every call does nothing when the stream is no terminal. */
export function createProgress({ label, total, stream = process.stderr }: ProgressOptions): Progress {
  if (stream.isTTY !== true) {
    return { update() {}, setTotal() {}, clear() {}, finish() {} };
  }
  const started = Date.now();
  let drawnAt = 0;
  let drawn = false;
  let done = 0;
  let note = "";
  const draw = () => {
    const text = progressLine({ label, total, done, note, seconds: (Date.now() - started) / 1000 });
    stream.write(`\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}`);
    drawn = true;
    drawnAt = Date.now();
  };
  const clear = () => {
    if (drawn) stream.write("\r\x1b[K");
    drawn = false;
  };
  return {
    update(steps, text = "") {
      done = steps;
      note = text;
      if (Date.now() - drawnAt >= redrawInterval || done === total) draw();
    },
    setTotal(steps) {
      total = steps;
    },
    clear,
    finish({ keep = false } = {}) {
      if (!keep) return clear();
      draw();
      stream.write("\n");
      drawn = false;
    },
  };
}

/** The text of one line: "Scoring [====    ] 12/60  3.1/s  ETA 15 s  note". */
export function progressLine(state: {
  label: string;
  total?: number | undefined;
  done: number;
  note?: string;
  seconds: number;
}): string {
  const { label, total, done, note, seconds } = state;
  const rate = seconds > 0 ? done / seconds : 0;
  const parts = [label];
  if (total) {
    const full = Math.round(Math.min(done / total, 1) * barWidth);
    parts[0] += ` [${"=".repeat(full)}${" ".repeat(barWidth - full)}]`;
    parts.push(`${done}/${total}`);
  } else {
    parts.push(`${done}`);
  }
  if (done > 0) parts.push(`${rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)}/s`);
  if (total && done > 0 && done < total) parts.push(`ETA ${formatSeconds((total - done) / rate)}`);
  if (note) parts.push(note);
  return parts.join("  ");
}
