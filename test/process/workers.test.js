// @ts-check
// Environments hold handles on engines that belong to the process.
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import t from "tap";
import { addon, loadEngine } from "../support/addon.js";
import { tinyImage, tinyModel } from "../support/tiny-model.js";

t.setTimeout(300_000);

const script = new URL("../support/score-worker.js", import.meta.url);

/** @param {string} directory */
async function startWorker(directory) {
  const worker = new Worker(script, { workerData: { directory } });
  const [hello] = await once(worker, "message");
  return { worker, hello };
}

/** @param {Worker} worker @param {unknown} message */
async function ask(worker, message) {
  const answer = once(worker, "message");
  worker.postMessage(message);
  return (await answer)[0];
}

/** Threads of the process that an engine started (its own and the OpenMP threads that inherit its name); Linux only. */
function engineThreads() {
  try {
    const names = readdirSync("/proc/self/task").map((id) => readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim());
    return names.filter((name) => name === "eliq-engine").length;
  } catch {
    return 0;
  }
}

t.test("four workers share one engine and agree to the bit", async (t) => {
  const directory = tinyModel(t);
  const first = await startWorker(directory);
  await ask(first.worker, [1]);
  const threads = engineThreads();
  const team = [first, ...(await Promise.all([2, 3, 4].map(() => startWorker(directory))))];
  await Promise.all(team.map(({ worker }) => ask(worker, [1])));
  t.equal(addon.engineCount(), 1, "seen from the main thread");
  t.equal(engineThreads(), threads, "four workers compute on the threads of one");
  for (const { hello } of team) t.equal(hello.engines, 1, "seen from a worker");

  const engine = await loadEngine(directory);
  t.equal(addon.engineCount(), 1);
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  const expected = await Promise.all(
    seeds.map((seed) => engine.score({ ...tinyImage(120, 90, seed), embedding: true }).promise),
  );
  for (const scores of await Promise.all(team.map(({ worker }) => ask(worker, seeds)))) t.strictSame(scores, expected);

  for (const { worker } of team) {
    const exit = once(worker, "exit");
    t.equal(await ask(worker, "dispose"), "disposed");
    t.strictSame(await exit, [0]);
  }
  t.equal(addon.engineCount(), 1, "the main thread still holds it");
  await engine.dispose();
  t.equal(addon.engineCount(), 0);
});

t.test("a worker terminated with work in flight leaves the others theirs", async (t) => {
  const directory = tinyModel(t);
  const engine = await loadEngine(directory);
  const image = tinyImage(50, 50);
  const expected = await engine.score(image).promise;
  for (let round = 0; round < 5; round++) {
    const { worker } = await startWorker(directory);
    await ask(worker, "busy");
    const mine = engine.score(image).promise;
    await worker.terminate();
    t.strictSame(await mine, expected);
  }
  t.equal(addon.engineCount(), 1);
  await engine.dispose();
  t.equal(addon.engineCount(), 0, "terminated workers released their handles");
});

t.test("a worker that ends without dispose releases its engine", async (t) => {
  const { worker } = await startWorker(tinyModel(t));
  t.equal(addon.engineCount(), 1);
  const exit = once(worker, "exit");
  worker.unref();
  await worker.terminate();
  await exit;
  t.equal(addon.engineCount(), 0);
});

t.test("workers that start and are terminated while they load", async (t) => {
  const directory = tinyModel(t);
  for (let round = 0; round < 10; round++) {
    const worker = new Worker(script, { workerData: { directory } });
    await once(worker, "online");
    await new Promise((resolve) => setTimeout(resolve, round * 12));
    await worker.terminate();
  }
  t.equal(addon.engineCount(), 0);
});
