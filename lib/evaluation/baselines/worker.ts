/** Entry of a thread that computes baselines. */
import sharp from "sharp";
import { serveTasks } from "../../batching/worker-pool.js";
import { type BaselineTasks, loadNiqeModels, measureBaselines } from "./baselines.js";

// One thread here per worker: the pool is what makes use of the processors. Nothing is read twice, so nothing is kept.
sharp.concurrency(1);
sharp.cache(false);

const models = loadNiqeModels();
// A failure is the answer to every task, not the end of the thread.
models.catch(() => {});

serveTasks<BaselineTasks>(async ({ task }) => measureBaselines(task, await models));
