// @ts-check
// The lock between set-ups.
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import t from "tap";
import { withLock } from "../../dist/files/lock.js";

t.test("two holders take turns", async (t) => {
  const path = join(t.testdir({}), "lock");
  /** @type {string[]} */
  const events = [];
  let waited = 0;
  const work = (/** @type {string} */ name) => async () => {
    events.push(`${name} in`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    events.push(`${name} out`);
    return name;
  };
  const onWait = () => {
    waited += 1;
  };
  t.same(await Promise.all([withLock(path, work("a"), onWait), withLock(path, work("b"), onWait)]), ["a", "b"]);
  t.same(events, ["a in", "a out", "b in", "b out"]);
  t.equal(waited, 1);
  t.notOk(existsSync(path));
});

t.test("it is released when the work fails", async (t) => {
  const path = join(t.testdir({}), "lock");
  const fail = async () => {
    throw new Error("broken");
  };
  await t.rejects(
    withLock(path, fail, () => {}),
    /broken/,
  );
  t.notOk(existsSync(path));
});

t.test("a dead process's lock is taken away", async (t) => {
  const folder = t.testdir({});
  const path = join(folder, "lock");
  writeFileSync(path, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: "dead" }));
  t.equal(
    await withLock(
      path,
      async () => "done",
      () => t.fail("waited"),
    ),
    "done",
  );
  t.same(readdirSync(folder), []);
});

t.test("a lock from another machine is taken away once it is no longer touched", async (t) => {
  const path = join(t.testdir({}), "lock");
  writeFileSync(path, JSON.stringify({ pid: process.pid, host: "another", token: "gone" }));
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(path, longAgo, longAgo);
  t.equal(
    await withLock(
      path,
      async () => "done",
      () => t.fail("waited"),
    ),
    "done",
  );
});
