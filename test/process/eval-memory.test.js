// @ts-check
// A run keeps nothing of the images that are done: with what it keeps of 6,000, 20,000 and more need no other machine.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { runChild } from "../support/child.js";

t.test("memory stays flat while thousands of images go by", { timeout: 300_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-eval-memory-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const count = 6000;
  const child = await runChild("eval-memory-child.js", [folder, String(count)], {
    timeout: 240_000,
    flags: ["--expose-gc"],
  });
  t.equal(child.code, 0, child.stderr);
  /** @type {number[]} */
  const used = JSON.parse(child.stdout);
  t.equal(used.length, 6);
  // A line is 11 KB of text; five thousand kept ones would be 55 MB.
  const growth = (Math.min(...used.slice(3)) - Math.min(...used.slice(0, 2))) / 2 ** 20;
  t.ok(growth < 6, `grew by ${growth.toFixed(1)} MiB between the first two and the last three thousand images`);
});
