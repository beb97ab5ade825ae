// @ts-check
// Memory stays flat: 2,000 images of 20 shapes, single and batched, from encoded bytes to score. The weights do not matter
// for that, so the tiny model keeps it short; the whole way through decoder, gate, engine and back is the same.
import t from "tap";
import { runChild } from "../support/child.js";
import { tinyModel } from "../support/tiny-model.js";

for (const mode of ["single", "batch"]) {
  t.test(mode, async (t) => {
    const run = await runChild("memory-child.js", [mode, tinyModel(t)], { timeout: 600_000, flags: ["--expose-gc"] });
    t.equal(run.code, 0, run.stderr);
    const resident = JSON.parse(run.stdout);
    t.equal(resident.length, 20);
    const [, early = 0] = resident;
    const growth = resident.at(-1) / early - 1;
    const megabytes = resident.map((/** @type {number} */ bytes) => Math.round(bytes / 1e6)).join(" ");
    t.comment(`resident MB after each 100 images: ${megabytes}`);
    t.ok(growth < 0.05, `grew by ${(growth * 100).toFixed(1)} % from image 200 to 2,000: ${megabytes}`);
  });
}
