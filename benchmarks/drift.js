// @ts-check
// How often `eliq drift` raises an alarm: where nothing has moved, and where the batch is one generator that the reference lacks.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createProgress } from "../dist/cli/progress.js";
import { formatTable } from "../dist/cli/text-table.js";
import { measureDrift } from "../dist/drift/drift.js";
import { readPopulation, selectImages } from "../dist/drift/population.js";
import { createReference } from "../dist/drift/reference.js";
import { Random } from "../dist/pairs/random.js";
import { ResultsFile } from "../dist/results/read.js";

const usage = `Alarms of eliq drift on a set of several generators.

  node benchmarks/drift.js --results FILE [options]

  --results FILE   results.jsonl of \`eliq eval\` on AGIQA-3K, with embeddings and generators
  --resamples N    batches of each kind (default 200); a quarter of that for kinds that only describe the set
  --batch N        images of a batch (default 100)
  --out FILE       also write everything as JSON`;

/**
 * @typedef {import("../dist/drift/population.js").Population} Population
 * @typedef {import("../dist/drift/drift.js").DriftReport} DriftReport
 * @typedef {{ name: string, grouped: boolean, promised: boolean, draw: (random: Random) => Draw }} Scenario
 * @typedef {{ batch: number[], rest: number[] }} Draw
 * @typedef {ReturnType<typeof summarise>} Summary
 */

/** Generators for which docs/drift.md promises an alarm: an old one and a new one. */
const promisedGenerators = ["AttnGAN", "xl2.2"];

async function main() {
  const options = readOptions();
  if (!options) return;
  const file = await ResultsFile.open(options.results);
  const population = await readPopulation(file);
  if (!population.embeddings || !population.groups) throw new Error(`${options.results} lacks embeddings or groups.`);
  const generators = await readGenerators(file);
  /** @type {Summary[]} */
  const summaries = [];
  for (const scenario of scenarios(population, generators, options.batch)) {
    const resamples = scenario.promised ? options.resamples : Math.ceil(options.resamples / 4);
    summaries.push(summarise(scenario, await runScenario(scenario, population, resamples)));
    console.error(`${scenario.name}: ${percent(summaries.at(-1)?.alarms ?? Number.NaN)} alarms`);
  }
  const checks = judge(summaries);
  console.log(formatTable(alarmTable(options, population, summaries)));
  for (const { name, passed } of checks) console.log(`${passed ? "passed" : "FAILED"}: ${name}`);
  if (options.out) {
    const { resamples, batch } = options;
    const created = new Date().toISOString().slice(0, 10);
    const results = { model: population.model, images: population.size, resamples, batch, created, summaries, checks };
    await writeFile(
      options.out,
      `${JSON.stringify({ format: "eliq-drift-benchmark", formatVersion: 1, ...results }, null, 1)}\n`,
    );
  }
  if (checks.some(({ passed }) => !passed)) process.exitCode = 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      results: { type: "string" },
      resamples: { type: "string", default: "200" },
      batch: { type: "string", default: "100" },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help || values.results === undefined) {
    console.log(usage);
    return undefined;
  }
  const resamples = Number(values.resamples);
  const batch = Number(values.batch);
  if (!(resamples >= 1 && batch >= 20)) throw new Error("--resamples must be at least 1 and --batch at least 20.");
  return { results: values.results, resamples, batch, out: values.out };
}

/** Generator of each image that was scored, in the order of `readPopulation`. @param {ResultsFile} file */
async function readGenerators(file) {
  const generators = [];
  for await (const line of file.lines()) if (line.ok) generators.push(line.generator ?? "unknown");
  return generators;
}

/** @param {Population} population @param {string[]} generators @param {number} size @returns {Scenario[]} */
function scenarios({ size: total, groups = [] }, generators, size) {
  const all = Array.from({ length: total }, (_, i) => i);
  /** @type {Scenario[]} */
  const same = [
    {
      name: "same population",
      grouped: false,
      promised: true,
      draw(random) {
        const order = random.shuffle(all);
        return { batch: order.slice(0, size), rest: order.slice(size) };
      },
    },
    ...[false, true].map((grouped) => ({
      name: `same population, whole prompts, ${grouped ? "grouped" : "taken as independent"}`,
      grouped,
      promised: grouped,
      draw(/** @type {Random} */ random) {
        const rank = new Map(random.shuffle([...new Set(groups)]).map((group, i) => [group, i]));
        const order = all.toSorted((a, b) => (rank.get(groups[a] ?? "") ?? 0) - (rank.get(groups[b] ?? "") ?? 0));
        return { batch: order.slice(0, size), rest: order.slice(size) };
      },
    })),
  ];
  const single = [...new Set(generators)].sort().flatMap((generator) => {
    const own = all.filter((i) => generators[i] === generator);
    const rest = all.filter((i) => generators[i] !== generator);
    return [false, true].map((grouped) => ({
      name: `${generator} against the rest${grouped ? ", grouped" : ""}`,
      grouped,
      promised: promisedGenerators.includes(generator),
      draw: (/** @type {Random} */ random) => ({ batch: random.shuffle(own).slice(0, size), rest }),
    }));
  });
  return [...same, ...single];
}

