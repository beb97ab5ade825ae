// @ts-check
import { join } from "node:path";
import { startLineProcess } from "../../dist/evaluation/peers/line-process.js";
import { root } from "./paths.js";

/** Greatest difference of raw quality, as a share of the population's standard deviation, at which a ratio of speeds is printed. */
export const AGREEMENT = 1e-3;

/**
 * The same network under other runtimes, in a Python process.
 *
 * @typedef {{ engine: "torch" | "onnxruntime", version: string, process: ReturnType<typeof startLineProcess> }} Peer
 *
 * @param {string} python @param {number} threads
 * @param {{ key: string, model: string, side: number }[]} cases
 * @param {(sentence: string) => void} explain told why a peer is left out
 * @returns {Promise<Peer[]>}
 */
export async function startPeers(python, threads, cases, explain) {
  const peers = [];
  for (const engine of /** @type {const} */ (["torch", "onnxruntime"])) {
    const child = startLineProcess(python, ["-u", join(root, "benchmarks/peers/compact.py")], {
      OMP_NUM_THREADS: String(threads),
    });
    try {
      let version = "";
      for (const { key, model, side } of cases) {
        const request = { op: "load", id: key, engine, model, width: side, height: side, threads };
        version = String((await child.ask(request)).version);
      }
      peers.push({ engine, version, process: child });
    } catch (error) {
      child.close();
      explain(`${engine} is left out: ${error instanceof Error ? error.message : error}.`);
    }
  }
  return peers;
}

/**
 * Greatest difference of two lists of raw quality, in standard deviations of the population that the model was calibrated on.
 *
 * @param {number[]} a @param {number[]} b @param {number} deviation
 */
export function disagreement(a, b, deviation) {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - /** @type {number} */ (b[i])) / deviation), 0);
}
