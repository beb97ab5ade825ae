// @ts-check
// Ends in the way that its first argument names, with work in flight on the model directory of its second.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { addon, keepBusy, loadEngine } from "./addon.js";
import { tinyConfig, tinyImage } from "./tiny-model.js";

const [mode = "", directory = ""] = isMainThread ? process.argv.slice(2) : [workerData.mode, workerData.directory];

/** @param {string} mode */
function startWorker(mode) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { mode, directory } });
  return new Promise((resolve) => worker.once("message", () => resolve(worker)));
}

async function busyEngine() {
  const engine = await loadEngine(directory);
  const tickets = keepBusy(engine, 8);
  await tickets[0]?.promise;
  return { engine, tickets };
}

async function busyTrainer() {
  const config = JSON.stringify(tinyConfig);
  const trainer = await addon.createTrainer({ config, initialWeights: `${directory}/model.safetensors`, seed: 1 });
  const image = tinyImage(1500, 1500);
  await trainer.add(image);
  return Array.from({ length: 8 }, () => trainer.add(image));
}

/** @type {Record<string, () => Promise<void>>} */
const modes = {
  async exit() {
    await busyEngine();
    process.exit(7);
  },
  async "exit-while-loading"() {
    const loading = loadEngine(directory);
    setTimeout(() => process.exit(7), 1);
    await loading;
    await new Promise(() => {});
  },
  async "exit-at-once"() {
    loadEngine(directory);
    process.exit(7);
  },
  async "exit-with-a-throwing-listener"() {
    process.prependListener("exit", () => {
      throw new Error("from a listener");
    });
    await busyEngine();
    process.exit(7);
  },
  async "exit-and-listener-scores"() {
    const { engine } = await busyEngine();
    process.on("exit", () => {
      try {
        engine.score(tinyImage(8, 8));
      } catch (error) {
        console.log(/** @type {{ code: string }} */ (error).code);
      }
    });
    process.exit(7);
  },
  async "exit-while-training"() {
    await busyTrainer();
    process.exit(7);
  },
  async "natural-end"() {
    const { tickets } = await busyEngine();
    Promise.all(tickets.map(({ promise }) => promise)).then((scores) => console.log(`${scores.length} scores`));
  },
  async "natural-end-idle"() {
    const engine = await loadEngine(directory);
    await engine.score(tinyImage(8, 8)).promise;
    console.log("idle");
  },
  async "natural-end-idle-trainer"() {
    await Promise.all(await busyTrainer());
    console.log("idle");
  },
  async "uncaught-exception"() {
    await busyEngine();
    setImmediate(() => {
      throw new Error("on purpose");
    });
  },
  async "unhandled-rejection"() {
    const { engine } = await busyEngine();
    const ticket = engine.score(tinyImage(8, 8));
    ticket.cancel(); // nobody handles the rejection
  },
  async signal() {
    await busyEngine();
    process.kill(process.pid, "SIGTERM");
    await new Promise(() => {});
  },
  // The worker alone has loaded the addon; afterwards this thread does.
  async "terminate-worker"() {
    const worker = await startWorker("in-worker");
    await worker.terminate();
    const engine = await loadEngine(directory);
    const { quality } = await engine.score(tinyImage(8, 8)).promise;
    await engine.dispose();
    console.log(Number.isFinite(quality) && addon.engineCount() === 0 ? "scored" : "wrong");
  },
  async "exit-with-busy-worker"() {
    await startWorker("in-worker");
    await busyEngine();
    process.exit(7);
  },
  async "exit-in-worker"() {
    const worker = await startWorker("in-worker");
    worker.postMessage("exit");
    worker.on("exit", (/** @type {number} */ code) => console.log(`worker ${code}`));
  },
  async "in-worker"() {
    await busyEngine();
    parentPort?.once("message", () => process.exit(3));
    parentPort?.postMessage("busy");
  },
};

await modes[mode]?.();
