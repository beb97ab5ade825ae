/** What set-up prints: lines that stay, and on a terminal one line of progress that is redrawn. */

export interface Report {
  /** One line that stays. */
  line(text: string): void;
  /**
   * How far one long step is. A terminal redraws it at every call; elsewhere a line is printed now and then.
   *
   * @param label what is going on.
   * @param done how much of it is done, in [0, 1]; undefined when that cannot be known.
   * @param detail e.g. sizes.
   */
  progress(label: string, done: number | undefined, detail?: string): void;
}

/** Seconds between two lines of progress where there is no terminal. */
const quietInterval = 15;

/** A report on `stream`, by default standard output. */
export function createReport(stream: NodeJS.WriteStream = process.stdout): Report {
  const terminal = stream.isTTY === true;
  let drawn = false;
  let last = 0;
  return {
    line(text) {
      if (drawn) stream.write("\r\x1b[K");
      drawn = false;
      stream.write(`${text}\n`);
      last = Date.now();
    },
    progress(label, done, detail) {
      if (!terminal && Date.now() - last < quietInterval * 1000) return;
      last = Date.now();
      const share = done === undefined ? "" : ` ${Math.floor(Math.min(done, 1) * 100)} %`;
      const text = `${label}${share}${detail ? ` (${detail})` : ""}`;
      if (!terminal) {
        stream.write(`${text}\n`);
        return;
      }
      stream.write(`\r\x1b[K${fit(bar(done) + text, stream.columns || 80)}`);
      drawn = true;
    },
  };
}

const barWidth = 24;

function bar(done: number | undefined): string {
  if (done === undefined) return "";
  const full = Math.round(Math.min(done, 1) * barWidth);
  return `[${"=".repeat(full)}${" ".repeat(barWidth - full)}] `;
}

function fit(text: string, columns: number): string {
  return text.length < columns ? text : text.slice(0, columns - 1);
}

/** A size in the largest decimal unit that keeps it above one, e.g. "438 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** A time for people, e.g. "41 s" or "3 min 20 s". */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
