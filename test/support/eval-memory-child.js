// @ts-check
// Runs a critic over many images and prints, as JSON, the memory in use after each thousand of them, in bytes.
import { join } from "node:path";
import { runEvaluation } from "../../dist/evaluation/run.js";
import { knownCritic, writeOpinions } from "./opinions.js";

const [folder = "", count = "0"] = process.argv.slice(2);
await writeOpinions(folder, 5);
const items = Array.from({ length: Number(count) }, (_, i) => ({
  name: `${i}`,
  path: join(folder, "images", `0000${i % 5}.png`),
  prompt: `picture ${i % 50}`,
  group: `picture ${i % 50}`,
  opinions: { quality: i % 7, alignment: i % 3 },
}));
/** @type {number[]} */
const used = [];
await runEvaluation(
  {
    dataset: "many",
    items,
    folder,
    critic: { name: "eliq", critic: knownCritic((path) => path.length, { dimension: 2048 }) },
    others: [],
    peers: undefined,
    baselines: false,
    embeddings: true,
    seed: 1,
    maxPixels: 1e6,
    results: join(folder, "results.jsonl"),
  },
  {
    onLine(done) {
      if (done === 0 || done % 1000 !== 0) return;
      /** @type {() => void} */ (globalThis.gc)();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      used.push(heapUsed + arrayBuffers);
    },
  },
);
console.log(JSON.stringify(used));
