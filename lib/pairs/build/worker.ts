/** Entry of a rendering thread. */
import { parentPort } from "node:worker_threads";
import sharp from "sharp";
import { toEliqError } from "../../errors.js";
import { renderUnit } from "./render.js";
import { inspectFile } from "./scan.js";
import type { Reply, Tasks } from "./workers.js";

// One thread here per worker: the pool is what makes use of the processors. Nothing is read twice, so nothing is kept.
sharp.concurrency(1);
sharp.cache(false);

type Message = { [K in keyof Tasks]: { kind: K; task: Tasks[K]["task"] } }[keyof Tasks];

async function work(message: Message): Promise<unknown> {
  switch (message.kind) {
    case "inspect":
      return inspectFile(message.task.path, message.task.maxPixels);
    case "render":
      return renderUnit(message.task);
  }
}

parentPort?.on("message", async (message: Message) => {
  const reply: Reply = await work(message).then(
    (result) => ({ result }),
    (error: unknown) => {
      const { code, message: text } = toEliqError(error);
      return { code, message: text };
    },
  );
  parentPort?.postMessage(reply);
});
