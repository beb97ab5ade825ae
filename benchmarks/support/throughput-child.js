// @ts-check
// Measures eliq in a process of its own, because the number of threads belongs to the process. Requests, one JSON a line:
//   { op: "load", id, model?, threads }
//   { op: "score", id, files, width, height }                        raw RGB -> { quality: [...] }
//   { op: "time", id, what: "decode" | "model" | "pipeline", files, width, height, parallel, seconds } -> { images, seconds }
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Eliq } from "eliq";
import sharp from "sharp";
import { decodeRgb } from "./pixels.js";

/** @type {Map<string, Eliq>} */
const loaded = new Map();

/** @param {any} request */
async function serve(request) {
  if (request.op === "load") {
    // One decoding thread for each image that is decoded; how many are decoded at once is the measurement's choice.
    sharp.concurrency(1);
    const eliq = await Eliq.load({ model: request.model, device: "cpu", threads: request.threads });
    loaded.set(request.id, eliq);
    return { model: eliq.model, threads: eliq.threads };
  }
  const eliq = loaded.get(request.id);
  if (!eliq) throw new Error(`no model ${request.id}`);
  const contents = await Promise.all(request.files.map((/** @type {string} */ file) => readFile(file)));
  const { width, height } = request;
  if (request.op === "score") {
    const scores = [];
    for (const data of contents) scores.push((await eliq.score({ data, width, height, channels: 3 })).raw.quality);
    return { quality: scores };
  }
  const work = {
    decode: (/** @type {Buffer} */ bytes) => decodeRgb(bytes),
    model: (/** @type {Buffer} */ data) => eliq.score({ data, width, height, channels: 3 }),
    pipeline: (/** @type {Buffer} */ bytes) => eliq.score(bytes),
  }[/** @type {"decode" | "model" | "pipeline"} */ (request.what)];
  return time(work, contents, request.parallel, request.seconds * 1000);
}

/**
 * Keeps `parallel` calls under way until the time is over, and counts those that were finished.
 *
 * @param {(item: Buffer) => Promise<unknown>} work @param {Buffer[]} items @param {number} parallel @param {number} milliseconds
 */
async function time(work, items, parallel, milliseconds) {
  await work(/** @type {Buffer} */ (items[0]));
  let started = 0;
  const begin = performance.now();
  const lane = async () => {
    while (performance.now() - begin < milliseconds)
      await work(/** @type {Buffer} */ (items[started++ % items.length]));
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return { images: started, seconds: (performance.now() - begin) / 1000 };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await serve(JSON.parse(line)).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
for (const eliq of loaded.values()) await eliq.dispose();
