// @ts-check
// `eliq calibrate` as a program, with a tiny model whose random weights happen to order these two kinds of damage.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import t from "tap";
import { calibratePairs } from "../../dist/calibration/calibrate-pairs.js";
import { gatherGraded } from "../../dist/calibration/gather.js";
import { readCalibration } from "../../dist/calibration/read.js";
import { buildPairs } from "../../dist/pairs/build/build.js";
import { PairManifest } from "../../dist/pairs/manifest/read.js";
import { fakeEliq } from "../support/fake-engine.js";
import { plainEnvironment, root } from "../support/model.js";
import { tinyImage, writeTinyModel } from "../support/tiny-model.js";

const folder = await mkdtemp(join(tmpdir(), "eliq-calibrate-"));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const at = (/** @type {string} */ name) => join(folder, name);
const images = 60;

await mkdir(at("images"));
let list = "";
for (let i = 0; i < images; i++) {
  const { data, width, height } = tinyImage(112, 112, i + 1);
  const name = `${String(i).padStart(2, "0")}.png`;
  await sharp(data, { raw: { width, height, channels: 3 } })
    .blur(1 + (i % 3))
    .toFile(at(`images/${name}`));
  list += `${JSON.stringify({ path: name, kind: i === 0 ? "ai" : "photo", generator: "g" })}\n`;
}
await writeFile(at("images/manifest.jsonl"), list);
await buildPairs({
  data: at("images/manifest.jsonl"),
  out: at("pairs"),
  seed: 1,
  families: ["gaussian-noise", "under-exposure"],
  perImage: 0,
  combinations: 0,
  pairings: 1,
  testShare: 0.4,
  maxPixels: 16384,
  encoding: { format: "lossless" },
  files: true,
  filter: false,
  limit: 0,
  workers: 1,
});
const model = writeTinyModel(at("model"), { seed: 37 });

/**
 * @param {string[]} args @param {(child: import("node:child_process").ChildProcess) => void} [watch]
 * @returns {Promise<{ status: number | null, stdout: string, stderr: string }>}
 */
