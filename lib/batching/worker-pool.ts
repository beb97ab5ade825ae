/** Threads that work on one task each at a time, and a queue before them. */
import { availableParallelism } from "node:os";
import { parentPort, Worker } from "node:worker_threads";
import { EliqError, toEliqError } from "../errors.js";

/** What the threads do, by kind: what they are given and what comes back. */
export type TaskKinds = { [kind: string]: { task: unknown; result: unknown } };

/** A task as it is sent to a thread. */
export type TaskMessage<T extends TaskKinds> = { [K in keyof T]: { kind: K; task: T[K]["task"] } }[keyof T];

interface Job {
  readonly message: { kind: PropertyKey; task: unknown };
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: EliqError) => void;
}

type Reply = { readonly result: unknown } | { readonly code: EliqError["code"]; readonly message: string };

/** A fixed number of worker threads and a queue before them. */
export class WorkerPool<T extends TaskKinds> {
  readonly #queue: Job[] = [];
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #running = new Map<Worker, Job>();
  #closed = false;

  /**
   * @param script module that calls {@link serveTasks}.
   * @param name what messages call a thread, for instance "rendering".
   * @param size number of threads.
   */
  constructor(
    private readonly script: URL,
    private readonly name: string,
    readonly size: number = availableParallelism(),
  ) {
    for (let i = 0; i < size; i++) this.#start();
  }

  /** Runs one task on the next free thread. @throws EliqError as the task; ERR_ABORTED when the pool was closed. */
  run<K extends keyof T>(kind: K, task: T[K]["task"]): Promise<T[K]["result"]> {
    if (this.#closed) return Promise.reject(stopped());
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
    for (const job of pending) job.reject(stopped());
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #start(): void {
    const worker = new Worker(this.script);
    this.#all.add(worker);
    worker.on("message", (reply: Reply) => this.#finish(worker, reply));
    worker.on("error", (error) => this.#replace(worker, error));
    this.#idle.push(worker);
  }

  #dispatch(): void {
    // In the place of threads that died; not before there is work, so that one that cannot start is not started for ever.
    if (this.#queue.length > 0) while (this.#all.size < this.size) this.#start();
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

  /** A thread that died (out of memory, say) fails its task, and is replaced when there is another. */
  #replace(worker: Worker, cause: Error): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    this.#all.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    job?.reject(new EliqError("ERR_INTERNAL", `A ${this.name} thread ended: ${cause.message}`, { cause }));
    if (!this.#closed) this.#dispatch();
  }
}

function stopped(): EliqError {
  return new EliqError("ERR_ABORTED", "The work was stopped.");
}

/** The other side: answers every task that a pool sends to this thread. */
export function serveTasks<T extends TaskKinds>(work: (message: TaskMessage<T>) => Promise<unknown>): void {
  parentPort?.on("message", async (message: TaskMessage<T>) => {
    const reply: Reply = await work(message).then(
      (result) => ({ result }),
      (error: unknown) => {
        const { code, message: text } = toEliqError(error);
        return { code, message: text };
      },
    );
    parentPort?.postMessage(reply);
  });
}
