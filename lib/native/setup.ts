/** Set-up: finds or fetches LibTorch, then puts a native addon built against it in its place. Says what it does. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EliqError } from "../errors.js";
import { withLock } from "../files/lock.js";
import { type AddonKey, fits, forgetAddon, restoreAddon, storeAddon } from "./addon-cache.js";
import { build } from "./build.js";
import { readBuildRecord } from "./build-record.js";
import { cachedPrefix, findLibTorch, type LibTorch, readLibTorchVersion } from "./libtorch.js";
import { fetchLibTorch, findDamage } from "./libtorch-fetch.js";
import { addonPath, buildDirectory, cacheDirectory, isClone, isOffline, packageRoot, recordPath } from "./paths.js";
import { probeAddon } from "./probe.js";
import type { Report } from "./report.js";
import { sourceHash } from "./source-hash.js";
import { requireToolchain } from "./toolchain.js";

export interface SetupOptions {
  /** Build from nothing, even when the addon is up to date or the cache has one. */
  force?: boolean;
  /** Also build the native test ring (only in a clone). */
  tests?: boolean;
  /** Compilers at a time; default: one for each processor. */
  jobs?: number;
}

/**
 * Leaves a native addon that loads at build/Release/eliq.node; does nothing when it is there and up to date.
 *
 * @throws EliqError ERR_SETUP, ERR_OFFLINE, each naming the remedy.
 */
export async function setup(options: SetupOptions, report: Report): Promise<void> {
  if (options.tests && !isClone()) {
    throw new EliqError(
      "ERR_SETUP",
      "The native tests are not part of the installed package; clone the repository to run them.",
    );
  }
  // In the package and not in the cache: two set-ups of one package may have been given different caches.
  const lock = join(packageRoot, ".setup.lock");
  const waiting = (pid: number) => report.line(`Another set-up (process ${pid}) is at work here; waiting for it.`);
  await withLock(lock, () => locked(options, report), waiting);
}

async function locked(options: SetupOptions, report: Report): Promise<void> {
  const current = options.force ? undefined : currentLibTorch();
  if (current && !options.tests) {
    report.line(`eliq is set up: native addon with LibTorch ${current.version} at ${current.prefix}`);
    return;
  }
  if (options.force) rmSync(buildDirectory, { recursive: true, force: true });
  const libtorch = current ?? (await chooseLibTorch(report));
  if (!current) await provideAddon(libtorch, options, report);
  if (options.tests) await build(libtorch, { target: "eliq_tests", ...pickJobs(options) }, report);
}

/** The LibTorch of an addon that is up to date and loads; undefined when there is work to do. */
function currentLibTorch(): LibTorch | undefined {
  const record = readBuildRecord(recordPath);
  if (!record || !existsSync(addonPath) || readLibTorchVersion(record.prefix) !== record.libtorch) return undefined;
  const libtorch: LibTorch = { prefix: record.prefix, version: record.libtorch, source: "cache" };
  const explicit = process.env.ELIQ_LIBTORCH ? findLibTorch().found : undefined;
  if (explicit && explicit.prefix !== record.prefix) return undefined;
  return fits(record, keyFor(libtorch)) && probeAddon().ok ? libtorch : undefined;
}

function keyFor(libtorch: LibTorch): AddonKey {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
  return {
    eliq: version,
    libtorch: libtorch.version,
    prefix: libtorch.prefix,
    platform: process.platform,
    arch: process.arch,
    sourceHash: sourceHash(packageRoot),
  };
}

async function chooseLibTorch(report: Report): Promise<LibTorch> {
  const { found, passed } = findLibTorch();
  for (const { source, reason } of passed) report.line(`LibTorch from ${source}: ${reason}`);
  if (!found) {
    // What could stop a build is looked for before half a gigabyte is fetched for it.
    if (!isOffline()) requireToolchain();
    return fetchLibTorch(report);
  }
  if (found.source === "cache") {
    const damaged = await findDamage(found.prefix);
    if (damaged) return refetch(found.prefix, damaged, report);
  }
  report.line(`LibTorch ${found.version} from ${found.source}: ${found.prefix}`);
  return found;
}

async function refetch(prefix: string, damaged: string, report: Report): Promise<LibTorch> {
  report.line(`${damaged} does not have the recorded checksum; fetching LibTorch again`);
  if (!isOffline() && prefix === cachedPrefix()) rmSync(prefix, { recursive: true, force: true });
  return fetchLibTorch(report);
}

async function provideAddon(libtorch: LibTorch, options: SetupOptions, report: Report): Promise<void> {
  const key = keyFor(libtorch);
  if (!options.force && restoreAddon(key)) {
    if (probeAddon().ok) {
      report.line(`Native addon: copied from ${cacheDirectory()}, where an earlier set-up left it`);
      return;
    }
    report.line("The cached native addon does not load here; compiling it");
    forgetAddon(key);
    rmSync(addonPath, { force: true });
  }
  await build(libtorch, pickJobs(options), report);
  const record = readBuildRecord(recordPath);
  if (!existsSync(addonPath) || !record) {
    throw new EliqError(
      "ERR_SETUP",
      `The build left no addon at ${addonPath}. See ${join(buildDirectory, "setup.log")}.`,
    );
  }
  const probe = probeAddon();
  if (!probe.ok) throw new EliqError("ERR_SETUP", `The native addon was built but does not load: ${probe.message}`);
  storeAddon(record);
  report.line(`Native addon: ${addonPath}`);
}

function pickJobs({ jobs }: SetupOptions): { jobs?: number } {
  return jobs === undefined ? {} : { jobs };
}
