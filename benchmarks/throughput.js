// @ts-check
// Speed and memory on the CPU: decoding, the model and the whole pipeline, beside the same network under other runtimes.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { createProgress } from "../dist/cli/progress.js";
import { formatTable } from "../dist/cli/text-table.js";
import { startLineProcess } from "../dist/evaluation/peers/line-process.js";
import { defaultModelDirectory, readModel } from "../dist/models/directory.js";
import { describeMachine, median } from "./support/machine.js";
import { root } from "./support/paths.js";
import { AGREEMENT, disagreement, startPeers } from "./support/peers.js";
import { makePictures } from "./support/pictures.js";

const usage = `Speed and memory on the CPU.

  npm run bench:throughput -- [options]

  --model DIR      model directory (default: the shipped model)
  --python PATH    python with torch, and onnx and onnxruntime, for the peers (default: python3)
  --rounds N       measurements of each kind, taken in turn (default: 5)
  --seconds S      length of one measurement (default: 1.5)
  --out FILE       also write everything as JSON`;

/**
 * @typedef {object} Case
 * @property {string} key
 * @property {string} title
 * @property {string} model directory
 * @property {import("./support/pictures.js").Pictures} pictures
 * @property {boolean} peers the pictures have the model's input size: nothing is resized, and the peers can be given the same
 *
 * @typedef {{ values: number[], median: number }} Rate images per second, of each round
 * @typedef {{ name: string, version: string, rates: Record<string, Rate>, ratios: Record<string, number[]>, disagreement: Record<string, number> }} PeerResult
 * @typedef {{ threads: number, rates: Record<string, Record<string, Rate>>, peers: PeerResult[] }} Block
 */

const KINDS = /** @type {const} */ (["decode", "model", "pipeline"]);
const run = promisify(execFile);

