// @ts-check
// Whether pairs can be ordered without looking: a linear probe on traces of coding alone, for every family of negatives.
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createProgress } from "../dist/cli/progress.js";
import { formatTable } from "../dist/cli/text-table.js";
import { decimal } from "../dist/evaluation/report-figures.js";
import { familyByName } from "../dist/pairs/degradations/index.js";
import { readImages } from "../dist/pairs/sources/read.js";
import { probe } from "./support/linear-probe.js";
import { describeMachine } from "./support/machine.js";
import { dataDirectory } from "./support/paths.js";
import { runShares } from "./support/shares.js";
import { CONTROLS, chosenFamilies } from "./support/shortcut-pairs.js";
import { TRACES, WHOLE_RATIO } from "./support/traces.js";

const usage = `Whether pairs can be ordered by traces of coding alone.

  node benchmarks/pairs-shortcuts.js [options]

  --data PATH       folder or manifest.jsonl of images (default: train/manifest.jsonl under ELIQ_DATA or ../shared/data)
  --pictures N      pictures, evenly spread over the list (default: 1000)
  --side N          pictures are reduced to at most N x N pixels (default: 320)
  --encoding KIND   final encoding of both sides: lossless (what a build does), or jpeg for comparison (default: lossless)
  --families LIST   names separated by commas (default: all)
  --threads N       worker threads (default: the processors)
  --out FILE        also write everything as JSON

Fails when a family that is not about compression is ordered outside .45 to .55, or when a control does not come out.`;

const BAND = { low: 0.45, high: 0.55 };

/**
 * @typedef {import("./support/linear-probe.js").ProbePair} ProbePair
 * @typedef {import("./support/linear-probe.js").ProbeResult} ProbeResult
 * @typedef {ProbeResult & { name: string, expected: string, passed: boolean, byWholeRatio: number }} Row `byWholeRatio`: the share when the
 *   cruder blockiness takes the place of the other
 */

async function main() {
  const options = readOptions();
  if (!options) return;
  const { images } = await readImages(options.data);
  const paths = spread(images, options.pictures).map(({ path }) => path);
  const { pairs, unreadable } = await makePairs(paths, options);
  const rows = [...pairs].map(([name, list]) => judge(name, list, options.encoding));
  console.log(formatTable(table(rows, paths.length - unreadable.length, options)));
  for (const message of unreadable) console.log(`Left out: ${message}`);
  const wrong = rows.filter(({ passed }) => !passed);
  console.log(
    wrong.length > 0
      ? `Not as expected: ${wrong.map(({ name }) => name).join(", ")}.`
      : "Every family and every control is as expected.",
  );
  if (options.out) await writeResult(options, paths.length, unreadable, rows);
  if (wrong.length > 0) process.exitCode = 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: join(dataDirectory, "train/manifest.jsonl") },
      pictures: { type: "string", default: "1000" },
      side: { type: "string", default: "320" },
      encoding: { type: "string", default: "lossless" },
      families: { type: "string" },
      threads: { type: "string", default: String(availableParallelism()) },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const { encoding, data, out } = values;
  if (encoding !== "lossless" && encoding !== "jpeg") throw new Error("--encoding is lossless or jpeg.");
  const [pictures, side, threads] = [values.pictures, values.side, values.threads].map(Number);
  if (!(Number(pictures) >= 5) || !(Number(side) >= 32) || !(Number(threads) >= 1))
    throw new Error("--pictures needs at least 5, --side at least 32, --threads at least 1.");
  const families = chosenFamilies(values.families);
  return { data, pictures: Number(pictures), side: Number(side), threads: Number(threads), encoding, families, out };
}

/** @template T @param {readonly T[]} items @param {number} count @returns {T[]} */
function spread(items, count) {
  const step = Math.max(1, items.length / count);
  return items.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step)).slice(0, count);
}

/**
 * @param {string[]} paths @param {NonNullable<ReturnType<typeof readOptions>>} options
 * @returns {Promise<{ pairs: Map<string, ProbePair[]>, unreadable: string[] }>}
 */
