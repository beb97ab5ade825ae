// @ts-check
// Fetching LibTorch into the cache, with a python3 whose pip serves small wheels.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { pathWith, root, script, scriptArguments, startNode, temporaryFolder } from "../support/package-copy.js";
import { makeWheels } from "../support/wheels.js";

t.setTimeout(300_000); // a loaded machine starts processes slowly

const fetchText = `
const { fetchLibTorch } = await import(dist + "native/libtorch-fetch.js");
const { createReport } = await import(dist + "native/report.js");
try {
  console.log("fetched " + JSON.stringify(await fetchLibTorch(createReport())));
} catch (error) {
  console.log(error.code + ": " + error.message);
  process.exitCode = 1;
}
`;

const realPython = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();

/**
 * A cache, wheels, and a PATH whose python3 is the fake one.
 * @param {import("tap").Test} t
 * @param {{ spoil?: string }} [options]
 */
function workplace(t, options) {
  const folder = temporaryFolder(t);
  const wheels = join(folder, "wheels");
  makeWheels(wheels, options);
  const tools = pathWith(t, []);
  const shim = join(root, "test", "support", "fake-pip.py");
  writeFileSync(join(tools, "python3"), `#!/bin/sh\nexec "${realPython}" "${shim}" "$@"\n`, { mode: 0o755 });
  const log = join(folder, "asked");
  writeFileSync(log, "");
  /** @type {NodeJS.ProcessEnv} */
  const environment = {
    PATH: `${tools}:/usr/bin:/bin`,
    ELIQ_CACHE: join(folder, "cache"),
    FAKE_PIP_WHEELS: wheels,
    FAKE_PIP_LOG: log,
    REAL_PYTHON: realPython,
  };
  const prefix = join(folder, "cache", `libtorch-2.13.0-${process.platform}-${process.arch}`);
  return { environment, prefix, asked: () => readFileSync(log, "utf8").split("\n").filter(Boolean) };
}

/** @param {NodeJS.ProcessEnv} environment */
const fetch = (environment) => script(root, fetchText, environment);

/**
 * Kills a fetch when pip is at `requirement`.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} requirement
 * @param {() => string[]} asked
 */
async function killAt(environment, requirement, asked) {
  const child = startNode(scriptArguments(root, fetchText), { ...environment, FAKE_PIP_HANG: requirement });
  while (!asked().includes(requirement)) await new Promise((resolve) => setTimeout(resolve, 50));
  child.kill("SIGKILL");
  await once(child, "exit");
}

const all = ["torch==2.13.0", "nvidia-cuda-runtime==13.0.*", "nvidia-cuda-cupti==13.0.*"];

t.test("keeps headers, CPU libraries and the CUDA runtime, and records checksums", async (t) => {
  const { environment, prefix, asked } = workplace(t);
  const first = fetch(environment);
  t.equal(first.status, 0, first.output);
  t.match(first.stdout, `"version":"2.13.0"`);
  t.match(first.stdout, prefix, "says where");
  t.match(first.stdout, /sha256 [0-9a-f]{64}/);
  t.same(asked(), all);
  const kept = ["libc10.so", "libcudart.so.13", "libcupti.so.13", "libgomp.so.1", "libshm.so", "libtorch_cpu.so"];
  t.same(readdirSync(join(prefix, "lib")).sort(), kept);
  t.ok(existsSync(join(prefix, "include", "c10", "core", "Device.h")));
  t.same(readdirSync(prefix).sort(), ["include", "lib", "licenses", "manifest.json"]);
  const manifest = JSON.parse(readFileSync(join(prefix, "manifest.json"), "utf8"));
  t.equal(manifest.wheels.length, 3);
  for (const wheel of manifest.wheels) t.match(wheel.sha256, /^[0-9a-f]{64}$/);
  t.same(
    Object.keys(manifest.libraries).sort(),
    kept.map((name) => `lib/${name}`),
  );
  t.notOk(existsSync(`${prefix}.partial`));

  t.equal(fetch(environment).status, 0);
  t.same(asked(), all, "a second fetch downloads nothing");
});

