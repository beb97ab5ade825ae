// @ts-check
// Every way into the native build gives an addon and a record that the loader takes; a built addon is not built twice.
// The builds are of a copy of the package with tiny native sources under the real CMake files.
import { spawnSync } from "node:child_process";
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import t from "tap";
import { sourceHash } from "../../dist/native/source-hash.js";
import {
  builtRecord,
  copyPackage,
  eliq,
  environment,
  pathWith,
  root,
  script,
  shrinkNativeSources,
  temporaryFolder,
} from "../support/package-copy.js";

t.setTimeout(600_000);

const require = createRequire(import.meta.url);
const { prefix, libtorch } = builtRecord();

/** @param {import("tap").Test} t */
function tinyPackage(t) {
  const folder = copyPackage(t);
  shrinkNativeSources(folder);
  return folder;
}

/**
 * @param {string} folder
 * @param {string} program a JavaScript file
 * @param {string[]} parameters
 * @param {NodeJS.ProcessEnv} changes
 */
const tool = (folder, program, parameters, changes) =>
  spawnSync(process.execPath, [program, ...parameters], { cwd: folder, encoding: "utf8", env: environment(changes) });

/**
 * @param {import("tap").Test} t
 * @param {string} folder
 */
function checkAddon(t, folder) {
  const record = JSON.parse(readFileSync(join(folder, "build", "Release", "eliq.build.json"), "utf8"));
  t.match(record, { libtorch, prefix, platform: process.platform, arch: process.arch, napi: 9 });
  t.equal(record.eliq, JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version);
  t.equal(record.sourceHash, sourceHash(folder));
  t.match(record.compiler, /^(GNU|Clang|AppleClang) \d+/);
  const text = `console.log((await import(dist + "native/load.js")).loadAddon().buildInfo().libtorch)`;
  const { stdout, stderr } = script(folder, text, {});
  t.equal(stdout.trim(), libtorch, stderr);
}

t.test("cmake-js build", async (t) => {
  const folder = tinyPackage(t);
  const cmakeJs = require.resolve("cmake-js/bin/cmake-js");
  const changes = { ELIQ_LIBTORCH: prefix, ELIQ_CACHE: temporaryFolder(t) };
  const built = tool(folder, cmakeJs, ["build"], changes);
  t.equal(built.status, 0, built.stdout + built.stderr);
  checkAddon(t, folder);

  appendFileSync(join(folder, "native", "pch.h"), "// changed\n");
  t.equal(tool(folder, cmakeJs, ["build"], changes).status, 0);
  checkAddon(t, folder);
});

t.test("node-gyp rebuild", async (t) => {
  const folder = tinyPackage(t);
  // node-gyp fetches Node's headers, which this addon does not use, unless it is told where some are.
  const nodedir = dirname(dirname(process.execPath));
  const local = existsSync(join(nodedir, "include", "node", "node.h")) ? ["--nodedir", nodedir] : [];
  const nodeGyp = require.resolve("node-gyp/bin/node-gyp.js");
  const built = tool(folder, nodeGyp, ["rebuild", ...local], { ELIQ_LIBTORCH: prefix, ELIQ_CACHE: temporaryFolder(t) });
  t.equal(built.status, 0, built.stdout + built.stderr);
  checkAddon(t, folder);
});

t.test("eliq setup: builds once, then copies, and sees a changed source", async (t) => {
  const folder = tinyPackage(t);
  const cache = temporaryFolder(t);
  const changes = { ELIQ_LIBTORCH: prefix, ELIQ_CACHE: cache };
  const first = eliq(folder, ["setup"], changes);
  t.equal(first.status, 0, first.output);
  t.match(first.stdout, `LibTorch ${libtorch} from ELIQ_LIBTORCH: ${prefix}`);
  t.match(first.stdout, /Compiling the native addon: /);
  checkAddon(t, folder);

  const again = eliq(folder, ["setup"], changes);
  t.equal(again.status, 0);
  t.equal(
    again.stdout,
    `eliq is set up: native addon with LibTorch ${libtorch} at ${prefix}\n`,
    "nothing to do is one line",
  );

  rmSync(join(folder, "build"), { recursive: true });
  const toolless = { ...changes, PATH: pathWith(t, ["sh"]) };
  const copied = eliq(folder, ["setup"], toolless);
  t.equal(copied.status, 0, copied.output);
  t.match(copied.stdout, /Native addon: copied from/);
  checkAddon(t, folder);

  appendFileSync(join(folder, "native", "addon", "addon.cc"), "// changed\n");
  t.match(eliq(folder, ["setup"], toolless).stderr, /No C\+\+ compiler was found/, "it would compile");
  // Held open, so that the file system cannot give the old file's number to the new one.
  const old = openSync(join(folder, "build", "Release", "eliq.node"), "r");
  t.equal(eliq(folder, ["setup"], changes).status, 0);
  checkAddon(t, folder);
  const fresh = statSync(join(folder, "build", "Release", "eliq.node")).ino;
  t.not(fresh, fstatSync(old).ino, "the old file is replaced, not written over");
  closeSync(old);
});

t.test("eliq setup: two at once build once", async (t) => {
  const folder = tinyPackage(t);
  const changes = environment({ ELIQ_LIBTORCH: prefix, ELIQ_CACHE: temporaryFolder(t) });
  const both = await Promise.all([start(folder, changes), start(folder, changes)]);
  for (const { status, output } of both) t.equal(status, 0, output);
  t.equal(both.filter(({ output }) => /Compiling the native addon/.test(output)).length, 1);
  t.equal(both.filter(({ output }) => /Another set-up \(process \d+\) is at work here/.test(output)).length, 1);
});

t.test("the repository's record is of its sources", async (t) => {
  t.equal(builtRecord().sourceHash, sourceHash(root));
});

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ status: number | null, output: string }>}
 */
async function start(folder, env) {
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, [join(folder, "dist", "cli", "main.js"), "setup"], { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, output })));
}
