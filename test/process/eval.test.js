// @ts-check
// `eliq eval` as a process, with a critic whose scores are known: what the instrument says where the answer is known, and that a
// run that is killed ends with the same results.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import t from "tap";
import { parseEvaluationReport } from "../../dist/evaluation/report-schema.js";
import { Random } from "../../dist/pairs/random.js";
import { writeOpinions } from "../support/opinions.js";
import { jsonLines } from "../support/outcomes.js";

const script = fileURLToPath(new URL("../support/eval-child.js", import.meta.url));

/** @param {import("tap").Test} t @param {number} count @param {{ side?: number }} [options] */
async function dataset(t, count, options) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-eval-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return { folder, table: await writeOpinions(folder, count, options) };
}

/** @param {string[]} args */
function start(args) {
  const { NODE_OPTIONS, NODE_V8_COVERAGE, ...env } = process.env;
  const child = spawn(process.execPath, [script, ...args], { env });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  /** @type {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>} */
  const ended = new Promise((done) => child.once("close", (code, signal) => done({ code, signal, stdout, stderr })));
  return { child, ended };
}

t.test("planted and shuffled scores, through the whole command", { timeout: 300_000 }, async (t) => {
  const { folder, table } = await dataset(t, 1500);
  await rm(join(folder, "images", "00002.png"));
  await writeFile(join(folder, "images", "00005.png"), "no image");
  const common = ["--no-baselines", "--resamples", "20"];

  const out = join(folder, "planted");
  const json = join(folder, "copies", "copy.json");
  const planted = await start(["planted", table, "--out", out, "--json", json, ...common]).ended;
  t.equal(planted.code, 0, planted.stderr);
  t.match(planted.stdout, /zero-shot/);
  t.match(planted.stdout, /probe/);
  t.match(planted.stderr, /00002\.png is left out: the image is missing/);
  const text = await readFile(join(out, "evaluation.json"), "utf8");
  t.equal(await readFile(json, "utf8"), text);
  const evaluation = JSON.parse(text);
  const report = parseEvaluationReport(evaluation, "evaluation.json");
  t.equal(report.images, 1498);
  t.match(report.made, { model: "planted@0", calibration: "known-1" });
  t.same(report.problems.map(({ name }) => name).sort(), ["images/00002.png", "images/00005.png"]);
  t.equal(report.quality?.scores[0]?.srcc.value, 1, "a rising function of the opinions has SRCC 1");
  t.ok(report.controls.passed);
  t.ok(evaluation.tables.length > 3 && evaluation.tables.every((/** @type {any} */ table) => table.rows.length > 0));
  const [header, ...lines] = await jsonLines(join(out, "results.jsonl"));
  t.equal(`${header.dataset}, ratings.csv`, report.dataset);
  t.equal(lines.length, 1499);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(out, "results.parquet")) });
  t.same(
    rows.map(({ path, raw_quality, code }) => [path, raw_quality ?? null, code ?? null]),
    lines.map(({ path, raw, code }) => [path, raw?.quality ?? null, code ?? null]),
  );

  const shuffled = await start(["shuffled", table, "--out", join(folder, "shuffled"), ...common]).ended;
  t.equal(shuffled.code, 0, shuffled.stderr);
  const wrong = JSON.parse(await readFile(join(folder, "shuffled", "evaluation.json"), "utf8"));
  const srcc = wrong.quality.scores[0].srcc.value;
  t.ok(Math.abs(srcc) < 0.06, `scores of other images have SRCC ${srcc}`);

  const mixed = await start(["shuffled", table, "--out", out, ...common]).ended;
  t.equal(mixed.code, 3, "the results of one critic are not gone on with by another");
  t.match(mixed.stderr, /ERR_RESULTS|another run/);
});

