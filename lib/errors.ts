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