async function main() {
  const options = readOptions();
  if (!options) return;
  const scratch = await mkdtemp(join(tmpdir(), "eliq-bench-"));
  try {
    await measure(options, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      model: { type: "string" },
      python: { type: "string", default: "python3" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "1.5" },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  if (!(rounds >= 1) || !(seconds > 0))
    throw new Error("--rounds needs a number of at least 1, --seconds one above 0.");
  return { model: values.model ?? defaultModelDirectory, python: values.python, rounds, seconds, out: values.out };
}

/** @param {NonNullable<ReturnType<typeof readOptions>>} options @param {string} scratch */
async function measure(options, scratch) {
  const machine = describeMachine();
  const { id, calibration } = await readModel(options.model);
  const config = JSON.parse(await readFile(join(options.model, "config.json"), "utf8"));
  const { cases, input } = await makeCases(options.model, config, scratch);
  console.log(
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.loadAtStart}; model ${id}.`,
  );
  console.log(
    `The shipped settings give a square picture an input of ${input} x ${input} pixels, whatever its own size.\n`,
  );
  const blocks = [];
  for (const threads of new Set([1, machine.cores])) {
    const block = await measureBlock(options, threads, cases, spreadOf(calibration.percentiles.quality));
    blocks.push(block);
    console.log(`${formatTable(blockTable(block, cases))}\n`);
  }
  const picture = cases[1].pictures.encoded[0] ?? "";
  const first = await firstScore(picture, options.model);
  console.log(
    `First score of a fresh process, whole process, warm file cache: median ${first.median.toFixed(2)} s of ${first.seconds.length}, ` +
      `from ${Math.min(...first.seconds).toFixed(2)} to ${Math.max(...first.seconds).toFixed(2)} s (until the score is printed).`,
  );
  const memory = await residentMemory(picture, options.model);
  console.log(
    `Resident memory in MiB: ${memory.started} at start, ${memory.afterLoad} with the model loaded, ${memory.afterFirst} after one ` +
      `512 px image, ${memory.after100} after 100; peak ${memory.peak}.`,
  );
  if (options.out) {
    const kept = cases.map(({ key, title, pictures, peers }) => ({ key, title, side: pictures.side, peers }));
    const file = {
      format: "eliq-throughput",
      formatVersion: 1,
      machine,
      model: id,
      input,
      cases: kept,
      blocks,
      first,
      memory,
    };
    await writeFile(options.out, `${JSON.stringify(file, null, 1)}\n`);
    console.log(`Written to ${options.out}`);
  }
}

/**
 * Two sizes of picture under the shipped settings, and the same weights with the input reduced to 224 x 224.
 *
 * @param {string} model @param {any} config @param {string} scratch
 * @returns {Promise<{ cases: [Case, Case, Case], input: number }>}
 */
async function makeCases(model, config, scratch) {
  const { area, multiple } = config.input;
  const input = Math.max(1, Math.round(Math.sqrt(area) / multiple)) * multiple;
  const reduced = join(scratch, "reduced");
  await cp(model, reduced, { recursive: true });
  const smaller = { ...config, input: { ...config.input, area: 224 * 224, multiple: 32 } };
  await writeFile(join(reduced, "config.json"), JSON.stringify(smaller));
  const [small, large] = [await makePictures(scratch, 224), await makePictures(scratch, 512)];
  return {
    input,
    cases: [
      { key: "small", title: "224 px", model, pictures: small, peers: input === 224 },
      { key: "large", title: "512 px", model, pictures: large, peers: input === 512 },
      { key: "reduced", title: "224 px, input reduced to 224", model: reduced, pictures: small, peers: true },
    ],
  };
}

/**
 * Half the distance between the 16th and the 84th percentile: the standard deviation, if the population is normal.
 * @param {readonly number[]} table quantiles 0, 1/200, ... 1
 */
function spreadOf(table) {
  return (Number(table[168]) - Number(table[32])) / 2;
}

/** @param {{ python: string, rounds: number, seconds: number }} options @param {number} threads @param {Case[]} cases @param {number} deviation @returns {Promise<Block>} */
async function measureBlock(options, threads, cases, deviation) {
  const eliq = startLineProcess(process.execPath, [join(root, "benchmarks/support/throughput-child.js")]);
  const compared = cases.filter(({ peers }) => peers);
  const loads = compared.map(({ key, model, pictures }) => ({ key, model, side: pictures.side }));
  const peers = await startPeers(options.python, threads, loads, (sentence) => console.log(sentence));
  try {
    for (const { key, model } of cases) await eliq.ask({ op: "load", id: key, model, threads });
    const results = await Promise.all(peers.map((peer) => comparePeer(peer, eliq, compared, deviation)));
    const rates = await inTurn(options, threads, cases, eliq, peers, results);
    return { threads, rates, peers: results };
  } finally {
    eliq.close();
    for (const peer of peers) peer.process.close();
  }
}

/** @param {import("./support/peers.js").Peer} peer @param {ReturnType<typeof startLineProcess>} eliq @param {Case[]} cases @param {number} deviation @returns {Promise<PeerResult>} */
async function comparePeer(peer, eliq, cases, deviation) {
  /** @type {PeerResult} */
  const result = { name: peer.engine, version: peer.version, rates: {}, ratios: {}, disagreement: {} };
  for (const { key, pictures } of cases) {
    const files = pictures.raw.slice(0, 8);
    const own = await eliq.ask({ op: "score", id: key, files, width: pictures.side, height: pictures.side });
    const theirs = await peer.process.ask({ op: "score", id: key, images: files });
    result.disagreement[key] = disagreement(numbers(own.quality), numbers(theirs.quality), deviation);
  }
  return result;
}

/**
 * One measurement of each kind after the other, `rounds` times over, so that whatever else the machine does hits all alike.
 *
 * @param {{ rounds: number, seconds: number }} options @param {number} threads @param {Case[]} cases
 * @param {ReturnType<typeof startLineProcess>} eliq @param {import("./support/peers.js").Peer[]} peers @param {PeerResult[]} results
 */
async function inTurn({ rounds, seconds }, threads, cases, eliq, peers, results) {
  /** @type {Block["rates"]} */
  const rates = Object.fromEntries(KINDS.map((kind) => [kind, {}]));
  const steps = rounds * (cases.length * KINDS.length + peers.length * cases.filter((each) => each.peers).length);
  const progress = createProgress({ label: `Measuring, ${threads} thread${threads > 1 ? "s" : ""}`, total: steps });
  let done = 0;
  for (let round = 0; round < rounds; round++) {
    for (const { key, pictures, peers: compared } of cases) {
      const { side, raw, encoded } = pictures;
      let model = 0;
      for (const what of KINDS) {
        const files = what === "model" ? raw : encoded;
        const request = { op: "time", id: key, what, files, width: side, height: side, seconds };
        const rate = perSecond(await eliq.ask({ ...request, parallel: lanes(what, threads) }));
        addRate(/** @type {Record<string, Rate>} */ (rates[what]), key, rate);
        if (what === "model") model = rate;
        progress.update(++done);
      }
      for (const [i, peer] of compared ? peers.entries() : []) {
        const rate = perSecond(await peer.process.ask({ op: "time", id: key, images: raw, seconds }));
        const result = /** @type {PeerResult} */ (results[i]);
        addRate(result.rates, key, rate);
        result.ratios[key] = [...(result.ratios[key] ?? []), model / rate];
        progress.update(++done);
      }
    }
  }
  progress.finish();
  return rates;
}

/** How many images are under way at once: with one thread, decoding and model take turns. @param {typeof KINDS[number]} what @param {number} threads */
function lanes(what, threads) {
  if (threads === 1 || what === "model") return 1;
  return what === "decode" ? threads : threads + 2;
}

/** A process's answer. @param {unknown} answer */
function numbers(answer) {
  return /** @type {number[]} */ (answer);
}

/** @param {Record<string, unknown>} timing */
function perSecond({ images, seconds }) {
  return Number(images) / Number(seconds);
}

/** @param {Record<string, Rate>} rates @param {string} key @param {number} rate */
function addRate(rates, key, rate) {
  const values = [...(rates[key]?.values ?? []), rate];
  rates[key] = { values, median: median(values) };
}

/** @param {Block} block @param {Case[]} cases @returns {import("../dist/training/card.js").FigureTable} */
function blockTable({ threads, rates, peers }, cases) {
  const names = {
    decode: "eliq: decode alone",
    model: "eliq: model alone, raw pixels in",
    pipeline: "eliq: whole pipeline",
  };
  const show = (/** @type {Record<string, Rate> | undefined} */ row) =>
    cases.map(({ key }) => row?.[key]?.median.toFixed(1) ?? "-");
  return {
    title: threads === 1 ? "Images per second, one thread" : `Images per second, ${threads} threads`,
    protocol:
      'JPEG of quality 90, batch of one; medians of rounds taken in turn. "Model alone" resizes where the picture is not of the input\'s size. ' +
      "Peers are the same network on the same pixels. Ratio: eliq / peer with the range over rounds, only where raw quality agrees " +
      `to ${AGREEMENT} of the spread (half of percentile 84 less 16) of good images' raw quality.`,
    columns: ["", ...cases.map(({ title }) => title)],
    rows: [
      ...KINDS.map((kind) => [names[kind], ...show(rates[kind])]),
      ...peers.flatMap((peer) => [
        [`${peer.version}: model alone`, ...show(peer.rates)],
        ["  ratio of model alone", ...cases.map(({ key }) => ratioCell(peer, key))],
      ]),
    ],
  };
}

/** @param {PeerResult} peer @param {string} key */
function ratioCell(peer, key) {
  const ratios = peer.ratios[key];
  const apart = peer.disagreement[key];
  if (!ratios || apart === undefined) return "-";
  if (!(apart <= AGREEMENT)) return `outputs differ by ${apart.toExponential(1)}`;
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return `${median(ratios).toFixed(2)} (${range}; outputs differ by ${apart.toExponential(0)})`;
}

/** Ten fresh processes after one that warms the file cache. @param {string} picture @param {string} model */
async function firstScore(picture, model) {
  const seconds = [];
  for (let i = 0; i < 11; i++) {
    const begin = performance.now();
    const printed = await untilPrinted(join(root, "benchmarks/support/first-score.js"), [picture, model]);
    if (i > 0) seconds.push((printed - begin) / 1000);
  }
  return { seconds, median: median(seconds) };
}

/** When the program wrote its line. @param {string} program @param {string[]} args @returns {Promise<number>} */
async function untilPrinted(program, args) {
  let printed = Number.NaN;
  const child = run(process.execPath, [program, ...args]);
  child.child.stdout?.once("data", () => {
    printed = performance.now();
  });
  await child;
  return printed;
}

/** @param {string} picture @param {string} model @returns {Promise<{ started: number, afterLoad: number, afterFirst: number, after100: number, peak: number }>} */
async function residentMemory(picture, model) {
  const { stdout } = await run(process.execPath, [join(root, "benchmarks/support/memory-child.js"), picture, model]);
  return JSON.parse(stdout);
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
