/** The tools that a build needs: a C++20 compiler, CMake, and make or Ninja. Each missing one is an error with its remedy. */
import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { EliqError } from "../errors.js";

export interface Tool {
  path: string;
  version: string;
}

/** Kept in step with cmake_minimum_required in native/CMakeLists.txt. */
export const minimumCMake = "3.20";

/** The path of the program `name` on PATH, or of `name` itself when it is a path; undefined when it is not there. */
export function which(name: string): string | undefined {
  const suffixes = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  const folders = /[\\/]/.test(name) ? [""] : (process.env.PATH ?? "").split(delimiter);
  for (const folder of folders) {
    for (const suffix of suffixes) {
      const path = join(folder, name + suffix);
      try {
        accessSync(path, constants.X_OK);
        if (statSync(path).isFile()) return path;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

/** First line of what the tool prints for --version; undefined when it does not run. */
function versionLine(path: string): string | undefined {
  try {
    const text = execFileSync(path, ["--version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    });
    return text.split("\n", 1)[0]?.trim();
  } catch {
    return undefined;
  }
}

function probe(name: string): Tool | undefined {
  const path = which(name);
  const version = path && versionLine(path);
  return path && version ? { path, version } : undefined;
}

/** CMake, whatever its version. */
export function findCMake(): Tool | undefined {
  const tool = probe("cmake");
  return tool && { path: tool.path, version: tool.version.replace(/^cmake version /, "") };
}

export function findPython(): Tool | undefined {
  const tool = probe("python3");
  return tool && { path: tool.path, version: tool.version.replace(/^Python /, "") };
}

/** `CXX` (a name or a path, without arguments), or the first of the names that CMake itself would try. */
export function findCompiler(): Tool | undefined {
  const wanted = process.env.CXX;
  for (const name of wanted ? [wanted] : ["c++", "g++", "clang++"]) {
    const tool = probe(name);
    if (tool) return tool;
  }
  return undefined;
}

export interface Toolchain {
  cmake: Tool;
  compiler: Tool;
  generator: "Ninja" | "Unix Makefiles";
}

/** Everything that a build needs, or ERR_SETUP naming all that is missing, each with its remedy. */
export function requireToolchain(): Toolchain {
  const problems: string[] = [];
  const compiler = findCompiler();
  if (!compiler) {
    problems.push(
      process.env.CXX
        ? `CXX is ${process.env.CXX}, which does not run. Set it to a C++20 compiler or unset it.`
        : `No C++ compiler was found. Install one: ${remedy("g++", "gcc-c++", "xcode-select --install")}.`,
    );
  } else {
    const complaint = complainsAboutCxx20(compiler.path);
    if (complaint !== undefined) {
      problems.push(
        `${compiler.path} (${compiler.version}) does not compile C++20${complaint && `: ${complaint}`}. Install GCC 11, Clang 14 or newer, or name another compiler in CXX.`,
      );
    }
  }
  const cmake = findCMake();
  if (!cmake) {
    problems.push(
      `CMake was not found. Install it: ${remedy("cmake", "cmake", "brew install cmake")}, or pip install cmake.`,
    );
  } else if (isOlder(cmake.version, minimumCMake)) {
    problems.push(
      `CMake ${cmake.version} is too old; ${minimumCMake} or newer is needed. Install it with pip install cmake.`,
    );
  }
  const generator = which("ninja") ? "Ninja" : which("make") ? "Unix Makefiles" : undefined;
  if (!generator) {
    problems.push(
      `Neither ninja nor make was found. Install one: ${remedy("ninja-build", "ninja-build", "brew install ninja")}.`,
    );
  }
  if (problems.length > 0 || !compiler || !cmake || !generator) throw new EliqError("ERR_SETUP", problems.join("\n"));
  return { compiler, cmake, generator };
}

/** ERR_SETUP unless python3 with pip is there, which fetching LibTorch needs. */
export function requirePip(): Tool {
  const python = findPython();
  const otherwise = "or set ELIQ_LIBTORCH to the folder of a LibTorch that you have";
  if (!python) {
    throw new EliqError(
      "ERR_SETUP",
      `python3 was not found; LibTorch is fetched with its pip. Install it: ${remedy("python3 python3-pip", "python3 python3-pip", "brew install python")}, ${otherwise}.`,
    );
  }
  const pip = spawnSync(python.path, ["-m", "pip", "--version"], { stdio: "ignore", timeout: 60_000 });
  if (pip.status !== 0) {
    throw new EliqError(
      "ERR_SETUP",
      `python3 has no pip; LibTorch is fetched with it. Install it: ${remedy("python3-pip", "python3-pip", "python3 -m ensurepip")}, ${otherwise}.`,
    );
  }
  return python;
}

/** What the compiler says against a file that needs C++20; undefined when it takes it. */
function complainsAboutCxx20(compiler: string): string | undefined {
  const program =
    "#include <concepts>\n#include <span>\ntemplate <std::integral T> T f(T x) { return x; }\nint main() { return f(0); }\n";
  const result = spawnSync(compiler, ["-std=c++20", "-x", "c++", "-fsyntax-only", "-"], {
    input: program,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (result.status === 0) return undefined;
  return (result.stderr ?? "").split("\n", 1)[0]?.trim() ?? "";
}

export function isOlder(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 3; ++i) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** How to install something on this system, for an error's text. */
function remedy(debian: string, fedora: string, macos: string): string {
  if (process.platform === "darwin") return macos;
  return `apt-get install ${debian} (Debian, Ubuntu) or dnf install ${fedora} (Fedora, RHEL)`;
}
