// @ts-check
// Scores 2,000 images of 20 shapes, singly or in batches, and prints resident memory in bytes after every 100 as JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { Eliq } from "../../dist/index.js";
import { noise } from "./images.js";

const [mode = "", directory = ""] = process.argv.slice(2);
const total = 2000;
const step = 100;
const shapes = await Promise.all(
  Array.from({ length: 20 }, (_, i) =>
    noise(64 + 23 * i, 520 - 21 * i)
      [i % 2 ? "png" : "jpeg"]()
      .toBuffer(),
  ),
);
const eliq = await Eliq.load({ model: directory });
const pick = (/** @type {number} */ i) => shapes[i % shapes.length] ?? Buffer.alloc(0);

/** @type {number[]} */
const resident = [];
for (let done = 0; done < total; done += step) {
  const images = Array.from({ length: step }, (_, i) => pick(done + i));
  if (mode === "batch") {
    const results = await eliq.scoreBatch(images);
    if (results.some(({ ok }) => !ok)) throw new Error("an image was not scored");
  } else {
    for (const image of images) await eliq.score(image);
  }
  globalThis.gc?.();
  await sleep(0);
  resident.push(process.memoryUsage().rss);
}
await eliq.dispose();
console.log(JSON.stringify(resident));
