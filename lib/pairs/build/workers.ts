/** Threads that decode and render, one task each at a time. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { EliqError } from "../../errors.js";
import type { RenderedUnit, RenderTask } from "./render.js";
import type { Inspection } from "./scan.js";

/** What a worker does, and what comes back. */
export interface Tasks {
  inspect: { task: { path: string; maxPixels: number }; result: Inspection };
  render: { task: RenderTask; result: RenderedUnit };
}

interface Job {
  readonly message: { kind: keyof Tasks; task: unknown };
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: EliqError) => void;
}

/** What a worker sends back. */
export type Reply = { readonly result: unknown } | { readonly code: EliqError["code"]; readonly message: string };

/** A fixed number of worker threads and a queue before them. */
export class WorkerPool {
  readonly #queue: Job[] = [];
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #running = new Map<Worker, Job>();
  #closed = false;

  /** @param size number of threads. */
  constructor(readonly size: number = availableParallelism()) {
    for (let i = 0; i < size; i++) this.#start();
  }

  /** Runs one task on the next free thread. */
  run<K extends keyof Tasks>(kind: K, task: Tasks[K]["task"]): Promise<Tasks[K]["result"]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ message: { kind, task }, resolve: resolve as (result: unknown) => void, reject });
      this.#dispatch();
    });
  }

  /** Ends the threads; tasks that are not done are rejected with ERR_ABORTED. */
  async close(): Promise<void> {
    this.#closed = true;
    const pending = [...this.#queue.splice(0), ...this.#running.values()];
    this.#running.clear();
    for (const job of pending) job.reject(new EliqError("ERR_ABORTED", "The work was stopped."));
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #start(): void {
    const worker = new Worker(new URL("./worker.js", import.meta.url));
    this.#all.add(worker);
    worker.on("message", (reply: Reply) => this.#finish(worker, reply));
    worker.on("error", (error) => this.#replace(worker, error));
    this.#idle.push(worker);
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const worker = this.#idle.pop() as Worker;
      const job = this.#queue.shift() as Job;
      this.#running.set(worker, job);
      worker.postMessage(job.message);
    }
  }

  #finish(worker: Worker, reply: Reply): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    this.#idle.push(worker);
    if ("result" in reply) job?.resolve(reply.result);
    else job?.reject(new EliqError(reply.code, reply.message));
    this.#dispatch();
  }

  /** A thread that died (out of memory, say) fails its task and is replaced. */
  #replace(worker: Worker, cause: Error): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    this.#all.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    job?.reject(new EliqError("ERR_INTERNAL", `A rendering thread ended: ${cause.message}`, { cause }));
    if (!this.#closed && job) this.#start();
    this.#dispatch();
  }
}