/** @param {Scenario} scenario @param {Population} population @param {number} resamples */
async function runScenario({ name, grouped, draw }, population, resamples) {
  const progress = createProgress({ label: name, total: resamples });
  const reports = [];
  /** @type {number[]} */
  let before = [];
  /** @type {ReturnType<typeof createReference> | undefined} */
  let reference;
  for (let i = 0; i < resamples; i++) {
    const { batch, rest } = draw(new Random("drift benchmark", name, i));
    // The rest of a single generator is the same every time.
    if (!reference || rest !== before) {
      const made = { description: "the rest of the set", created: "2026-01-01", seed: i };
      reference = createReference(selectImages(population, rest), made);
      before = rest;
    }
    reports.push(await measureDrift(reference, selectImages(population, batch), { grouped, seed: i }));
    progress.update(i + 1);
  }
  progress.finish();
  return reports;
}

/** @param {Scenario} scenario @param {DriftReport[]} reports */
function summarise({ name, grouped }, reports) {
  const share = (/** @type {(report: DriftReport) => boolean} */ holds) =>
    reports.filter(holds).length / reports.length;
  const mean = (/** @type {(report: DriftReport) => number} */ value) =>
    reports.reduce((sum, report) => sum + value(report), 0) / reports.length;
  const tests = (reports[0]?.tests ?? []).map(({ kind, of }, i) => ({
    test: `${kind} of ${of}`,
    alarms: share((report) => report.tests[i]?.alarm ?? false),
    statistic: mean((report) => report.tests[i]?.statistic ?? Number.NaN),
    chance: mean((report) => report.tests[i]?.chance ?? Number.NaN),
  }));
  return {
    name,
    grouped,
    batches: reports.length,
    alarms: share(({ drift }) => drift),
    scores: share(({ moved }) => moved.includes("scores")),
    embeddings: share(({ moved }) => moved.includes("embeddings")),
    retrain: share(({ retrain }) => retrain),
    qualityShift: mean(({ shifts }) => shifts.quality ?? Number.NaN),
    unfamiliar: mean(({ unfamiliar = Number.NaN }) => unfamiliar),
    energyCoefficient: mean(({ energyCoefficient = Number.NaN }) => energyCoefficient),
    tests,
  };
}

/** What docs/drift.md promises. @param {Summary[]} summaries */
function judge(summaries) {
  const alarmsOf = (/** @type {string} */ name) => summaries.find((summary) => summary.name === name)?.alarms;
  return [
    ...["same population", "same population, whole prompts, grouped"].map((name) => ({
      name: `${name}: at most 5 % alarms`,
      passed: (alarmsOf(name) ?? 1) <= 0.05,
    })),
    ...promisedGenerators.flatMap((generator) =>
      ["", ", grouped"].map((how) => ({
        name: `${generator} against the rest${how}: at least 95 % alarms`,
        passed: (alarmsOf(`${generator} against the rest${how}`) ?? 0) >= 0.95,
      })),
    ),
  ];
}

/** @param {{ batch: number }} options @param {Population} population @param {Summary[]} summaries @returns {import("../dist/training/card.js").FigureTable} */
function alarmTable({ batch }, { model, size }, summaries) {
  return {
    title: "Alarms of eliq drift",
    protocol: `${model}, ${size} images; batches of ${batch} images, reference: all other images of the named kind, at most 1,000. Shares of the batches with an alarm; means of the quality shift (in standard deviations of the reference), of the share unlike the reference (1 % by chance) and of the energy coefficient.`,
    columns: ["batch", "batches", "alarm", "scores", "embeddings", "re-train", "shift", "unlike", "energy"],
    rows: summaries.map((row) => [
      row.name,
      row.batches,
      ...[row.alarms, row.scores, row.embeddings, row.retrain].map(percent),
      row.qualityShift.toFixed(2),
      percent(row.unfamiliar),
      row.energyCoefficient.toFixed(3),
    ]),
  };
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
