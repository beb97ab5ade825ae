/** Long computations that leave the event loop free. */
import { setImmediate } from "node:timers/promises";
import { throwIfAborted } from "../errors.js";

/** Milliseconds that a computation may hold the event loop. */
const HELD = 20;

/** Asked often inside a computation; lets the event loop run now and then. */
export class Pauses {
  private last = performance.now();

  /** @param signal looked at whenever the event loop has run. */
  constructor(private readonly signal: AbortSignal | undefined) {}

  /** Whether it is time; cheap, so that `if (pauses.due()) await pauses.take()` may stand in an inner loop. */
  due(): boolean {
    return performance.now() - this.last > HELD;
  }

  /** @throws EliqError ERR_ABORTED. */
  async take(): Promise<void> {
    await setImmediate();
    throwIfAborted(this.signal);
    this.last = performance.now();
  }
}
