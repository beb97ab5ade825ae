/** Compiles the addon with cmake-js, and in a clone the native test ring. */
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { EliqError } from "../errors.js";
import { type CommandResult, runCommand } from "./command.js";
import type { LibTorch } from "./libtorch.js";
import { addonDirectory, buildDirectory, packageRoot } from "./paths.js";
import { formatSeconds, type Report } from "./report.js";
import { requireToolchain, type Toolchain } from "./toolchain.js";

export interface BuildOptions {
  /** Only this CMake target; by default the addon and its record. */
  target?: string;
  /** Compilers at a time; default: one for each processor. */
  jobs?: number;
}

/** Binary of the native test ring. */
export const testBinary = join(buildDirectory, "eliq_tests");

/** @throws EliqError ERR_SETUP when a tool is missing or the build fails, with the end of its output. */
export async function build(libtorch: LibTorch, options: BuildOptions, report: Report): Promise<void> {
  const tools = requireToolchain();
  const log = join(buildDirectory, "setup.log");
  discardForeignCache(tools);
  const jobs = options.jobs ?? availableParallelism();
  const what = options.target ?? "the native addon";
  report.line(
    `Compiling ${what}: ${tools.compiler.version}, CMake ${tools.cmake.version}, ${tools.generator}, ${jobs} ${jobs === 1 ? "job" : "jobs"}`,
  );
  const started = Date.now();
  const common = [
    ...["--directory", packageRoot, "--out", buildDirectory, "--config", "Release", "--generator", tools.generator],
    // Both, because cmake-js looks for g++ and clang++ itself unless it is told a C compiler too; none is used.
    ...["--cxx", tools.compiler.path, "--cc", tools.compiler.path],
  ];
  const defines = [`--CDELIQ_LIBTORCH=${libtorch.prefix}`, `--CDELIQ_OUTPUT_DIRECTORY=${addonDirectory}`];
  await step(["configure", ...common, ...defines], log, () => {});
  const target = options.target ? ["--target", options.target] : [];
  await step(["build", ...common, ...target, "--parallel", String(jobs)], log, (line) => showProgress(line, report));
  report.line(`  done in ${formatSeconds((Date.now() - started) / 1000)}`);
}

async function step(args: string[], log: string, onLine: (line: string) => void): Promise<void> {
  const cmakeJs = join(dirname(createRequire(import.meta.url).resolve("cmake-js/package.json")), "bin", "cmake-js");
  mkdirSync(buildDirectory, { recursive: true });
  const result: CommandResult = await runCommand(process.execPath, [cmakeJs, ...args], { log, onLine });
  if (result.status === 0) return;
  throw new EliqError(
    "ERR_SETUP",
    `The native build failed. Its last lines:\n\n${result.tail.join("\n")}\n\nThe whole output is in ${log}.`,
  );
}

/** Ninja says "[3/42] …", make "[ 12%] …". */
function showProgress(line: string, report: Report): void {
  const ninja = /^\[(\d+)\/(\d+)\]/.exec(line);
  const make = /^\[ *(\d+)%\]/.exec(line);
  if (ninja) report.progress("  compiling", Number(ninja[1]) / Number(ninja[2]));
  else if (make) report.progress("  compiling", Number(make[1]) / 100);
}

/**
 * Removes a build folder that CMake would refuse: made for another place (a copied package), by another generator or for
 * another compiler.
 */
function discardForeignCache({ compiler, generator }: Toolchain): void {
  const path = join(buildDirectory, "CMakeCache.txt");
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  const value = (name: string) => new RegExp(`^${name}:[A-Z]+=(.*)$`, "m").exec(text)?.[1];
  const same =
    value("CMAKE_HOME_DIRECTORY") === packageRoot &&
    value("CMAKE_GENERATOR") === generator &&
    samePath(value("CMAKE_CXX_COMPILER"), compiler.path);
  if (!same) rmSync(buildDirectory, { recursive: true, force: true });
}

function samePath(a: string | undefined, b: string): boolean {
  try {
    return a !== undefined && realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}
