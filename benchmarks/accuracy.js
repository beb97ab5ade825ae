// @ts-check
// How well the critic agrees with people's opinions, beside opinion-unaware baselines computed in the same run.
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { createProgress } from "../dist/cli/progress.js";
import { readAgiqa } from "../dist/evaluation/agiqa.js";
import { agreement, controls, srccDifference } from "./support/agreement.js";
import { loadBaselines, NIQE_FITS } from "./support/baselines.js";
import { runCritic } from "./support/critic.js";
import { dataDirectory } from "./support/paths.js";
import { decimal, formatTable, withInterval } from "./support/table.js";

const usage = `Agreement with human opinions, zero-shot, on AGIQA-3K.

  npm run bench:accuracy -- [options]

  --data DIR            folder with data.csv and the images (default: agiqa-3k-dev under ELIQ_DATA or ../shared/data)
  --model DIR           model directory (default: the shipped model)
  --ablation NAME=DIR   another model beside it; may be repeated
  --limit N             only N images, evenly spread over the set
  --out FILE            also write everything as JSON; its "tables" are what \`eliq train --card-only --figures\` takes`;

/**
 * @typedef {import("./support/agreement.js").Opinion} Opinion
 * @typedef {import("./support/agreement.js").Agreement} Agreement
 * @typedef {import("./support/critic.js").CriticRun} CriticRun
 * @typedef {import("./support/table.js").FigureTable} FigureTable
 * @typedef {import("../dist/evaluation/agiqa.js").OpinionItem} OpinionItem
 */

/** Images in which gates and queries are looked at. */
const INSPECTED = 100;

async function main() {
  const options = readOptions();
  if (!options) return;
  const set = await readAgiqa(options.data);
  const items = spread(set.items, options.limit);
  for (const { name, reason } of set.problems) console.error(`${name} is left out: ${reason}.`);
  const paths = items.map(({ path }) => path);
  const critics = [await runCritic("eliq", options.model, paths, INSPECTED)];
  for (const { name, directory } of options.ablations) critics.push(await runCritic(name, directory, paths, INSPECTED));
  for (const { path, message } of critics.flatMap(({ failures }) => failures)) {
    console.error(`${basename(path)} is left out: ${message}`);
  }
  const scored = items.filter(({ path }) => critics.every(({ quality }) => quality.has(path)));
  const baselines = await runBaselines(scored);
  const passed = await report(options, set, scored, critics, baselines);
  if (!passed) process.exitCode = 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      model: { type: "string" },
      ablation: { type: "string", multiple: true },
      limit: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const ablations = (values.ablation ?? []).map((text) => {
    const [, name, directory] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (!name || !directory) throw new Error(`--ablation ${text} is not NAME=DIR.`);
    return { name, directory };
  });
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);
  if (!(limit >= 10)) throw new Error(`--limit ${values.limit} is not a number of at least 10.`);
  return {
    data: values.data ?? join(dataDirectory, "agiqa-3k-dev"),
    model: values.model,
    ablations,
    limit,
    out: values.out,
  };
}

/** @template T @param {T[]} items @param {number} limit @returns {T[]} */
function spread(items, limit) {
  if (items.length <= limit) return items;
  return Array.from({ length: limit }, (_, i) => /** @type {T} */ (items[Math.floor((i * items.length) / limit)]));
}

/** Scores of each baseline, in the order of the items. @param {OpinionItem[]} items */
async function runBaselines(items) {
  const measure = await loadBaselines();
  const progress = createProgress({ label: "Baselines", total: items.length });
  /** @type {Map<string, number[]>} */
  const scores = new Map();
  for (const [i, { path }] of items.entries()) {
    for (const [name, value] of Object.entries(await measure(path)))
      scores.set(name, [...(scores.get(name) ?? []), value]);
    progress.update(i + 1);
  }
  progress.finish();
  return new Map([...scores].map(([name, values]) => [name, worstWhereUndefined(values)]));
}

/** A picture without any texture has no NIQE; it gets the set's worst, which on AGIQA-3K is what people gave it too. @param {number[]} values */
function worstWhereUndefined(values) {
  const worst = Math.min(...values.filter(Number.isFinite));
  return values.map((value) => (Number.isFinite(value) ? value : worst));
}

/**
 * @param {NonNullable<ReturnType<typeof readOptions>>} options
 * @param {{ name: string, problems: unknown[] }} set @param {OpinionItem[]} items
 * @param {CriticRun[]} critics @param {Map<string, number[]>} baselines
 * @returns {Promise<boolean>} whether the instrument passed its controls
 */
