// @ts-check
// Set-up without one of its tools, and with an ELIQ_LIBTORCH that will not do: each is named with what to do.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { copyPackage, eliq, fakeLibTorch, pathWith, temporaryFolder } from "../support/package-copy.js";

t.setTimeout(300_000);

const everything = ["sh", "c++", "cmake", "ninja", "make", "node", "as", "ld", "cat"];

/**
 * `eliq setup` of a fresh copy with these tools on PATH and a LibTorch that needs no fetching.
 * @param {import("tap").Test} t
 * @param {string[]} tools
 * @param {Record<string, string>} [scripts] programs to put on PATH, as shell text
 * @param {NodeJS.ProcessEnv} [changes]
 */
function setup(t, tools, scripts = {}, changes = {}) {
  const path = pathWith(t, tools);
  for (const [name, text] of Object.entries(scripts))
    writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const libtorch = fakeLibTorch(join(temporaryFolder(t), "libtorch"), "2.13.0");
  return eliq(copyPackage(t), ["setup"], {
    PATH: path,
    ELIQ_LIBTORCH: libtorch,
    ELIQ_CACHE: temporaryFolder(t),
    ...changes,
  });
}

/** @param {string} name */
const without = (name) => everything.filter((tool) => tool !== name);

t.test("no compiler", async (t) => {
  const { status, stderr } = setup(t, without("c++"));
  t.equal(status, 3);
  t.match(stderr, /No C\+\+ compiler was found\. Install one: apt-get install g\+\+.*\[ERR_SETUP\]/);
});

t.test("CXX that does not run", async (t) => {
  const { status, stderr } = setup(t, everything, {}, { CXX: "/nowhere/c++" });
  t.equal(status, 3);
  t.match(stderr, /CXX is \/nowhere\/c\+\+, which does not run/);
});

t.test("a compiler without C++20", async (t) => {
  const old = 'case "$1" in --version) echo "c++ 7.5.0";; *) echo "unrecognized option -std=c++20" >&2; exit 1;; esac';
  const { status, stderr } = setup(t, without("c++"), { "c++": old });
  t.equal(status, 3);
  t.match(stderr, /c\+\+ 7\.5\.0\) does not compile C\+\+20: unrecognized option/);
  t.match(stderr, /GCC 11, Clang 14/);
});

t.test("no cmake", async (t) => {
  const { status, stderr } = setup(t, without("cmake"));
  t.equal(status, 3);
  t.match(stderr, /CMake was not found\. Install it: .*pip install cmake/);
});

t.test("an old cmake", async (t) => {
  const { status, stderr } = setup(t, without("cmake"), { cmake: "echo cmake version 3.10.2" });
  t.equal(status, 3);
  t.match(stderr, /CMake 3\.10\.2 is too old; 3\.20 or newer is needed/);
});

t.test("neither ninja nor make", async (t) => {
  const tools = everything.filter((tool) => !["ninja", "make"].includes(tool));
  const { status, stderr } = setup(t, tools);
  t.equal(status, 3);
  t.match(stderr, /Neither ninja nor make was found/);
});

t.test("everything missing is said at once", async (t) => {
  const { stderr } = setup(t, ["sh"]);
  t.match(stderr, /No C\+\+ compiler/);
  t.match(stderr, /CMake was not found/);
  t.match(stderr, /Neither ninja nor make/);
});

t.test("a build that fails shows the end of its output and where the whole is", async (t) => {
  const { status, stderr } = setup(t, everything);
  t.equal(status, 3, "the LibTorch is a fake");
  t.match(stderr, /The native build failed\. Its last lines:/);
  t.match(stderr, /The whole output is in \S*build\/setup\.log\./);
});

t.test("an ELIQ_LIBTORCH that is none, is too old or is not whole", async (t) => {
  const folder = temporaryFolder(t);
  const none = setup(t, everything, {}, { ELIQ_LIBTORCH: join(folder, "nowhere") });
  t.match(none.stderr, /ELIQ_LIBTORCH is \S*nowhere, but no such folder exists/);
  t.equal(none.status, 3);
  const empty = setup(t, everything, {}, { ELIQ_LIBTORCH: folder });
  t.match(empty.stderr, /it has no torch\/version\.h under include\//);
  const old = setup(t, everything, {}, { ELIQ_LIBTORCH: fakeLibTorch(join(folder, "old"), "2.6.0") });
  t.match(old.stderr, /LibTorch 2\.6\.0 is outside 2\.11 to 2\.15/);
});

t.test("nothing found and ELIQ_OFFLINE", async (t) => {
  const { status, stdout, stderr } = setup(t, everything, {}, { ELIQ_LIBTORCH: undefined, ELIQ_OFFLINE: "1" });
  t.equal(status, 3);
  t.match(stdout, /LibTorch from cache: nothing at/);
  t.match(stdout, /LibTorch from python3: python3 is not there/);
  t.match(stderr, /ELIQ_OFFLINE forbids fetching one.*\[ERR_OFFLINE\]/);
});
