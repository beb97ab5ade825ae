// @ts-check
// The setting is the process's, so these few assertions have a process (a test file) of their own.
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { EliqError } from "eliq";
import t from "tap";
import { addon, loadEngine } from "../support/addon.js";
import { tinyConfig, tinyImage, tinyModel } from "../support/tiny-model.js";

t.test("the first load that succeeds decides", async (t) => {
  const broken = tinyModel(t);
  truncateSync(join(broken, "model.safetensors"), 1000);
  await t.rejects(loadEngine(broken, { threads: 1 }), { constructor: EliqError, code: "ERR_MODEL_CORRUPT" });

  const directory = tinyModel(t);
  const engine = await loadEngine(directory, { threads: 2 });
  t.equal(engine.threads, 2, "a load that failed binds nobody");
  await t.rejects(loadEngine(directory, { threads: 1 }), {
    constructor: EliqError,
    code: "ERR_INVALID_ARGUMENT",
    message: /earlier load set it to 2; it cannot become 1/,
  });
  const options = { config: JSON.stringify(tinyConfig), initialWeights: join(directory, "model.safetensors"), seed: 1 };
  await t.rejects(addon.createTrainer({ ...options, threads: 3 }), {
    constructor: EliqError,
    code: "ERR_INVALID_ARGUMENT",
  });
  t.ok(Number.isFinite((await engine.score(tinyImage(30, 30)).promise).quality));
  await engine.dispose();

  await t.rejects(
    loadEngine(directory, { threads: 1 }),
    { code: "ERR_INVALID_ARGUMENT" },
    "also when no engine is left",
  );
  const again = await loadEngine(directory, { threads: 0 });
  t.equal(again.threads, 2, "0 takes what the process has");
  await again.dispose();
});

t.test("concurrent loads that disagree: one number wins, the others are told", async (t) => {
  const directory = tinyModel(t);
  const loads = await Promise.allSettled([2, 5, 2, 7].map((threads) => loadEngine(directory, { threads })));
  t.strictSame(
    loads.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "rejected"],
  );
  for (const load of loads) if (load.status === "fulfilled") await load.value.dispose();
});
