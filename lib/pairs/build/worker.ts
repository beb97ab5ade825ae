/** Entry of a rendering thread. */
import sharp from "sharp";
import { serveTasks, type TaskMessage } from "../../batching/worker-pool.js";
import { renderUnit } from "./render.js";
import { inspectFile } from "./scan.js";
import type { Tasks } from "./workers.js";

// One thread here per worker: the pool is what makes use of the processors. Nothing is read twice, so nothing is kept.
sharp.concurrency(1);
sharp.cache(false);

async function work(message: TaskMessage<Tasks>): Promise<unknown> {
  switch (message.kind) {
    case "inspect":
      return inspectFile(message.task.path, message.task.maxPixels);
    case "render":
      return renderUnit(message.task);
  }
}

serveTasks<Tasks>(work);