t.test("killed at random moments, it ends with the same results", { timeout: 300_000 }, async (t) => {
  const { folder, table } = await dataset(t, 150, { side: 96 });
  const args = (/** @type {string} */ out) => ["slow", table, "--out", out, "--resamples", "5"];
  const whole = join(folder, "whole");
  t.equal((await start(args(whole)).ended).code, 0);

  const out = join(folder, "killed");
  const results = join(out, "results.jsonl");
  const size = async () => (await stat(results).catch(() => ({ size: 0 }))).size;
  const random = new Random("kills", Date.now());
  let kills = 0;
  for (let i = 0; i < 3; i++) {
    const before = await size();
    const { child, ended } = start(args(out));
    let running = true;
    ended.then(() => {
      running = false;
    });
    while (running && (await size()) <= before) await sleep(1);
    await sleep(random.uniform(0, 60));
    child.kill("SIGKILL");
    if ((await ended).signal === "SIGKILL") kills++;
  }
  t.ok(kills >= 2, `${kills} runs were killed`);
  t.equal((await start(args(out)).ended).code, 0);

  const undated = async (/** @type {string} */ path) =>
    (await readFile(path, "utf8")).replace(/"created":\s?"[\d-]+"/, '"created":""');
  for (const name of ["results.jsonl", "evaluation.json"])
    t.equal(await undated(join(out, name)), await undated(join(whole, name)), name);
});

t.test("interrupted, it says so, and the same command goes on", { timeout: 120_000 }, async (t) => {
  const { folder, table } = await dataset(t, 150);
  const args = ["slow", table, "--out", join(folder, "out"), "--no-baselines", "--resamples", "5"];
  const results = join(folder, "out", "results.jsonl");
  const { child, ended } = start(args);
  while ((await stat(results).catch(() => ({ size: 0 }))).size < 5000) await sleep(2);
  child.kill("SIGSTOP");
  const second = await start(args).ended;
  t.equal(second.code, 3, "two processes never write one file");
  t.match(second.stderr, new RegExp(`Process ${child.pid} is evaluating into`));
  child.kill("SIGCONT");
  child.kill("SIGINT");
  const stopped = await ended;
  t.equal(stopped.code, 130, stopped.stderr);
  const kept = (await jsonLines(results)).length;
  t.ok(kept > 1 && kept < 151, `${kept - 1} lines are kept`);
  t.equal((await start(args).ended).code, 0);
  t.equal((await jsonLines(results)).length, 151);
});

t.test("a set of which no image can be read is no evaluation", async (t) => {
  const { folder, table } = await dataset(t, 12);
  for (let i = 0; i < 12; i++) await writeFile(join(folder, "images", `${String(i).padStart(5, "0")}.png`), "no image");
  const out = join(folder, "out");
  const { code, stderr } = await start(["planted", table, "--out", out, "--no-baselines"]).ended;
  t.equal(code, 3);
  t.match(stderr, /Only 0 of 12 images could be scored; .*results\.jsonl says why\. \[ERR_DATASET\]/);
  t.equal((await jsonLines(join(out, "results.jsonl"))).length, 13);
});

t.test("what it does not understand", async (t) => {
  const { folder, table } = await dataset(t, 12);
  const few = join(folder, "few.csv");
  await writeFile(few, "image,prompt,generator,mos_quality\nimages/00000.png,a,g,1\n");
  const other = join(folder, "other.csv");
  await writeFile(other, "image;mos_quality\nimages/00000.png;1\n");
  const taken = ["eliq", "Sharpness", "prompt-blind control"];
  /** @type {[args: string[], code: number, message: RegExp][]} */
  const cases = [
    [[table, "--also", "x"], 2, /--also takes NAME=DIR, not "x"/],
    ...taken.map(
      (name) =>
        /** @type {[string[], number, RegExp]} */ ([
          [table, "--also", `${name}=a`],
          2,
          new RegExp(`The name "${name}" is taken`),
        ]),
    ),
    [[table, "--limit", "3"], 2, /--limit must be a whole number of 10 or more/],
    [[table, "--dataset", "no-such"], 2, /There is no reader for the data set no-such/],
    [[table, table], 2, /one data set at a time/],
    [[other], 3, /looks like no data set that eliq reads\. .* lacks the column image.* Name its layout with/],
    [[few], 3, /gives only 1 images with opinions; at least 10/],
    [[table, "--out", few], 3, /There can be no folder .*few\.csv: EEXIST.* \[ERR_IO\]/],
  ];
  await Promise.all(
    cases.map(async ([args, code, message]) => {
      const ended = await start(["planted", ...args]).ended;
      t.equal(ended.code, code, args.join(" "));
      t.match(ended.stderr, message);
    }),
  );
});
