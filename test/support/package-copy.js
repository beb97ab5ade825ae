// @ts-check
// Copies of this package in temporary folders, for tests of set-up and loading: what they build, break or leave out is
// their own.
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Built by `npm run setup`; tests of loading are about this addon. */
export const builtAddon = join(root, "build", "Release", "eliq.node");

/** @returns {import("../../dist/native/build-record.js").BuildRecord} */
export function builtRecord() {
  return JSON.parse(readFileSync(join(root, "build", "Release", "eliq.build.json"), "utf8"));
}

/**
 * A temporary folder that goes when the test ends.
 * @param {{ teardown: (done: () => void) => void }} t
 */
export function temporaryFolder(t) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "eliq-test-")));
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/**
 * A copy of the package without a built addon, with the sources of the native code and links to node_modules and models.
 * @param {{ teardown: (done: () => void) => void }} t
 * @param {{ addon?: boolean }} [options] `addon`: with the built addon and its record.
 */
export function copyPackage(t, { addon = false } = {}) {
  const folder = join(temporaryFolder(t), "eliq");
  mkdirSync(folder);
  for (const name of ["package.json", "CMakeLists.txt", "binding.gyp", "dist", "native"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of ["node_modules", "models"]) symlinkSync(join(root, name), join(folder, name));
  if (addon) {
    mkdirSync(join(folder, "build", "Release"), { recursive: true });
    for (const name of ["eliq.node", "eliq.build.json"]) {
      cpSync(join(root, "build", "Release", name), join(folder, "build", "Release", name));
    }
  }
  return folder;
}

/**
 * Replaces the native sources of a copy by an addon that compiles in seconds, under the real CMake files: the tests of how
 * a build is entered are not about what is compiled.
 * @param {string} folder
 */
export function shrinkNativeSources(folder) {
  const native = join(folder, "native");
  for (const room of [
    "addon",
    "backbone",
    "common",
    "engine",
    "fusion",
    "fuzz",
    "io",
    "model",
    "preprocess",
    "query",
    "test",
    "training",
  ]) {
    rmSync(join(native, room), { recursive: true, force: true });
  }
  /** @type {Record<string, string>} */
  const sources = {
    "pch.h": "#include <string>\n",
    "io/nothing.cc": "namespace eliq { int nothing() { return 0; } }\n",
    // Declared here, because the header costs ten seconds; defined in libtorch_cpu.
    "engine/capability.cc":
      "#include <string>\nnamespace at { std::string get_cpu_capability(); }\nnamespace eliq { std::string capability() { return at::get_cpu_capability(); } }\n",
    "addon/addon.cc": `#include <napi.h>
#include <string>
namespace eliq { std::string capability(); }
static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("bindErrors", Napi::Function::New(env, [](const Napi::CallbackInfo& info) { return info.Env().Undefined(); }));
  exports.Set("buildInfo", Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    Napi::Object built = Napi::Object::New(info.Env());
    built.Set("eliq", ELIQ_VERSION);
    built.Set("libtorch", ELIQ_LIBTORCH_VERSION);
    built.Set("compiler", "test");
    built.Set("cpuCapability", eliq::capability());
    return built;
  }));
  return exports;
}
NODE_API_MODULE(eliq, Init)
`,
  };
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(join(native, path, ".."), { recursive: true });
    writeFileSync(join(native, path), text);
  }
}

/**
 * A folder to be the whole PATH, with links to `tools` only.
 * @param {{ teardown: (done: () => void) => void }} t
 * @param {string[]} tools
 */
export function pathWith(t, tools) {
  const folder = temporaryFolder(t);
  for (const tool of tools) {
    const found = (process.env.PATH ?? "")
      .split(delimiter)
      .map((place) => join(place, tool))
      .find((path) => existsSync(path));
    if (found) symlinkSync(found, join(folder, tool));
  }
  return folder;
}

/**
 * A LibTorch that passes every look at it and can do nothing.
 * @param {string} prefix
 * @param {string} version
 */
export function fakeLibTorch(prefix, version) {
  const [major, minor, patch] = version.split(".");
  const headers = join(prefix, "include", "torch", "headeronly");
  mkdirSync(headers, { recursive: true });
  writeFileSync(
    join(headers, "version.h"),
    `#define TORCH_VERSION_MAJOR ${major}\n#define TORCH_VERSION_MINOR ${minor}\n#define TORCH_VERSION_PATCH ${patch}\n`,
  );
  mkdirSync(join(prefix, "lib"), { recursive: true });
  for (const name of ["c10", "torch_cpu"]) writeFileSync(join(prefix, "lib", `lib${name}.so`), "not a library\n");
  return prefix;
}

/** The environment of this process without what a test runner or npm put there, and with `changes`.
 * @param {NodeJS.ProcessEnv} changes
 */
export function environment(changes) {
  const { NODE_OPTIONS, NODE_V8_COVERAGE, ELIQ_LIBTORCH, ELIQ_CACHE, ELIQ_OFFLINE, CXX, ...rest } = process.env;
  return { ...rest, ...changes };
}

/**
 * Runs `eliq` of a copy of the package to its end.
 * @param {string} folder
 * @param {string[]} parameters
 * @param {NodeJS.ProcessEnv} changes
 */
export function eliq(folder, parameters, changes) {
  return node([join(folder, "dist", "cli", "main.js"), ...parameters], changes);
}

/**
 * Runs an ES module text that may use `dist`, the URL of the package's dist/ (with a slash at its end).
 * @param {string} folder of the package
 * @param {string} text
 * @param {NodeJS.ProcessEnv} changes
 */
export function script(folder, text, changes) {
  return node(scriptArguments(folder, text), changes);
}

/**
 * @param {string} folder
 * @param {string} text
 */
export function scriptArguments(folder, text) {
  return ["--input-type=module", "--eval", `const dist = ${JSON.stringify(`file://${folder}/dist/`)};\n${text}`];
}

/**
 * Starts node without waiting for it.
 * @param {string[]} parameters
 * @param {NodeJS.ProcessEnv} changes
 */
export function startNode(parameters, changes) {
  return spawn(process.execPath, parameters, { env: environment(changes), stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * @param {string[]} parameters
 * @param {NodeJS.ProcessEnv} changes
 */
function node(parameters, changes) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, parameters, {
    encoding: "utf8",
    env: environment(changes),
  });
  return { status, signal, stdout, stderr, output: stdout + stderr };
}
