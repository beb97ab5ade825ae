// @ts-check
// An older LibTorch everywhere that tools look by default: the one that is built against and loaded is ours all the same.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { builtRecord, environment, fakeLibTorch, root, script, temporaryFolder } from "../support/package-copy.js";

t.setTimeout(300_000);
const options = { skip: process.platform === "linux" ? false : "the search paths of this test are Linux's" };

const { prefix, libtorch } = builtRecord();
const libraries = ["torch", "torch_cpu", "c10"];

/**
 * LibTorch 1.8 with libraries that announce themselves and abort, a CMake package that must not be used, and an
 * environment that puts it on every default search path.
 * @param {import("tap").Test} t
 */
function decoy(t) {
  const folder = fakeLibTorch(join(temporaryFolder(t), "usr"), "1.8.0");
  const source = join(folder, "decoy.cc");
  writeFileSync(
    source,
    '#include <cstdio>\n#include <cstdlib>\n__attribute__((constructor)) static void decoy() { std::fputs("DECOY", stderr); std::abort(); }\n',
  );
  for (const name of libraries) {
    const path = join(folder, "lib", `lib${name}.so`);
    execFileSync("c++", ["-shared", "-fPIC", `-Wl,-soname,lib${name}.so`, "-o", path, source]);
  }
  const config = join(folder, "share", "cmake", "Torch");
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, "TorchConfig.cmake"), 'message(FATAL_ERROR "the decoy LibTorch was found")\n');
  return {
    CMAKE_PREFIX_PATH: folder,
    CMAKE_LIBRARY_PATH: join(folder, "lib"),
    CMAKE_INCLUDE_PATH: join(folder, "include"),
    Torch_DIR: config,
    LIBRARY_PATH: join(folder, "lib"),
    CPLUS_INCLUDE_PATH: join(folder, "include"),
    LD_LIBRARY_PATH: join(folder, "lib"),
  };
}

/** Folders that a process's LibTorch libraries are mapped from. @param {string} maps */
function mappedFrom(maps) {
  const paths = maps.split("\n").flatMap((line) => /\s(\/\S*)\/lib(?:torch|torch_cpu|c10)\.so$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)].map((path) => realpathSync(path));
}

t.test("the decoy works: a program without our CMake gets it", options, async (t) => {
  const decoyed = decoy(t);
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "main.cc"), "int main() { return 0; }\n");
  const where = { env: environment(decoyed), cwd: folder };
  execFileSync("c++", ["main.cc", "-o", "main", "-Wl,--no-as-needed", "-ltorch_cpu", "-lc10"], where);
  t.match(spawnSync("./main", { ...where, encoding: "utf8" }).stderr, /DECOY/);
});

t.test("what native/cmake/LibTorch.cmake gives is compiled, linked and run with ours", options, async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, "CMakeLists.txt"),
    `cmake_minimum_required(VERSION 3.20...3.31)
project(decoy LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
include(${root}/native/cmake/LibTorch.cmake)
add_executable(main main.cc)
target_link_libraries(main PRIVATE LibTorch::torch)
target_link_options(main PRIVATE -Wl,--disable-new-dtags)
`,
  );
  // at::get_cpu_capability is declared here because its header costs ten seconds.
  writeFileSync(
    join(folder, "main.cc"),
    `#include <torch/version.h>
#include <fstream>
#include <iostream>
#include <string>
namespace at { std::string get_cpu_capability(); }
int main() {
  std::cout << "headers " << TORCH_VERSION << "\\n" << at::get_cpu_capability() << "\\n" << std::ifstream("/proc/self/maps").rdbuf();
}
`,
  );
  const where = { cwd: folder, encoding: /** @type {const} */ ("utf8"), env: environment(decoy(t)) };
  const configured = spawnSync("cmake", ["-B", "build", `-DELIQ_LIBTORCH=${prefix}`], where);
  t.equal(configured.status, 0, configured.stdout + configured.stderr);
  const compiled = spawnSync("cmake", ["--build", "build"], where);
  t.equal(compiled.status, 0, compiled.stdout + compiled.stderr);
  const ran = spawnSync("build/main", where);
  t.equal(ran.status, 0, ran.stderr);
  t.match(ran.stdout, `headers ${libtorch}`);
  t.same(mappedFrom(ran.stdout), [realpathSync(join(prefix, "lib"))]);
});

t.test("the addon loads ours", options, async (t) => {
  const text = `
const { readFileSync } = await import("node:fs");
const { loadAddon } = await import(dist + "native/load.js");
console.log(loadAddon().buildInfo().cpuCapability);
console.log(readFileSync("/proc/self/maps", "utf8"));
`;
  const { status, stdout, stderr } = script(root, text, decoy(t));
  t.equal(status, 0, stderr);
  t.same(mappedFrom(stdout), [realpathSync(join(prefix, "lib"))]);
});
