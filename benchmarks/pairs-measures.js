// @ts-check
// What each family and level of negatives does to twelve pictures, written as docs/pairs-measures.md.
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createProgress } from "../dist/cli/progress.js";
import { families } from "../dist/pairs/degradations/index.js";
import { measureDocument } from "./support/measure-document.js";
import { root } from "./support/paths.js";
import { runShares } from "./support/shares.js";

const usage = `Measures every family and level of negatives on the twelve pictures of the tests, and writes the table.

  node benchmarks/pairs-measures.js [options]

  --side N      pictures are reduced to at most N x N pixels (default: 512)
  --threads N   worker threads (default: the processors)
  --out FILE    Markdown (default: docs/pairs-measures.md)
  --json FILE   also write everything as JSON

Fails when a family breaks one of the rules.`;

async function main() {
  const { values } = parseArgs({
    options: {
      side: { type: "string", default: "512" },
      threads: { type: "string", default: String(availableParallelism()) },
      out: { type: "string", default: join(root, "docs/pairs-measures.md") },
      json: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(usage);
  const [side, threads] = [Number(values.side), Number(values.threads)];
  if (!(side >= 32) || !(threads >= 1)) throw new Error("--side needs at least 32, --threads at least 1.");
  const measured = await measure(side, threads);
  await writeFile(values.out, `${measureDocument(measured, side)}\n`);
  console.log(`Written to ${values.out}`);
  if (values.json) {
    const file = { format: "eliq-pairs-measures", formatVersion: 1, side, families: measured };
    await writeFile(values.json, `${JSON.stringify(file, null, 1)}\n`);
    console.log(`Written to ${values.json}`);
  }
  for (const { name, chains } of measured)
    for (const { picture, broken } of chains) {
      for (const message of broken) console.log(`${name} on ${picture}: ${message}`);
      if (broken.length > 0) process.exitCode = 1;
    }
}

/** @param {number} side @param {number} threads @returns {Promise<import("./support/measure-document.js").MeasuredFamily[]>} in the order of the families */
async function measure(side, threads) {
  const progress = createProgress({ label: "Measuring", total: families.length });
  /** @type {Map<string, import("./support/measure-document.js").MeasuredFamily>} */
  const measured = new Map();
  const worker = new URL("./support/measure-worker.js", import.meta.url);
  await runShares(worker, threads, { maxPixels: side * side }, (family) => {
    measured.set(family.name, family);
    progress.update(measured.size);
  });
  progress.finish();
  return families.flatMap(({ name }) => measured.get(name) ?? []);
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
