// @ts-check
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { abortable } from "../../dist/batching/abort.js";
import { Gate } from "../../dist/batching/gate.js";
import { mapOrdered } from "../../dist/batching/ordered.js";
import { WorkerPool } from "../../dist/batching/worker-pool.js";

/** @template T @param {AsyncIterable<T>} items */
async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}

t.test("mapOrdered keeps order and window, whatever finishes first", async (t) => {
  let running = 0;
  let most = 0;
  const results = mapOrdered([5, 1, 4, 1, 3, 0, 2], 3, async (wait, index) => {
    most = Math.max(most, ++running);
    await sleep(wait * 4);
    running--;
    return index;
  });
  t.same(await collect(results), [0, 1, 2, 3, 4, 5, 6]);
  t.equal(most, 3);
});

t.test("mapOrdered draws from an endless source only what it needs, and closes it", async (t) => {
  let drawn = 0;
  let closed = false;
  function* endless() {
    try {
      for (;;) yield drawn++;
    } finally {
      closed = true;
    }
  }
  const taken = [];
  for await (const item of mapOrdered(endless(), 4, async (item) => item)) {
    taken.push(item);
    if (taken.length === 10) break;
  }
  t.same(taken, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  t.ok(drawn <= 15, `${drawn} drawn for 10`);
  t.ok(closed);
});

t.test("mapOrdered yields what is done while a slow source still waits", async (t) => {
  async function* slow() {
    yield 1;
    await sleep(10_000, undefined, { ref: false });
    yield 2;
  }
  const results = mapOrdered(slow(), 4, async (item) => item);
  const first = await Promise.race([results.next(), sleep(2000, "late", { ref: false })]);
  t.same(first, { done: false, value: 1 });
});

t.test("mapOrdered passes on the source's error", async (t) => {
  async function* broken() {
    yield 1;
    throw new Error("source");
  }
  await t.rejects(collect(mapOrdered(broken(), 1, async (item) => item)), { message: "source" });
  for (const items of [undefined, 7, "paths", {}, Buffer.from("x")]) {
    const iterable = /** @type {Iterable<unknown>} */ (/** @type {unknown} */ (items));
    await t.rejects(collect(mapOrdered(iterable, 1, async (item) => item)), { code: "ERR_INVALID_ARGUMENT" });
  }
  t.same(await collect(mapOrdered([], 2, async (item) => item)), []);
});

t.test("Gate lets so many in, in order, and goes on after failures", async (t) => {
  const gate = new Gate(2);
  let inside = 0;
  let most = 0;
  /** @type {number[]} */
  const entered = [];
  const work = Array.from({ length: 8 }, (_, i) =>
    gate.run(async () => {
      entered.push(i);
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
      if (i % 3 === 0) throw new Error(`work ${i}`);
      return i;
    }),
  );
  const settled = await Promise.allSettled(work);
  t.equal(most, 2);
  t.same(entered, [0, 1, 2, 3, 4, 5, 6, 7]);
  t.same(
    settled.map(({ status }) => status === "rejected"),
    entered.map((i) => i % 3 === 0),
  );
  t.equal(await gate.run(async () => "free again"), "free again");
});

t.test("Gate: whoever waits can be aborted, and leaves the line", async (t) => {
  const gate = new Gate(1);
  /** @type {() => void} */
  let finish = () => {};
  const first = gate.run(() => new Promise((resolve) => (finish = () => resolve("first"))));
  const controller = new AbortController();
  const second = gate.run(async () => "second", controller.signal);
  const third = gate.run(async () => "third");
  controller.abort("why not");
  await t.rejects(second, { code: "ERR_ABORTED", cause: "why not" });
  finish();
  t.same(await Promise.all([first, third]), ["first", "third"]);
  await t.rejects(
    gate.run(async () => "never", controller.signal),
    { code: "ERR_ABORTED" },
  );
});

t.test("abortable cancels, rejects at once, and adds one listener however often it is used", async (t) => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener } = signal;
  signal.addEventListener = function (/** @type {any} */ ...args) {
    listeners++;
    return Reflect.apply(addEventListener, this, args);
  };
  t.equal(await abortable(Promise.resolve(1), signal), 1);
  await t.rejects(abortable(Promise.reject(new Error("own")), signal), { message: "own" });
  let cancelled = 0;
  t.equal(await abortable(Promise.resolve(2), signal, () => cancelled++), 2);
  await sleep(0);
  const never = abortable(new Promise(() => {}), signal, () => cancelled++);
  t.equal(listeners, 1);
  const reason = new Error("reason");
  controller.abort(reason);
  await t.rejects(never, { code: "ERR_ABORTED", cause: reason });
  await t.rejects(
    abortable(new Promise(() => {}), signal, () => cancelled++),
    { code: "ERR_ABORTED" },
  );
  t.equal(cancelled, 2, "what had ended before was not cancelled");
});

/** A module for a thread. @param {string} text */
const moduleOf = (text) => new URL(`data:text/javascript,${encodeURIComponent(text)}`);

t.test("threads: tasks, failures, one that dies at work, and a pool that was closed", async (t) => {
  const served = new URL("../../dist/batching/worker-pool.js", import.meta.url);
  /** @type {WorkerPool<{ [kind: string]: { task: number, result: number } }>} */
  const pool = new WorkerPool(
    moduleOf(`
      import { serveTasks } from ${JSON.stringify(served)};
      serveTasks(async ({ kind, task }) => {
        if (kind === "fail") throw new Error("no " + task);
        if (kind === "die") setImmediate(() => { throw new Error("dead"); }), await new Promise(() => {});
        return 2 * task;
      });`),
    "counting",
    2,
  );
  t.same(await Promise.all([1, 2, 3, 4, 5].map((task) => pool.run("double", task))), [2, 4, 6, 8, 10]);
  await t.rejects(pool.run("fail", 7), { code: "ERR_INTERNAL", message: /no 7/ });
  await t.rejects(pool.run("die", 0), { code: "ERR_INTERNAL", message: "A counting thread ended: dead" });
  t.same(await Promise.all([1, 2, 3].map((task) => pool.run("double", task))), [2, 4, 6], "it is replaced");
  const begun = pool.run("double", 1).catch((error) => error.code);
  await pool.close();
  t.equal(await begun, "ERR_ABORTED");
  await t.rejects(pool.run("double", 1), { code: "ERR_ABORTED" });
});

t.test("threads that cannot start fail their tasks, when they died before there were any too", async (t) => {
  const pool = new WorkerPool(moduleOf("throw new Error('broken');"), "broken", 2);
  t.teardown(() => pool.close());
  const task = () => t.rejects(pool.run("any", 0), { code: "ERR_INTERNAL", message: "A broken thread ended: broken" });
  await Promise.all([task(), task(), task()]);
  await sleep(200);
  await task();
});
