// @ts-check
// Memory stays flat: 2,000 images of 20 shapes, single and batched, from encoded bytes to score. The weights do not matter
// for that, so the tiny model keeps it short; the whole way through decoder, gate, engine and back is the same.
// Compared is the least that stayed resident over five readings. glibc gives each thread an arena of its own, and each of them grows at its
// own time to the largest image that it happened to meet: 20 MB that are no leak. With one arena for all what is left is eliq's.
import t from "tap";
import { runChild } from "../support/child.js";
import { tinyModel } from "../support/tiny-model.js";

for (const mode of ["single", "batch"]) {
  t.test(mode, async (t) => {
    const options = { timeout: 600_000, flags: ["--expose-gc"], environment: { MALLOC_ARENA_MAX: "1" } };
    const run = await runChild("memory-child.js", [mode, tinyModel(t)], options);
    t.equal(run.code, 0, run.stderr);
    const resident = JSON.parse(run.stdout);
    t.equal(resident.length, 20);
    const growth = Math.min(...resident.slice(-5)) / Math.min(...resident.slice(1, 6)) - 1;
    const megabytes = resident.map((/** @type {number} */ bytes) => Math.round(bytes / 1e6)).join(" ");
    t.comment(`resident MB after each 100 images: ${megabytes}`);
    t.ok(
      growth < 0.05,
      `grew by ${(growth * 100).toFixed(1)} % from images 200 to 600 to images 1,600 to 2,000: ${megabytes}`,
    );
  });
}
