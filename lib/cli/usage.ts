/** Exit codes, and what is wrong with a command line. */
import type { EliqErrorCode } from "../errors.js";

/** Exit codes of `eliq`; documented in docs/cli.md. */
export const exitCode = {
  ok: 0,
  /** Some images could not be done; the others were. */
  someFailed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** Nothing could be done: no model, no addon, no device, no disk. */
  cannotRun: 3,
  /** `eliq drift`: the batch has moved away from the reference. */
  drift: 4,
  /** Ctrl-C: what was done until then has been printed. */
  interrupted: 130,
} as const;

/** A mistake in the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** True for what `parseArgs` throws at a command line that it does not understand. */
export function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
}

/** The exit code of a command that ended with an error of this code. */
export function exitCodeOf(code: EliqErrorCode): number {
  if (code === "ERR_ABORTED") return exitCode.interrupted;
  if (code === "ERR_INVALID_ARGUMENT") return exitCode.usage;
  return code.startsWith("ERR_IMAGE") || code.startsWith("ERR_URL") ? exitCode.someFailed : exitCode.cannotRun;
}
