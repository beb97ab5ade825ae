/** Progress of work that has several phases: a bar per phase on a terminal, a line every ten seconds elsewhere. */
import { createProgress, type Progress, progressLine } from "./progress.js";

/** Where the work is. A phase first reports what an earlier run had done of it. */
export interface PhaseProgress<P extends string> {
  readonly phase: P;
  readonly done: number;
  /** Undefined while it is not known. */
  readonly total?: number | undefined;
  /** Shown at the end of the line. */
  readonly note?: string | undefined;
}

export interface PhaseReporter<P extends string> {
  report(progress: PhaseProgress<P>): void;
  /** Ends the line of the last phase; more than one call does no harm. */
  finish(): void;
}

/** Seconds between two lines of progress where standard error is no terminal. */
const quietInterval = 10;

/** @param labels what each phase is called. */
export function createPhaseReporter<P extends string>(labels: Readonly<Record<P, string>>): PhaseReporter<P> {
  let phase: P | undefined;
  let before = 0;
  let started = 0;
  let printed = 0;
  let bar: Progress | undefined;
  return {
    report(progress) {
      const rest = progress.total === undefined ? undefined : progress.total - before;
      if (progress.phase !== phase) {
        bar?.finish({ keep: true });
        phase = progress.phase;
        before = progress.done;
        started = printed = Date.now();
        const total = progress.total === undefined ? undefined : progress.total - before;
        bar = createProgress({ label: labels[phase], total });
      }
      bar?.update(progress.done - before, progress.note);
      if (process.stderr.isTTY || Date.now() - printed < quietInterval * 1000) return;
      printed = Date.now();
      const seconds = (printed - started) / 1000;
      const line = { label: labels[progress.phase], done: progress.done - before, total: rest, seconds };
      process.stderr.write(`${progressLine(progress.note === undefined ? line : { ...line, note: progress.note })}\n`);
    },
    finish() {
      bar?.finish({ keep: true });
      bar = undefined;
    },
  };
}
