// @ts-check
// A build that is killed again and again ends with the same bytes as one that was left alone.
import { spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import t from "tap";
import { contents, makeSources } from "../support/sources.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

t.test("killed in both passes", { timeout: 300_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-kill-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const sources = join(folder, "sources");
  await makeSources(sources);
  /** @param {string} out */
  const start = (out) => {
    const args = [
      "pairs",
      "build",
      "--data",
      sources,
      "--out",
      out,
      "--max-pixels",
      "25600",
      "--files",
      "--per-image",
      "8",
    ];
    return spawn(process.execPath, [main, ...args], { stdio: "ignore" });
  };
  /** @param {import("node:child_process").ChildProcess} child */
  const ended = (child) =>
    new Promise((done) => child.once("close", (/** @type {number | null} */ code, signal) => done(signal ?? code)));
  /** @param {string} path */
  const size = async (path) => (await stat(path).catch(() => ({ size: 0 }))).size;

  const whole = join(folder, "whole");
  t.equal(await ended(start(whole)), 0);

  const out = join(folder, "killed");
  const files = [join(out, ".build", "scan.jsonl"), join(out, "manifest.jsonl.part")];
  let kills = 0;
  // Kills whenever one of the two files has grown: the first pass, then the second, at places that depend on the machine's mood.
  for (const path of [...files, ...files.slice(1), ...files.slice(1)]) {
    const before = await size(path);
    const child = start(out);
    const end = ended(child);
    let running = true;
    end.then(() => {
      running = false;
    });
    while (running && (await size(path)) <= before) await sleep(1);
    child.kill("SIGKILL");
    if ((await end) === "SIGKILL") kills++;
  }
  t.ok(kills >= 3, `${kills} builds were killed`);
  t.equal(await size(join(out, "manifest.jsonl")), 0, "none of them was finished");
  t.equal(await ended(start(out)), 0);
  const [killed, expected] = await Promise.all([contents(out), contents(whole)]);
  t.same(Object.keys(killed).sort(), Object.keys(expected).sort());
  t.ok(
    Object.keys(expected).every((path) => killed[path] === expected[path]),
    "every file is the same",
  );
});
