// @ts-check
// A thread of benchmarks/pairs-shortcuts.js: makes the pairs of its share of the pictures and posts what their files differ in.
import { parentPort, workerData } from "node:worker_threads";
import sharp from "sharp";
import { pairsOfPicture } from "./shortcut-pairs.js";

sharp.concurrency(1);
sharp.cache(false);

const { paths, share, of, options } = workerData;
for (let index = share; index < paths.length; index += of) {
  const partner = paths[(index + 1) % paths.length];
  const pairs = await pairsOfPicture(paths[index], index, partner, options).catch((error) => ({
    error: error.message,
  }));
  parentPort?.postMessage(pairs);
}