async function makePairs(paths, { threads, side, encoding, families }) {
  const progress = createProgress({ label: "Making pairs", total: paths.length });
  /** @type {Map<string, ProbePair[]>} */
  const pairs = new Map([...Object.values(CONTROLS), ...families].map((kind) => [kind, []]));
  /** @type {string[]} */
  const unreadable = [];
  let done = 0;
  const worker = new URL("./support/shortcut-worker.js", import.meta.url);
  await runShares(worker, threads, { paths, options: { maxPixels: side * side, encoding, families } }, (made) => {
    if ("error" in made) unreadable.push(made.error);
    else for (const { kind, pair } of made) pairs.get(kind)?.push(pair);
    progress.update(++done);
  });
  progress.finish();
  // Which thread was first must not matter.
  for (const list of pairs.values()) list.sort((a, b) => a.group - b.group);
  return { pairs, unreadable: unreadable.sort() };
}

/** @param {string} name @param {ProbePair[]} pairs @param {string} encoding @returns {Row} */
function judge(name, pairs, encoding) {
  const seen = (/** @type {readonly number[]} */ hidden) =>
    pairs.map(({ difference, group }) => ({ difference: difference.filter((_, i) => !hidden.includes(i)), group }));
  const result = probe(seen(WHOLE_RATIO.own));
  const byWholeRatio = probe(seen(WHOLE_RATIO.replaced)).share;
  const { expected, passed } = judgeControl(name, result, encoding) ?? judgeFamily(name, result);
  return { name, ...result, expected, passed, byWholeRatio };
}

/** @param {string} name @param {ProbeResult} result @param {string} encoding */
function judgeControl(name, { share, low, high }, encoding) {
  // A JPEG as final encoding lays its own blocks over both, and over the turned picture's in another place.
  if (encoding === "jpeg" && (name === CONTROLS.turned || name === CONTROLS.generation))
    return { expected: "-", passed: true };
  // A turn leaves nothing to find.
  if (name === CONTROLS.turned) return { expected: "interval holds .5", passed: low <= 0.5 && high >= 0.5 };
  if (name === CONTROLS.generation || name === CONTROLS.quality) return { expected: "above .9", passed: share > 0.9 };
  return undefined;
}

/** @param {string} name @param {ProbeResult} result */
function judgeFamily(name, { share }) {
  if (familyByName(name).compression) return { expected: "exempt: compression", passed: true };
  return { expected: ".45 to .55", passed: share >= BAND.low && share <= BAND.high };
}

/** @param {Row[]} rows @param {number} pictures @param {NonNullable<ReturnType<typeof readOptions>>} options */
function table(rows, pictures, { side, encoding }) {
  return {
    title: `Pairs ordered rightly by traces of coding alone; final encoding ${encoding}`,
    protocol:
      `${pictures} pictures of at most ${side} x ${side} px; one pair of each per family: half of them the clean picture and a level, half two levels. ` +
      `A linear probe without intercept sees ${TRACES.join(", ")}; shares of held-out pairs, five folds; ` +
      "95 % Wilson intervals. Last: the share when blockiness is the ratio of all lines on the grid to all others.",
    columns: ["", "pairs", "share", "interval", "expected", "", "whole ratio"],
    rows: rows.map(({ name, pairs, share, low, high, expected, passed, byWholeRatio }) => [
      name,
      pairs,
      decimal(share),
      `[${decimal(low)}, ${decimal(high)}]`,
      expected,
      passed ? "" : "<-- outside",
      decimal(byWholeRatio),
    ]),
  };
}

/** @param {NonNullable<ReturnType<typeof readOptions>>} options @param {number} pictures @param {string[]} unreadable @param {Row[]} rows */
async function writeResult({ out, side, encoding }, pictures, unreadable, rows) {
  const file = {
    format: "eliq-pairs-shortcuts",
    formatVersion: 1,
    machine: describeMachine(),
    pictures,
    side,
    encoding,
    traces: TRACES,
    unreadable,
    rows,
  };
  await writeFile(/** @type {string} */ (out), `${JSON.stringify(file, null, 1)}\n`);
  console.log(`Written to ${out}`);
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
