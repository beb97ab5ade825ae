/** Stable codes of {@link EliqError}; a code never changes its meaning. */
export type EliqErrorCode =
  | "ERR_INVALID_ARGUMENT"
  | "ERR_IMAGE_NOT_FOUND"
  | "ERR_IMAGE_DECODE"
  | "ERR_IMAGE_TOO_LARGE"
  | "ERR_URL_REFUSED"
  | "ERR_URL_FETCH"
  | "ERR_MODEL_NOT_FOUND"
  | "ERR_MODEL_CORRUPT"
  | "ERR_MODEL_UNSUPPORTED"
  | "ERR_DEVICE_UNAVAILABLE"
  | "ERR_OUT_OF_MEMORY"
  | "ERR_ABORTED"
  | "ERR_DISPOSED"
  | "ERR_ADDON_MISSING"
  | "ERR_ADDON_MISMATCH"
  | "ERR_SETUP"
  | "ERR_OFFLINE"
  | "ERR_MANIFEST"
  | "ERR_RESULTS"
  | "ERR_DATASET"
  | "ERR_CALIBRATION"
  | "ERR_CALIBRATION_MISMATCH"
  | "ERR_SPLIT_LEAK"
  | "ERR_IO"
  | "ERR_INTERNAL";

/** The one error class of eliq: `code` is stable, `message` says what is wrong and what to do. */
export class EliqError extends Error {
  readonly code: EliqErrorCode;

  /**
   * @param code stable code.
   * @param message a sentence that says what is wrong and what to do.
   * @param options `cause`: the error underneath, if any.
   */
  constructor(code: EliqErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "EliqError";
    this.code = code;
  }
}

/** ERR_ABORTED whose `cause` is the signal's reason. */
export function abortedError(signal: AbortSignal): EliqError {
  return new EliqError("ERR_ABORTED", "The operation was aborted by its signal.", { cause: signal.reason });
}

/** @throws EliqError ERR_ABORTED when the signal was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}

/** `error` itself when it is an EliqError, otherwise ERR_INTERNAL with `error` as its cause. */
export function toEliqError(error: unknown): EliqError {
  if (error instanceof EliqError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new EliqError("ERR_INTERNAL", `Something unexpected went wrong inside eliq: ${text}`, { cause: error });
}

/** The frames of a call, kept until they are needed (V8 formats a stack only when it is read). */
export interface CallSite {
  readonly stack?: string;
}

/** Where `entry`, a public function that is running, was called from. */
export function captureCallSite(entry: (...args: never[]) => unknown): CallSite {
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, entry);
  return site;
}

/**
 * Gives an error the stack of the user's call. An error that native code or a callback made has no frame of the user's in
 * its own stack, so that it would not say which call failed.
 */
export function restamp(error: unknown, site: CallSite): EliqError {
  const stamped = toEliqError(error);
  const frames = site.stack?.slice(site.stack.indexOf("\n") + 1) ?? "";
  stamped.stack = `${stamped.name}: ${stamped.message}${frames.includes("    at ") ? `\n${frames}` : ""}`;
  return stamped;
}
