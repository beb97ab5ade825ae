/** A counting semaphore: so many may be inside at once, the others wait in order. */
import { abortedError, throwIfAborted } from "../errors.js";
import { onAbort } from "./abort.js";

interface Waiter {
  enter(): void;
}

/** Bounds how much of something is going on at once. */
export class Gate {
  #free: number;
  readonly #waiting = new Set<Waiter>();

  /** @param places how many may be inside at once. */
  constructor(readonly places: number) {
    this.#free = places;
  }

  /**
   * Runs `work` as soon as there is a place.
   *
   * @throws EliqError ERR_ABORTED when the signal is aborted before that; afterwards the signal is the work's own business.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    throwIfAborted(signal);
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let forget = () => {};
      const waiter: Waiter = {
        enter() {
          forget();
          resolve();
        },
      };
      this.#waiting.add(waiter);
      if (!signal) return;
      forget = onAbort(signal, () => {
        this.#waiting.delete(waiter);
        forget();
        reject(abortedError(signal));
      });
    });
  }

  /** The place goes to the first in the queue, if there is one. */
  #leave(): void {
    const [first] = this.#waiting;
    if (!first) {
      this.#free++;
      return;
    }
    this.#waiting.delete(first);
    first.enter();
  }
}