function eliq(args, watch) {
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...args], {
    env: plainEnvironment(),
    cwd: folder,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  watch?.(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** Lines of scores that a run folder holds. @param {string} run */
function linesOf(run) {
  const path = join(run, "scores.jsonl");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}

/** Kills a child as soon as it has added so many lines of scores. @param {string} run @param {number} lines @param {NodeJS.Signals} signal */
function killAfter(run, lines, signal) {
  const before = linesOf(run);
  return (/** @type {import("node:child_process").ChildProcess} */ child) => {
    const timer = setInterval(() => {
      if (linesOf(run) < before + lines) return;
      clearInterval(timer);
      child.kill(signal);
    }, 2);
    child.on("close", () => clearInterval(timer));
  };
}

const pairs = ["calibrate", "--pairs", "pairs", "--model", "model", "--threads", "1"];

t.test("from pairs: killed, stopped and gone on with, the calibration is that of an unbroken run", async (t) => {
  const whole = await eliq([...pairs, "--name", "one", "--out", "whole.json"]);
  t.match(whole.stdout, /Wrote whole\.json: "one", from \d+ good images/);
  t.match(whole.stdout, /test split[\s\S]*quality[\s\S]*photo .*(yes|NO)[\s\S]*aesthetic/);
  t.equal(whole.status, /NO/.test(whole.stdout) ? 1 : 0, whole.stderr);
  const broken = [...pairs, "--name", "one", "--out", "broken.json"];
  t.equal((await eliq(broken, killAfter(at("broken.json.run"), 4, "SIGKILL"))).status, null);
  t.equal((await eliq(broken, killAfter(at("broken.json.run"), 3, "SIGINT"))).status, 130);
  const kept = linesOf(at("broken.json.run"));
  t.ok(kept >= 7 && kept < images + 1, `${kept} lines were kept`);
  t.notOk(existsSync(at("broken.json")));
  t.equal((await eliq(broken)).status, whole.status);
  t.equal(await readFile(at("broken.json"), "utf8"), await readFile(at("whole.json"), "utf8"));
  const again = await eliq([...broken, "--families", "gaussian-noise"]);
  t.match(again, { status: 2, stderr: /another model, manifest or choice of families/ });
});

t.test("what could not be read is tried again; two runs do not share a folder", async (t) => {
  const manifest = await PairManifest.open(at("pairs"));
  const { eliq } = fakeEliq();
  const gather = (/** @type {string} */ run) => gatherGraded(eliq, manifest, { run: at(run) });
  const whole = await gather("whole-run");
  t.same(whole.failed, []);
  const [, first = ""] = (await readFile(manifest.path, "utf8")).split("\n");
  const picture = at(join("pairs", JSON.parse(first).images[0].file));
  await rename(picture, `${picture}.away`);
  const without = await gather("broken-run");
  t.equal(without.failed.length, 1);
  t.equal(without.units.length, whole.units.length - 1);
  await rename(`${picture}.away`, picture);
  t.same(await gather("broken-run"), whole);

  const both = await Promise.allSettled([gather("shared-run"), gather("shared-run")]);
  t.match(both, [{ status: "fulfilled" }, { reason: { code: "ERR_IO", message: /keeps its scores in .*--run/ } }]);
  await writeFile(at("a file"), "");
  await t.rejects(gather("a file"), { code: "ERR_IO", message: /cannot be made/ });
  await t.rejects(
    calibratePairs(eliq, manifest, { id: "x", created: "2026-01-01", run: at("r"), families: ["haze"] }),
    {
      code: "ERR_CALIBRATION",
      message: /no damage of the families haze, only of gaussian-noise/,
    },
  );
  t.notOk(existsSync(at("r")), "before anything is scored");
});

t.test("the calibration says what it was made from, and is used by name", async (t) => {
  const { status, stderr } = await eliq([
    ...pairs,
    "--population",
    "photo",
    "--name",
    "photos",
    "--run",
    "whole.json.run",
  ]);
  t.ok(status === 0 || status === 1, stderr);
  const calibration = await readCalibration("photos", model);
  t.match(calibration, { id: "photos", model: /^tiny@/, scales: { quality: { kind: "anchored" } } });
  t.match(
    calibration.population.description,
    /of photo \(the training split of the pair manifest pairs\).*5 levels by all families/,
  );
  t.same(Object.keys(calibration.population.kinds), ["photo"]);
  const line = JSON.parse(
    (await eliq(["score", "images/00.png", "--jsonl", "--model", "model", "--calibration", "photos"])).stdout,
  );
  t.match(line, { ok: true, calibration: "photos", percentiles: { quality: Number, alignment: null } });
  t.match(await eliq([...pairs, "--population", "x", "--run", "whole.json.run"]), {
    status: 3,
    stderr: /"x".*it has ai, g, photo/,
  });
  t.match(await eliq([...pairs, "--population", "ai", "--run", "whole.json.run"]), {
    status: 3,
    stderr: /fewer than 20|no image/,
  });
});

t.test("from labels and from votes", async (t) => {
  const scored = (await eliq(["score", "images", "--jsonl", "--model", "model"])).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const labels = scored.map(({ path, raw }, i) => `${path},${3 + raw.quality + ((i * 7) % 5) / 50}`);
  await writeFile(at("labels.csv"), `image,quality\n${labels.join("\n")}\n`);
  const args = [
    "calibrate",
    "--labels",
    "labels.csv",
    "--model",
    "model",
    "--name",
    "raters",
    "--method",
    "isotonic",
    "--range",
    "0,9",
  ];
  const fitted = await eliq(args);
  t.equal(fitted.status, 0, fitted.stderr);
  t.match(
    fitted.stdout,
    /"raters", quality from 0 to 9, fitted to 60 labels \(isotonic\)[\s\S]*SRCC.*0\.9[\s\S]*labels left out/,
  );
  const line = JSON.parse(
    (await eliq(["score", "images/00.png", "--jsonl", "--model", "model", "--calibration", "raters"])).stdout,
  );
  t.ok(Math.abs(line.quality - Number(labels[0]?.split(",")[1])) < 0.2, "a score on the labels' scale");

  const results = scored.map((line, i) =>
    JSON.stringify({ ...line, opinions: { quality: Number(labels[i]?.split(",")[1]) } }),
  );
  await writeFile(at("results.jsonl"), `${results.join("\n")}\n`);
  t.equal((await eliq([...args, "--labels", "results.jsonl", "--out", "from-results.json"])).status, 0);
  t.same(
    (await readCalibration(at("from-results.json"))).scales.quality,
    (await readCalibration("raters", model)).scales.quality,
  );
  await writeFile(at("few.csv"), `image,quality\n${labels.slice(0, 10).join("\n")}\nmissing.png,3\n`);
  const few = await eliq([...args, "--labels", "few.csv", "--method", "linear", "--out", "few.json"]);
  const outside = await eliq([...args, "--range", "0,1"]);
  t.match(outside, { status: 3, stdout: "", stderr: /^eliq: The label [\d.]+ lies outside/ }, "before any scoring");
  t.match(few, { status: 1, stderr: /10 labels are few[\s\S]*1 images could not be scored.*missing\.png/ });

  await writeFile(
    at("votes.csv"),
    "a,b,winner\nimages/00.png,images/01.png,a\nimages/01.png,images/02.png,a\nimages/02.png,images/00.png,a\n",
  );
  const voted = await eliq([
    "calibrate",
    "--votes",
    "votes.csv",
    "--method",
    "bradley-terry",
    "--out",
    "votes-labels.csv",
  ]);
  t.match(voted, { status: 0, stdout: /3 images by 3 votes/ });
  t.match(await eliq(["calibrate", "--votes", "votes.csv", "--method", "thurstone", "--out", "votes.csv/x.csv"]), {
    status: 3,
    stderr: /x\.csv cannot be written.*\[ERR_IO\]/,
  });
  t.match(await readFile(at("votes-labels.csv"), "utf8"), /^image,quality,standard_error,votes\nimages\/00\.png,/);
});

t.test("mistakes in the command line", async (t) => {
  const wrong = async (/** @type {string[]} */ args, /** @type {RegExp} */ message) =>
    t.match(await eliq(["calibrate", ...args]), { status: 2, stderr: message }, args.join(" "));
  await wrong([], /--pairs, --labels or --votes/);
  await wrong(["--pairs", "p", "--labels", "l"], /not both/);
  await wrong(["--pairs", "p", "--method", "linear"], /--method does not go with --pairs/);
  await wrong(["--labels", "l.csv"], /--method is missing.*isotonic/);
  await wrong(["--labels", "l.csv", "--method", "thurstone"], /cannot be "thurstone"/);
  await wrong(["--labels", "l.csv", "--method", "linear", "--range", "5,1"], /--range/);
  await wrong(["--labels", "l.csv", "--method", "linear", "--target", "beauty"], /--target/);
  await wrong(["--votes", "v.csv", "--method", "thurstone"], /--out is missing/);
  await wrong(["--pairs", "pairs", "--name", "../x"], /--name takes/);
  await wrong([...pairs.slice(1), "--families", "gaussian-noise,blur"], /no "blur"; it has gaussian-noise/);
  t.match(await eliq(["calibrate", "--help"]), { status: 0, stdout: /Usage: eliq calibrate/ });
});