async function report(options, set, items, critics, baselines) {
  const scores = new Map([
    ...critics.map(
      ({ name, quality }) => /** @type {const} */ ([name, items.map(({ path }) => quality.get(path) ?? 0)]),
    ),
    ...baselines,
  ]);
  const own = /** @type {number[]} */ (scores.get("eliq"));
  const split = `${set.name}, ${basename(options.data)}, ${items.length} images of ${new Set(items.map(({ prompt }) => prompt)).size} prompts`;
  const protocol = `Protocol: zero-shot (no opinion score was used for training). Set: ${split}.`;
  const agreements = [...scores].map(([name, values]) => agreement(name, values, items));
  const baseline = strongest(agreements);
  const others = [...scores.keys()].filter(
    (name) => name.startsWith("NIQE") || critics.slice(1).some((run) => run.name === name),
  );
  const differences = others.map((name) => ({
    name: `eliq - ${name}`,
    ...srccDifference(own, /** @type {number[]} */ (scores.get(name)), items),
  }));
  const checks = controls(own, items);
  const tables = [
    agreementTable(protocol, agreements),
    differenceTable(differences, baseline),
    generatorTable(items, agreements, baseline),
    healthTable(critics),
    controlTable(checks),
  ];
  for (const table of tables) console.log(`${formatTable(table)}\n`);
  for (const { name, model, alignment } of critics) {
    const state = alignment.trained ? "trained, not measured by this benchmark" : `untrained (${alignment.reason})`;
    console.log(`${name} is ${model}; alignment: ${state}`);
  }
  if (options.out) {
    const models = critics.map(({ quality, failures, ...rest }) => ({ ...rest, failures: failures.length }));
    const left = { problems: set.problems, created: new Date().toISOString().slice(0, 10) };
    const results = { baseline, agreements, differences, controls: checks, models };
    const file = { format: "eliq-accuracy", formatVersion: 1, protocol: "zero-shot", split, ...left, results, tables };
    await writeFile(options.out, `${JSON.stringify(file, null, 1)}\n`);
    console.log(`Written to ${options.out}`);
  }
  return checks.every(({ passed }) => passed);
}

/** The fit of NIQE that agrees best with the opinions of this set: knowing them favours the baseline. @param {Agreement[]} agreements */
function strongest(agreements) {
  const fits = agreements.filter(({ name }) => NIQE_FITS.some((fit) => fit === name));
  return fits.reduce((best, row) => (row.srcc.value > best.srcc.value ? row : best)).name;
}

/** @param {string} protocol @param {Agreement[]} agreements @returns {FigureTable} */
function agreementTable(protocol, agreements) {
  return {
    title: "Visual quality: agreement with mean opinion scores",
    protocol: `${protocol} 95 % bootstrap intervals over images, 2,000 resamples. "eliq" is the network's raw quality alone. "Within": mean SRCC inside one generator, inside one prompt. Lower NIQE is better, so its sign is turned; a picture without texture, for which NIQE is undefined, gets the set's worst NIQE.`,
    columns: ["score", "SRCC", "PLCC", "KRCC", "within generator", "within prompt"],
    rows: agreements.map((row) => [
      row.name,
      withInterval(row.srcc),
      withInterval(row.plcc),
      withInterval(row.krcc),
      decimal(row.withinGenerator),
      decimal(row.withinPrompt),
    ]),
  };
}

/** @param {{ name: string, byImage: Interval, byPrompt: Interval }[]} differences @param {string} baseline @returns {FigureTable} @typedef {import("./support/agreement.js").Interval} Interval */
function differenceTable(differences, baseline) {
  return {
    title: "Differences of SRCC",
    protocol: `Paired bootstrap, 95 %, 2,000 resamples: of images, and of prompts with all their images. The baseline is ${baseline}, the stronger fit.`,
    columns: ["difference", "images resampled", "prompts resampled"],
    rows: differences.map(({ name, byImage, byPrompt }) => [name, withInterval(byImage), withInterval(byPrompt)]),
  };
}

/** @param {Opinion[]} items @param {Agreement[]} agreements @param {string} baseline @returns {FigureTable} */
function generatorTable(items, agreements, baseline) {
  const shown = agreements.filter(({ name }) => name === "eliq" || name === baseline);
  const generators = [...new Set(items.map(({ generator }) => generator))];
  return {
    title: "SRCC of each generator",
    columns: ["generator", "images", ...shown.map(({ name }) => name)],
    rows: generators.map((generator) => [
      generator,
      items.filter((item) => item.generator === generator).length,
      ...shown.map((row) => decimal(row.generators[generator] ?? Number.NaN)),
    ]),
  };
}

/** @param {CriticRun[]} critics @returns {FigureTable} */
function healthTable(critics) {
  return {
    title: "Whether the parts are in use",
    protocol: `On ${critics[0]?.health.images} of the images. Gate deviation: standard deviation of a level's gate over tokens, mean over levels. Query cosine: mean cosine between the outputs of two quality queries for one image (1 = collapsed).`,
    columns: ["model", "gate deviation, all tokens", "gate deviation inside an image", "query cosine"],
    rows: critics.map(({ name, health }) => [
      name,
      decimal(health.gateDeviation),
      decimal(health.gateDeviationInside),
      decimal(health.queryCosine),
    ]),
  };
}

/** @param {import("./support/agreement.js").Control[]} checks @returns {FigureTable} */
function controlTable(checks) {
  return {
    title: "Controls of the instrument",
    columns: ["control", "SRCC", "expected", ""],
    rows: checks.map(({ name, srcc, expected, passed }) => [
      name,
      decimal(srcc),
      expected,
      passed ? "passed" : "FAILED",
    ]),
  };
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
