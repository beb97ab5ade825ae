// @ts-check
// The small parts of set-up: versions, the source hash, places, what is printed.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import t from "tap";
import { cacheDirectory, isOffline } from "../../dist/native/paths.js";
import { createReport, formatBytes, formatSeconds } from "../../dist/native/report.js";
import { sourceHash } from "../../dist/native/source-hash.js";
import { isOlder } from "../../dist/native/toolchain.js";

t.test("versions are compared by number", async (t) => {
  t.ok(isOlder("3.9.6", "3.20"));
  t.ok(isOlder("3.19", "3.20.0"));
  t.notOk(isOlder("3.20", "3.20"));
  t.notOk(isOlder("3.20.0-rc1", "3.20"));
  t.notOk(isOlder("4.0.1", "3.20"));
});

t.test("the source hash is of what the addon is compiled from", async (t) => {
  const folder = t.testdir({
    "CMakeLists.txt": "project(x)",
    native: { "pch.h": "a", io: { "json.cc": "b" }, test: { "t.cc": "c" }, fuzz: { "f.cc": "d" } },
  });
  const first = sourceHash(folder);
  t.match(first, /^[0-9a-f]{64}$/);
  writeFileSync(join(folder, "native", "test", "t.cc"), "changed");
  rmSync(join(folder, "native", "fuzz"), { recursive: true });
  t.equal(sourceHash(folder), first, "tests are not");
  writeFileSync(join(folder, "native", "io", "json.cc"), "changed");
  t.not(sourceHash(folder), first, "sources are");
  writeFileSync(join(folder, "native", "io", "json.cc"), "b");
  t.equal(sourceHash(folder), first);
  writeFileSync(join(folder, "native", "new.h"), "");
  t.not(sourceHash(folder), first, "so is their number");
});

t.test("the cache's place", async (t) => {
  const names = ["ELIQ_CACHE", "XDG_CACHE_HOME", "ELIQ_OFFLINE"];
  const before = names.map((name) => process.env[name]);
  t.teardown(() => {
    for (const [i, name] of names.entries()) {
      const value = before[i];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  process.env.ELIQ_CACHE = "/somewhere/else";
  t.equal(cacheDirectory(), "/somewhere/else");
  delete process.env.ELIQ_CACHE;
  if (process.platform === "linux") {
    process.env.XDG_CACHE_HOME = "/xdg";
    t.equal(cacheDirectory(), "/xdg/eliq");
  }
  for (const [value, offline] of /** @type {const} */ ([
    ["1", true],
    ["0", false],
    ["", false],
  ])) {
    process.env.ELIQ_OFFLINE = value;
    t.equal(isOffline(), offline, `ELIQ_OFFLINE=${value}`);
  }
});

/** @param {boolean} terminal */
function recorder(terminal) {
  const stream = /** @type {any} */ (new PassThrough());
  stream.isTTY = terminal;
  stream.columns = 60;
  return { stream, text: () => String(stream.read() ?? "") };
}

t.test("progress is redrawn on a terminal and rare elsewhere", async (t) => {
  const terminal = recorder(true);
  const report = createReport(terminal.stream);
  report.line("start");
  report.progress("compiling", 0.5);
  report.progress("compiling", 1);
  report.line("done");
  const drawn = terminal.text();
  t.match(drawn, /^start\n\r/);
  t.match(drawn, /\[={12} {12}\] compiling 50 %/);
  t.ok(drawn.endsWith("\r\x1b[Kdone\n"), "the bar goes before a line");

  const file = recorder(false);
  const plain = createReport(file.stream);
  plain.line("start");
  for (let i = 0; i <= 100; ++i) plain.progress("compiling", i / 100);
  t.equal(file.text(), "start\n");
});

t.test("sizes and times for people", async (t) => {
  t.equal(formatBytes(900), "1 kB");
  t.equal(formatBytes(438_418_417), "438 MB");
  t.equal(formatBytes(1_200_000_000), "1.20 GB");
  t.equal(formatSeconds(41.4), "41 s");
  t.equal(formatSeconds(200), "3 min 20 s");
});
