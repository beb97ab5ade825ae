/** Concurrent work on a stream, with results in the order of the inputs. */
import { EliqError } from "../errors.js";

/**
 * Applies `work` to each item, at most `window` of them begun and not yet yielded, and yields the results in order. Items are
 * drawn only as places become free, so that an endless source needs no memory, and a slow source does not hold back results
 * that are there. Ending the iteration early closes the source.
 *
 * @param work must not reject: a result stands for each item, whatever happens.
 * @throws EliqError ERR_INVALID_ARGUMENT when `items` is not iterable; whatever the source throws.
 */
export async function* mapOrdered<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  window: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const source = iterate(items);
  const begun: Promise<Finished<R>>[] = [];
  let drawing: Promise<Drawn<T>> | undefined;
  let exhausted = false;
  let index = 0;
  try {
    for (;;) {
      if (!drawing && !exhausted && begun.length < window) drawing = draw(source);
      const [first] = begun;
      const awaited = [first, drawing].filter((promise) => promise !== undefined);
      if (awaited.length === 0) return; // a race of nothing would never end
      const event = await Promise.race(awaited);
      if (event.kind === "finished") {
        begun.shift();
        yield event.result;
      } else {
        drawing = undefined;
        exhausted = event.done;
        if (!event.done) begun.push(finish(work(event.item, index++)));
      }
    }
  } catch (error) {
    exhausted = true; // the source itself failed, and is closed by that
    throw error;
  } finally {
    drawing?.catch(() => {});
    // Not awaited: a source that is waiting for its next item answers only when that has come.
    if (!exhausted) Promise.resolve(source.return?.()).catch(() => {});
  }
}

interface Finished<R> {
  kind: "finished";
  result: R;
}
type Drawn<T> = { kind: "drawn"; done: false; item: T } | { kind: "drawn"; done: true };

function iterate<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  if (typeof items === "object" && items !== null) {
    if (Symbol.asyncIterator in items) return items[Symbol.asyncIterator]();
    if (Symbol.iterator in items && !ArrayBuffer.isView(items)) return items[Symbol.iterator]();
  }
  throw new EliqError("ERR_INVALID_ARGUMENT", "A batch is an array, or another iterable or async iterable of images.");
}

async function draw<T>(source: Iterator<T> | AsyncIterator<T>): Promise<Drawn<T>> {
  const next = await source.next();
  return next.done ? { kind: "drawn", done: true } : { kind: "drawn", done: false, item: next.value };
}

async function finish<R>(work: Promise<R>): Promise<Finished<R>> {
  return { kind: "finished", result: await work };
}
