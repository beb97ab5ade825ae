// @ts-check
// Cancelling a ticket before, while and after the engine works on it.
import { EliqError } from "eliq";
import t from "tap";
import { addon, keepBusy, loadEngine } from "../support/addon.js";
import { tinyImage, tinyModel } from "../support/tiny-model.js";

t.setTimeout(300_000);

const aborted = { constructor: EliqError, code: "ERR_ABORTED" };

t.test("cancelled while queued", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const busy = keepBusy(engine, 3);
  const tickets = Array.from({ length: 20 }, (_, i) => engine.score(tinyImage(20, 20, i)));
  for (const [i, ticket] of tickets.entries()) if (i % 2 === 0) ticket.cancel();
  const results = await Promise.allSettled(tickets.map(({ promise }) => promise));
  for (const [i, result] of results.entries()) {
    t.equal(result.status, i % 2 === 0 ? "rejected" : "fulfilled", `request ${i}`);
    if (result.status === "rejected") t.match(result.reason, aborted);
  }
  await Promise.all(busy.map(({ promise }) => promise));
});

t.test("cancelled before it starts: a whole queue is dropped quickly", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const measured = performance.now();
  await Promise.all(keepBusy(engine, 20).map(({ promise }) => promise));
  const whole = performance.now() - measured;
  const tickets = keepBusy(engine, 20);
  const begin = performance.now();
  for (const ticket of tickets) ticket.cancel();
  const results = await Promise.allSettled(tickets.map(({ promise }) => promise));
  const spent = performance.now() - begin;
  const rejected = results.filter(({ status }) => status === "rejected").length;
  t.ok(rejected >= 10, `${rejected} of 20 cancelled`);
  t.ok(spent < whole, `${spent} ms for cancelled requests, ${whole} ms for the same ones computed`);
});

t.test("cancelled while it runs: either aborted or scored, never both or neither", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const expected = await keepBusy(engine, 1)[0]?.promise;
  const outcomes = { fulfilled: 0, rejected: 0 };
  for (let delay = 0; delay < 30; delay += 2) {
    const [ticket] = keepBusy(engine, 1);
    if (!ticket) throw new Error("no ticket");
    setTimeout(ticket.cancel, delay);
    const [result] = await Promise.allSettled([ticket.promise]);
    outcomes[result.status]++;
    if (result.status === "rejected") t.match(result.reason, aborted);
    else t.strictSame(result.value, expected);
  }
  t.equal(outcomes.fulfilled + outcomes.rejected, 15);
});

t.test("cancelled after it was answered, and twice", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  const ticket = engine.score(tinyImage(20, 20));
  const result = await ticket.promise;
  ticket.cancel();
  ticket.cancel();
  t.strictSame(await ticket.promise, result);
  await engine.dispose();
  ticket.cancel();
  t.equal(addon.engineCount(), 0);
});

t.test("dispose after cancel waits for the answers", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  const tickets = keepBusy(engine, 4);
  const settled = Promise.allSettled(tickets.map(({ promise }) => promise));
  let over = false;
  settled.then(() => {
    over = true;
  });
  for (const ticket of tickets) ticket.cancel();
  await engine.dispose();
  await new Promise((resolve) => setImmediate(resolve));
  t.ok(over);
  t.equal(addon.engineCount(), 0);
});
