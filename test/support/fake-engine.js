// @ts-check
// An engine without the addon, for tests of what is around it: scores are simple functions of the pixels.
import { assemble } from "../../dist/eliq.js";
import { EliqError } from "../../dist/errors.js";
import { defaultMaxPixels } from "../../dist/images/limits.js";

/** @typedef {import("../../dist/native/addon.js").NativeRequest} NativeRequest */

const fakeScale = { kind: /** @type {const} */ ("anchored"), raw: [0, 1], score: [0.25, 0.75] };
const fakeTable = Array.from({ length: 201 }, (_, i) => i / 200);

/** A model whose scores from .25 to .75 are those of raw scores from 0 to 1, and its percentiles a hundred times those. */
export const fakeModel = {
  directory: "/nowhere",
  id: "fake@0123456789ab",
  name: "fake",
  revision: "0123456789ab",
  alignment: { trained: false, reason: "The fake model reads no prompts." },
  calibration: {
    id: "fake-2026-01-01",
    model: "fake@0123456789ab",
    created: "2026-01-01",
    population: { description: "none", positives: 0, negatives: 0, kinds: {} },
    scales: { quality: fakeScale, technical: fakeScale, aesthetic: fakeScale },
    percentiles: { quality: fakeTable, technical: fakeTable, aesthetic: fakeTable },
  },
};

/** Mean of the pixels over 255, the fake's raw quality. @param {Uint8Array} data */
export const meanOf = (data) => data.reduce((sum, value) => sum + value, 0) / data.length / 255;

/** @param {NativeRequest} request */
function answer({ data, embedding, explain }) {
  const quality = meanOf(data);
  return {
    quality,
    technical: 2 * quality,
    aesthetic: -quality,
    alignment: 0.25,
    ...(embedding ? { embedding: Float32Array.of(0.6, 0.8) } : {}),
    ...(explain
      ? {
          explanation: {
            gridWidth: 2,
            gridHeight: 1,
            inputWidth: 128,
            inputHeight: 64,
            levels: [
              { name: "stage.1", stride: 4 },
              { name: "stage.2", stride: 8 },
            ],
            gates: Float32Array.of(0.25, 0.5, 0.75, 0.5),
            attention: Float32Array.of(0.25, 0.75, 0.75, 0.25),
            quality: Float32Array.of(-1, 2),
          },
        }
      : {}),
  };
}

/**
 * An engine that answers each request after `delay` ms, in order; `log` sees what happens.
 * @param {{ delay?: number, hold?: boolean }} [options] `hold`: requests are answered by `release()` only
 */
export function fakeEngine({ delay = 0, hold = false } = {}) {
  /** @type {(() => void)[]} */
  const held = [];
  const state = { requests: 0, waiting: 0, mostWaiting: 0, cancelled: 0, disposed: false, release: () => {} };
  let queue = Promise.resolve();
  state.release = () => {
    for (const answerIt of held.splice(0)) answerIt();
  };
  const engine = {
    device: "cpu",
    threads: 1,
    embeddingLength: 2,
    queries: 2,
    /** @param {NativeRequest} request */
    score(request) {
      if (request.data.length !== request.width * request.height * 3) {
        throw new EliqError("ERR_INVALID_ARGUMENT", "wrong length");
      }
      const copy = { ...request, data: request.data.slice() };
      state.requests++;
      state.mostWaiting = Math.max(state.mostWaiting, ++state.waiting);
      const wait = hold
        ? new Promise((resolve) => held.push(() => resolve(undefined)))
        : queue.then(() => (delay > 0 ? new Promise((resolve) => setTimeout(resolve, delay)) : undefined));
      if (!hold) queue = /** @type {Promise<void>} */ (wait);
      let cancelled = false;
      const promise = wait.then(() => {
        state.waiting--;
        if (cancelled) throw new EliqError("ERR_ABORTED", "The request was aborted.");
        return answer(copy);
      });
      const cancel = () => {
        cancelled = true;
        state.cancelled++;
      };
      return { promise, cancel };
    },
    async dispose() {
      state.disposed = true;
    },
  };
  return { engine, state };
}

/**
 * @param {Parameters<typeof fakeEngine>[0] & { maxPixels?: number, allowUrls?: import("../../dist/index.js").AllowUrls,
 *   model?: import("../../dist/models/directory.js").Model }} [options]
 */
export function fakeEliq({ maxPixels = defaultMaxPixels, allowUrls = false, model = fakeModel, ...rest } = {}) {
  const { engine, state } = fakeEngine(rest);
  return { eliq: assemble({ engine, model, maxPixels, allowUrls }), state };
}
