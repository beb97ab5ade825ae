// @ts-check
// `eliq train` for real: the shipped model's tower, everything behind it fresh. ELIQ_TEST_BACKBONE names another tower.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import t from "tap";

const root = fileURLToPath(new URL("../../", import.meta.url));
const fixtures = join(root, "test", "fixtures", "train");
const backbone = process.env.ELIQ_TEST_BACKBONE ?? join(root, "models", "default");

/** @param {import("tap").Test} t */
async function temporary(t) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-train-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs `eliq train`.
 * @param {string[]} parameters
 * @param {(child: import("node:child_process").ChildProcess) => unknown} [meanwhile]
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
async function eliqTrain(parameters, meanwhile) {
  const main = join(root, "dist", "cli", "main.js");
  const child = spawn(process.execPath, [main, "train", "--backbone", backbone, ...parameters]);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const closed = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  await meanwhile?.(child);
  return closed;
}

/**
 * Kills the process as soon as `condition` holds.
 * @param {() => Promise<boolean>} condition
 * @param {NodeJS.Signals} signal
 * @returns {(child: import("node:child_process").ChildProcess) => Promise<void>}
 */
function killWhen(condition, signal) {
  return async (child) => {
    while (child.exitCode === null && child.signalCode === null) {
      if (await condition()) {
        child.kill(signal);
        return;
      }
      await sleep(5);
    }
  };
}

t.test("40 images teach it to order pairs of 20 others", async (t) => {
  const folder = await temporary(t);
  const out = join(folder, "critic");
  const architecture = join(folder, "architecture.json");
  await writeFile(architecture, JSON.stringify({ input: { area: 256 * 256 } }));
  const started = performance.now();
  const { code, stdout, stderr } = await eliqTrain([
    ...["--data", join(fixtures, "learn"), "--held-out", join(fixtures, "unseen"), "--out", out],
    ...["--publishable", "--architecture", architecture, "--per-image", "4", "--steps", "60", "--seed", "3"],
  ]);
  t.equal(code, 0, stderr);
  t.comment(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  const { heldOut, data } = JSON.parse(await readFile(join(out, "training.json"), "utf8"));
  t.equal(data.trained, 40);
  t.equal(data.heldOut, 20);
  const [before, after] = [heldOut.untrained.quality.accuracy, heldOut.trained.quality.accuracy];
  t.comment(`pairs ordered rightly: ${before.toFixed(3)} untrained, ${after.toFixed(3)} trained`);
  t.ok(before > 0.25 && before < 0.75, `untrained it guesses: ${before}`);
  t.ok(after >= 0.8, `trained: ${after}`);
  t.ok(heldOut.trained.technical.accuracy >= 0.75, `technical: ${heldOut.trained.technical.accuracy}`);
  t.match(stdout, /unseen images ordered rightly/);
  for (const file of ["config.json", "model.safetensors", "calibration.json", "README.md"])
    t.ok(existsSync(join(out, file)), file);
});

t.test("killed twice and started again at one thread, the weights are those of an unbroken run", async (t) => {
  const folder = await temporary(t);
  const architecture = join(folder, "architecture.json");
  await writeFile(architecture, JSON.stringify({ input: { area: 128 * 128 } }));
  /** @param {string} name */
  const parameters = (name) => [
    ...["--data", join(fixtures, "learn"), "--held-out", "0", "--limit", "10", "--out", join(folder, name)],
    ...["--architecture", architecture, "--per-image", "2", "--combinations", "0", "--batch", "4"],
    ...["--steps", "60", "--checkpoint-every", "10", "--threads", "1", "--seed", "3"],
  ];
  const unbroken = await eliqTrain(parameters("unbroken"));
  t.equal(unbroken.code, 0, unbroken.stderr);

  const run = join(folder, "broken.run");
  const whole = (await readFile(join(folder, "unbroken.run", "features.bin"))).length;
  const someFeatures = async () =>
    (await readFile(join(run, "features.bin")).catch(() => Buffer.alloc(0))).length > whole / 3;
  const first = await eliqTrain(parameters("broken"), killWhen(someFeatures, "SIGKILL"));
  t.equal(first.signal, "SIGKILL", "killed while it computed features");
  t.notOk(existsSync(join(run, "state.json")));

  const someSteps = async () => {
    const log = await readFile(join(run, "log.jsonl"), "utf8").catch(() => "");
    return log.split("\n").length > 25;
  };
  const second = await eliqTrain(parameters("broken"), killWhen(someSteps, "SIGKILL"));
  t.equal(second.signal, "SIGKILL", "killed between two checkpoints");
  t.ok(existsSync(join(run, "state.json")));
  t.notOk(existsSync(join(folder, "broken", "model.safetensors")));

  const third = await eliqTrain(parameters("broken"));
  t.equal(third.code, 0, third.stderr);
  const [a, b] = await Promise.all(
    ["unbroken", "broken"].map((name) => readFile(join(folder, name, "model.safetensors"))),
  );
  t.ok(a && b && a.equals(b), "byte for byte");
  const logs = await Promise.all(
    ["unbroken.run", "broken.run"].map((name) => readFile(join(folder, name, "log.jsonl"), "utf8")),
  );
  t.equal(logs[1], logs[0], "and so is the log");
});

t.test("Ctrl-C leaves a checkpoint and says how to go on", async (t) => {
  const folder = await temporary(t);
  const out = join(folder, "critic");
  const architecture = join(folder, "architecture.json");
  await writeFile(architecture, JSON.stringify({ input: { area: 128 * 128 } }));
  const started = async () => existsSync(join(`${out}.run`, "features.bin"));
  const parameters = ["--data", join(fixtures, "learn"), "--out", out, "--architecture", architecture];
  const { code, stderr } = await eliqTrain(parameters, killWhen(started, "SIGINT"));
  t.equal(code, 130);
  t.match(stderr, /the same command goes on/);
});

t.test("wrong use is named", async (t) => {
  for (const [parameters, message] of /** @type {[string[], RegExp][]} */ ([
    [[], /--out is missing/],
    [["--out", "x"], /--data is missing/],
    [["--out", "x", "--data", "x", "--steps", "many"], /--steps takes a number/],
    [["--nonsense"], /nonsense/],
  ])) {
    const { code, stderr } = await eliqTrain(parameters);
    t.equal(code, 2, parameters.join(" "));
    t.match(stderr, message);
  }
  const { code, stdout } = await eliqTrain(["--help"]);
  t.equal(code, 0);
  t.match(stdout, /Examples:/);
});
