/** Waiting that an AbortSignal can end. */
import { abortedError } from "../errors.js";

const handlers = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `handler` when the signal is aborted. Any number of handlers share one listener: a signal that is given to a thousand
 * calls would otherwise make Node warn of a leak.
 *
 * @returns takes the handler away again.
 */
export function onAbort(signal: AbortSignal, handler: () => void): () => void {
  let all = handlers.get(signal);
  if (!all) {
    const registered = new Set<() => void>();
    all = registered;
    handlers.set(signal, registered);
    const callAll = () => {
      for (const call of registered) call();
    };
    signal.addEventListener("abort", callAll, { once: true });
  }
  const set = all;
  set.add(handler);
  return () => set.delete(handler);
}

/**
 * `promise`, or ERR_ABORTED as soon as the signal is aborted. What `promise` stands for goes on unless `cancel` stops it; how
 * it ends is ignored then.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined, cancel?: () => void): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel?.();
      reject(abortedError(signal));
    };
    if (signal.aborted) abort();
    const forget = onAbort(signal, abort);
    promise.then(resolve, reject).finally(forget);
  });
}
