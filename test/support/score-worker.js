// @ts-check
// A worker that loads the tiny model, scores what it is sent and answers; "dispose" ends it in an orderly way, "busy" fills
// its queue and then says so.
import { parentPort, workerData } from "node:worker_threads";
import { addon, keepBusy, loadEngine } from "./addon.js";
import { tinyImage } from "./tiny-model.js";

if (!parentPort) throw new Error("score-worker runs in a worker");
const port = parentPort;
const engine = await loadEngine(workerData.directory);
port.on("message", async (message) => {
  if (message === "dispose") {
    await engine.dispose();
    port.postMessage("disposed");
    port.close();
  } else if (message === "busy") {
    for (const { promise } of keepBusy(engine, 30)) promise.catch(() => {});
    port.postMessage("busy");
  } else {
    const seeds = /** @type {number[]} */ (message);
    const tickets = seeds.map((seed) => engine.score({ ...tinyImage(120, 90, seed), embedding: true }));
    port.postMessage(await Promise.all(tickets.map(({ promise }) => promise)));
  }
});
port.postMessage({ engines: addon.engineCount(), threads: engine.threads });
