/**
 * Which LibTorch to build against: `ELIQ_LIBTORCH`, our cache, the `torch` package of python3, in this order. Fetching
 * one into the cache is libtorch-fetch.ts.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { EliqError } from "../errors.js";
import { cacheDirectory } from "./paths.js";

/** The version that is fetched, and that results are published with. */
export const referenceVersion = "2.13.0";
export const supportedVersions = "2.11 to 2.15";

export type LibTorchSource = "ELIQ_LIBTORCH" | "cache" | "python3" | "pip";

export interface LibTorch {
  /** Real path of the folder that holds include/ and lib/. */
  prefix: string;
  /** "major.minor.patch", read from its headers. */
  version: string;
  source: LibTorchSource;
}

/** A place that was asked and why it was passed over. */
export interface Passed {
  source: LibTorchSource;
  reason: string;
}

export interface Lookup {
  found?: LibTorch;
  passed: Passed[];
}

/** Record of a fetched LibTorch, in its folder as manifest.json. */
export interface LibTorchManifest {
  format: "eliq-libtorch";
  version: string;
  /** Wheels that it was made of. */
  wheels: { file: string; size: number; sha256: string }[];
  /** Every library kept, by its path in the folder. */
  libraries: Record<string, { size: number; sha256: string }>;
}

/** The folder in the cache that a fetched LibTorch has, or will have. */
export function cachedPrefix(): string {
  return join(cacheDirectory(), `libtorch-${referenceVersion}-${process.platform}-${process.arch}`);
}

const versionHeaders = ["torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"];

/** LibTorch's version as its headers state it; undefined when `prefix` has none. */
export function readLibTorchVersion(prefix: string): string | undefined {
  for (const header of versionHeaders) {
    let text: string;
    try {
      text = readFileSync(join(prefix, "include", header), "utf8");
    } catch {
      continue;
    }
    const part = (name: string) => new RegExp(`^#define TORCH_VERSION_${name} +(\\d+)`, "m").exec(text)?.[1];
    const parts = [part("MAJOR"), part("MINOR"), part("PATCH")];
    if (parts.every((value) => value !== undefined)) return parts.join(".");
  }
  return undefined;
}

/** True for 2.11 <= version < 2.16. */
export function isSupported(version: string): boolean {
  const [major, minor] = version.split(".").map(Number);
  return major === 2 && minor !== undefined && minor >= 11 && minor <= 15;
}

/** Looks in every place but the network. Throws ERR_SETUP when `ELIQ_LIBTORCH` is set to something unusable. */
export function findLibTorch(): Lookup {
  const passed: Passed[] = [];
  const explicit = process.env.ELIQ_LIBTORCH;
  if (explicit) return { found: inspect(explicit, "ELIQ_LIBTORCH"), passed };
  for (const [source, find] of [
    ["cache", findCached],
    ["python3", findPython],
  ] as const) {
    const answer = find();
    if (typeof answer === "object") return { found: answer, passed };
    passed.push({ source, reason: answer });
  }
  return { passed };
}

/** The LibTorch at `prefix`, or ERR_SETUP saying what is wrong with it. */
function inspect(prefix: string, source: LibTorchSource): LibTorch {
  const problem = check(prefix);
  if (problem) {
    throw new EliqError(
      "ERR_SETUP",
      `${source} is ${prefix}, but ${problem}. Set it to the folder of a LibTorch ${supportedVersions} that holds include/ and lib/, or unset it.`,
    );
  }
  return { prefix: realpathSync(prefix), version: readLibTorchVersion(prefix) as string, source };
}

/** What is wrong with the LibTorch at `prefix`; undefined when nothing is. */
function check(prefix: string): string | undefined {
  if (!existsSync(prefix)) return "no such folder exists";
  const version = readLibTorchVersion(prefix);
  if (!version) return "it has no torch/version.h under include/";
  if (!isSupported(version)) return `LibTorch ${version} is outside ${supportedVersions}`;
  for (const library of ["c10", "torch_cpu"].map(libraryName)) {
    if (!existsSync(join(prefix, "lib", library))) return `lib/${library} is missing`;
  }
  return undefined;
}

function libraryName(name: string): string {
  if (process.platform === "win32") return `${name}.lib`;
  return `lib${name}.${process.platform === "darwin" ? "dylib" : "so"}`;
}

function findCached(): LibTorch | string {
  const prefix = cachedPrefix();
  const manifest = readManifest(prefix);
  if (!manifest) return `nothing at ${prefix}`;
  for (const [path, { size }] of Object.entries(manifest.libraries)) {
    const found = statSync(join(prefix, path), { throwIfNoEntry: false });
    if (found?.size !== size) return `${join(prefix, path)} is ${found ? "damaged" : "missing"}`;
  }
  const problem = check(prefix);
  return problem ? `${prefix}: ${problem}` : inspect(prefix, "cache");
}

/** manifest.json of a fetched LibTorch; undefined when it is missing or unreadable. */
export function readManifest(prefix: string): LibTorchManifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(prefix, "manifest.json"), "utf8")) as LibTorchManifest;
    return manifest.format === "eliq-libtorch" ? manifest : undefined;
  } catch {
    return undefined;
  }
}

// find_spec() locates a top-level package without importing it; the current folder ("" in sys.path) may hold another
// "torch" and is left out.
const locateTorch = `
import sys
sys.path[:] = [path for path in sys.path if path]
import importlib.util
spec = importlib.util.find_spec("torch")
print(spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else "")
`;

function findPython(): LibTorch | string {
  let prefix: string;
  try {
    prefix = execFileSync("python3", ["-c", locateTorch], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 60_000,
    }).trim();
  } catch {
    return "python3 is not there or does not run";
  }
  if (!prefix) return "python3 has no torch package";
  const problem = check(prefix);
  return problem ? `${prefix}: ${problem}` : inspect(prefix, "python3");
}
