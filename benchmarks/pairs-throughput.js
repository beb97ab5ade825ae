// @ts-check
// Negatives per second on all processors, beside plain sharp, and what they cost in memory.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { createProgress } from "../dist/cli/progress.js";
import { formatTable } from "../dist/cli/text-table.js";
import { startRenderers } from "../dist/pairs/build/workers.js";
import { families, levels, severityOf } from "../dist/pairs/degradations/index.js";
import { Random } from "../dist/pairs/random.js";
import { makeStep } from "../dist/pairs/recipe.js";
import { readImages } from "../dist/pairs/sources/read.js";
import { FIXTURES } from "./support/family-rules.js";
import { describeMachine, median } from "./support/machine.js";

const usage = `Negatives per second, uniform over families and levels, and resident memory.

  node benchmarks/pairs-throughput.js [options]

  --items N       negatives (default: 2000; 20000 shows whether memory stays flat)
  --data PATH     folder or manifest.jsonl of images (default: the pictures of the tests)
  --pictures N    images of it to use at most (default: 16)
  --threads N     worker threads (default: the processors)
  --out FILE      also write everything as JSON`;

/** Sources are this large, so that the reduction that preparation does gives 512 x 512 px. */
const SOURCE_SIDE = 700;
const SIDE = 512;
const MiB = 2 ** 20;

/**
 * @typedef {NonNullable<ReturnType<typeof readOptions>>} Options
 * @typedef {{ family: string, milliseconds: number }} Chain time that a thread spent on a chain
 * @typedef {{ done: number, seconds: number, residentMiB: number }} Sample
 */

