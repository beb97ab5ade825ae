// @ts-check
// Resident memory and threads stay flat. The first tenth of each run is its warm-up: caches, arenas and compiled code.
import t from "tap";
import { runChild } from "../support/child.js";
import { tinyModel } from "../support/tiny-model.js";

t.setTimeout(900_000);

const mebibyte = 2 ** 20;

// `bound`: growth in MiB from the first measurement to the last. One score's staging copy is .1 to .4 MiB and one tiny engine
// about .2 MiB, so a leak of either would exceed it many times over.
/** @type {Record<string, { rounds: number, bound: number }>} */
const runs = {
  score: { rounds: 5000, bound: 12 },
  cancel: { rounds: 500, bound: 12 },
  load: { rounds: 500, bound: 12 },
  failures: { rounds: 2000, bound: 12 },
  trainer: { rounds: 300, bound: 12 },
};

for (const [kind, { rounds, bound }] of Object.entries(runs)) {
  t.test(`${kind}: ${rounds} rounds`, { timeout: 300_000 }, async (t) => {
    const directory = tinyModel(t);
    const { code, signal, stdout, stderr } = await runChild("leak-child.js", [kind, directory, String(rounds)], {
      timeout: 240_000,
      flags: ["--expose-gc"],
    });
    t.equal(code, 0, stderr || String(signal));
    /** @type {{ rss: number[], threads: number[] }} */
    const { rss, threads } = JSON.parse(stdout);
    const growth = ((rss.at(-1) ?? Number.NaN) - (rss[0] ?? Number.NaN)) / mebibyte;
    t.comment(`resident MiB: ${rss.map((bytes) => Math.round(bytes / mebibyte)).join(" ")}`);
    t.ok(growth < bound, `grew ${growth.toFixed(1)} MiB, bound ${bound} MiB`);
    t.equal(threads.at(-1), threads[0], "threads");
  });
}