t.test("a killed fetch goes on where it was", async (t) => {
  const { environment, prefix, asked } = workplace(t);
  await killAt(environment, "nvidia-cuda-runtime==13.0.*", asked);
  t.notOk(existsSync(prefix), "nothing half-done is in the place of the whole");
  const second = fetch(environment);
  t.equal(second.status, 0, second.output);
  t.match(second.stdout, /torch-2\.13\.0\S*: already downloaded .* checksum verified/);
  t.same(asked(), [
    "torch==2.13.0",
    "nvidia-cuda-runtime==13.0.*",
    "nvidia-cuda-runtime==13.0.*",
    "nvidia-cuda-cupti==13.0.*",
  ]);
  t.ok(existsSync(join(prefix, "lib", "libcudart.so.13")));
});

t.test("a wheel that lost its checksum is reported and downloaded again", async (t) => {
  const { environment, prefix, asked } = workplace(t);
  await killAt(environment, "nvidia-cuda-cupti==13.0.*", asked);
  const partial = `${prefix}.partial`;
  const torch = readdirSync(partial).find((name) => name.startsWith("torch-")) ?? "";
  appendFileSync(join(partial, torch), "more");
  const second = fetch(environment);
  t.equal(second.status, 0, second.output);
  t.match(second.stdout, /torch-2\.13\.0\S*: the file does not have the recorded checksum; downloading it again/);
  t.equal(asked().filter((requirement) => requirement === "torch==2.13.0").length, 2);
});

t.test("a file that is not what the wheel's RECORD says is refused", async (t) => {
  const { environment, prefix } = workplace(t, { spoil: "torch/lib/libtorch_cpu.so" });
  const { status, stdout } = fetch(environment);
  t.equal(status, 1);
  t.match(stdout, /ERR_SETUP: .*torch\/lib\/libtorch_cpu\.so does not have the digest/);
  t.notOk(existsSync(prefix));
});

t.test("a library of the cache that was changed is found", async (t) => {
  const { environment, prefix } = workplace(t);
  fetch(environment);
  const look = `console.log(await (await import(dist + "native/libtorch-fetch.js")).findDamage(${JSON.stringify(prefix)}))`;
  t.equal(script(root, look, environment).stdout.trim(), "undefined");
  const library = join(prefix, "lib", "libtorch_cpu.so");
  writeFileSync(library, readFileSync(library, "utf8").replace("the", "THE"));
  t.equal(script(root, look, environment).stdout.trim(), library);
});

t.test("two at once: one fetches, the other waits for it", async (t) => {
  const { environment, asked } = workplace(t);
  const run = async () => {
    const child = startNode(scriptArguments(root, fetchText), environment);
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    const [status] = await once(child, "close");
    return { status, output };
  };
  const both = await Promise.all([run(), run()]);
  t.same(
    both.map(({ status }) => status),
    [0, 0],
  );
  t.same(asked(), all);
  t.equal(both.filter(({ output }) => /Another set-up \(process \d+\) is fetching/.test(output)).length, 1);
});

t.test("what pip says is passed on", async (t) => {
  const { environment } = workplace(t);
  const { status, stdout } = fetch({ ...environment, FAKE_PIP_WHEELS: temporaryFolder(t) });
  t.equal(status, 1);
  t.match(stdout, /ERR_SETUP: pip could not download torch==2\.13\.0: ERROR: No matching distribution/);
  t.match(stdout, /PIP_INDEX_URL/);
});

t.test("ELIQ_OFFLINE forbids fetching", async (t) => {
  const { environment, asked } = workplace(t);
  const { status, stdout } = fetch({ ...environment, ELIQ_OFFLINE: "1" });
  t.equal(status, 1);
  t.match(stdout, /^ERR_OFFLINE: .*ELIQ_LIBTORCH/);
  t.same(asked(), []);
});

t.test("python3 or its pip missing are named with the remedy", async (t) => {
  const { environment } = workplace(t);
  const without = fetch({ ...environment, PATH: pathWith(t, ["sh"]) });
  t.match(without.stdout, /^ERR_SETUP: python3 was not found.* apt-get install python3/);
  const tools = pathWith(t, ["sh"]);
  writeFileSync(join(tools, "python3"), '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.12.0 && exit 0\nexit 1\n', {
    mode: 0o755,
  });
  const pipless = fetch({ ...environment, PATH: tools });
  t.match(pipless.stdout, /^ERR_SETUP: python3 has no pip.* apt-get install python3-pip/);
});