async function main() {
  const options = readOptions();
  if (!options) return;
  const machine = describeMachine();
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.loadAtStart}.\n`);
  const scratch = await mkdtemp(join(tmpdir(), "eliq-pairs-bench-"));
  try {
    const sources = await makeSources(options, scratch);
    const plain = await plainRate(sources, scratch, options.threads);
    const { rate, overhead, chains, samples } = await render(options, sources, scratch);
    const slowest = slowestFamilies(chains, 10);
    report(options, { rate, plain, overhead, slowest, samples });
    if (options.out) {
      const file = { format: "eliq-pairs-throughput", formatVersion: 1, machine, side: SIDE, rate, plain, overhead };
      const perFamily = slowestFamilies(chains, families.length);
      await writeFile(options.out, `${JSON.stringify({ ...file, families: perFamily, samples }, null, 1)}\n`);
      console.log(`Written to ${options.out}`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      items: { type: "string", default: "2000" },
      data: { type: "string", default: FIXTURES },
      pictures: { type: "string", default: "16" },
      threads: { type: "string", default: String(availableParallelism()) },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const [items, pictures, threads] = [values.items, values.pictures, values.threads].map(Number);
  if (!(Number(items) >= 1) || !(Number(pictures) >= 2) || !(Number(threads) >= 1))
    throw new Error("--items and --threads need at least 1, --pictures at least 2.");
  // Whole rounds over the families, so that the mix is uniform.
  const chains = Math.ceil(Number(items) / (levels * families.length)) * families.length;
  return { chains, data: values.data, pictures: Number(pictures), threads: Number(threads), out: values.out };
}

/** Squares of the pictures as JPEG of quality 90. @param {Options} options @param {string} folder @returns {Promise<string[]>} names */
async function makeSources({ data, pictures }, folder) {
  const { images } = await readImages(data);
  const step = Math.max(1, Math.floor(images.length / pictures));
  const chosen = images.filter((_, i) => i % step === 0).slice(0, pictures);
  return Promise.all(
    chosen.map(async ({ path }, i) => {
      const name = `${i}.jpg`;
      const square = sharp(path).autoOrient().resize(SOURCE_SIDE, SOURCE_SIDE, { fit: "cover" });
      await square.jpeg({ quality: 90 }).toFile(join(folder, name));
      return name;
    }),
  );
}

/** Pictures per second that sharp alone decodes, resizes and encodes as JPEG. @param {string[]} sources @param {string} folder @param {number} threads */
async function plainRate(sources, folder, threads) {
  sharp.concurrency(1);
  sharp.cache(false);
  const one = (/** @type {string} */ name) =>
    sharp(join(folder, name)).resize(SIDE, SIDE).jpeg({ quality: 90 }).toBuffer();
  await one(sources[0] ?? "");
  let started = 0;
  const begin = performance.now();
  const lane = async () => {
    while (performance.now() - begin < 3000) await one(sources[started++ % sources.length] ?? "");
  };
  await Promise.all(Array.from({ length: threads }, lane));
  return started / ((performance.now() - begin) / 1000);
}

/**
 * Chains of five levels, each from decoding its source to five written files, as a build makes them. As many are under way as there are
 * threads, so the time until a chain is back is its thread's work.
 *
 * @param {Options} options @param {string[]} sources @param {string} scratch
 */
async function render({ chains: total, threads }, sources, scratch) {
  const pool = startRenderers(threads);
  try {
    const overhead = await chainTime(pool, sources, scratch, Array(levels).fill([]));
    const progress = createProgress({ label: "Rendering", total });
    /** @type {Chain[]} */
    const chains = [];
    /** @type {Sample[]} */
    const samples = [];
    let next = 0;
    const begin = performance.now();
    const lane = async (/** @type {number} */ lane) => {
      for (let index = next++; index < total; index = next++) {
        chains.push(await renderChain(pool, sources, scratch, index, lane));
        progress.update(chains.length);
        if (chains.length % Math.ceil(total / 10) === 0 || chains.length === total)
          samples.push({
            done: levels * chains.length,
            seconds: (performance.now() - begin) / 1000,
            residentMiB: Math.round(process.memoryUsage.rss() / MiB),
          });
      }
    };
    await Promise.all(Array.from({ length: threads }, (_, i) => lane(i)));
    progress.finish();
    return { rate: (levels * total) / ((performance.now() - begin) / 1000), overhead, chains, samples };
  } finally {
    await pool.close();
  }
}

/** @param {ReturnType<typeof startRenderers>} pool @param {string[]} sources @param {string} folder @param {number} index @param {number} lane @returns {Promise<Chain>} */
async function renderChain(pool, sources, folder, index, lane) {
  const family = /** @type {(typeof families)[0]} */ (families[index % families.length]);
  const random = new Random("throughput", index);
  const [source, partner] = random.shuffle(sources);
  const seed = random.uint32();
  const steps = Array.from({ length: levels }, (_, i) => [
    makeStep(family.name, severityOf(i + 1), seed, family.partner ? partner : undefined),
  ]);
  const begin = performance.now();
  await pool.run("render", task(folder, source ?? "", steps, lane));
  return { family: family.name, milliseconds: performance.now() - begin };
}

/**
 * A chain's files replace those of the lane's chain before, so that the disk does not fill.
 *
 * @param {string} folder @param {string} source @param {import("../dist/pairs/recipe.js").Step[][]} steps @param {number} lane
 * @returns {import("../dist/pairs/build/render.js").RenderTask}
 */
function task(folder, source, steps, lane) {
  return {
    sourceFolder: folder,
    source,
    pictures: steps.map((list) => ({ steps: list })),
    encoding: { format: "lossless" },
    maxPixels: SIDE * SIDE,
    files: { folder, prefix: `made/${lane}` },
  };
}

/** Median time, in ms per picture, of what is not damage: decoding a fifth of the time, hashing, encoding, writing. @param {ReturnType<typeof startRenderers>} pool @param {string[]} sources @param {string} folder @param {[][]} steps */
async function chainTime(pool, sources, folder, steps) {
  const times = [];
  for (let i = 0; i < 3 * pool.size + 12; i++) {
    const begin = performance.now();
    await pool.run("render", task(folder, sources[i % sources.length] ?? "", steps, 0));
    times.push((performance.now() - begin) / levels);
  }
  return median(times.slice(2 * pool.size));
}

/** Median milliseconds per negative of each family's chains, the slowest first. @param {Chain[]} chains @param {number} count */
function slowestFamilies(chains, count) {
  return families
    .map(({ name }) => {
      const times = chains.filter(({ family }) => family === name).map(({ milliseconds }) => milliseconds / levels);
      return { family: name, milliseconds: median(times) };
    })
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, count);
}

/**
 * @param {Options} options
 * @param {{ rate: number, plain: number, overhead: number, slowest: Chain[], samples: Sample[] }} results
 */
function report({ chains, threads }, { rate, plain, overhead, slowest, samples }) {
  const speed = {
    title: `Pictures of ${SIDE} x ${SIDE} px per second, ${threads} threads`,
    protocol:
      `${levels * chains} negatives, uniform over ${families.length} families and ${levels} levels. A chain of ${levels} is one task: its source is decoded and ` +
      "reduced, damaged, hashed, encoded (PNG without compression) and written. Plain sharp: decode, resize, JPEG of quality 90.",
    columns: ["", "per second"],
    rows: [
      ["negatives", rate.toFixed(1)],
      ["plain sharp, resize and JPEG", plain.toFixed(1)],
    ],
  };
  const slow = {
    title: "Slowest families, ms of a thread per negative",
    protocol: `Without any damage a picture takes ${overhead.toFixed(1)} ms (decoding shared by five).`,
    columns: ["", "ms"],
    rows: slowest.map(({ family, milliseconds }) => [family, milliseconds.toFixed(1)]),
  };
  const memory = {
    title: "Resident memory of the process with its threads",
    columns: ["negatives done", "MiB", "per second so far"],
    rows: samples.map(({ done, seconds, residentMiB }) => [done, residentMiB, (done / seconds).toFixed(1)]),
  };
  for (const table of [speed, slow, memory]) console.log(formatTable(table));
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
