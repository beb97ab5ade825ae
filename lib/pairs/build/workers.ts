/** Threads that decode and render. */
import { WorkerPool } from "../../batching/worker-pool.js";
import type { RenderedUnit, RenderTask } from "./render.js";
import type { Inspection } from "./scan.js";

/** What a worker does, and what comes back. */
export type Tasks = {
  inspect: { task: { path: string; maxPixels: number }; result: Inspection };
  render: { task: RenderTask; result: RenderedUnit };
};

/** @param size number of threads; one for each processor unless told. */
export function startRenderers(size?: number): WorkerPool<Tasks> {
  return new WorkerPool<Tasks>(new URL("./worker.js", import.meta.url), "rendering", size);
}
