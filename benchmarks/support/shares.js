// @ts-check
import { Worker } from "node:worker_threads";

/**
 * Runs a worker several times side by side, each with its share of the work: `workerData` has `share` and `of` besides `data`.
 *
 * @param {URL} worker @param {number} threads @param {object} data @param {(message: any) => void} take what the workers post
 */
export async function runShares(worker, threads, data, take) {
  await Promise.all(
    Array.from({ length: threads }, (_, share) => runWorker(worker, { ...data, share, of: threads }, take)),
  );
}

/** @param {URL} file @param {object} workerData @param {(message: any) => void} take @returns {Promise<void>} */
function runWorker(file, workerData, take) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData });
    worker.on("message", take);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}
