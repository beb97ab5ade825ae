/** The only place that loads eliq.node. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { EliqError } from "../errors.js";
import type { NativeAddon } from "./addon.js";
import { type BuildRecord, readBuildRecord } from "./build-record.js";
import { readLibTorchVersion } from "./libtorch.js";
import { addonPath, packageRoot, recordPath, setupCommand } from "./paths.js";

// One per environment: a worker thread evaluates this module anew, and gets addon data of its own.
let addon: NativeAddon | undefined;

/**
 * The native addon of this environment, loaded at the first call. What could crash the process when it is loaded, above
 * all another LibTorch than the one it was built with, is looked for first.
 *
 * @throws EliqError ERR_ADDON_MISSING when it has not been built; ERR_ADDON_MISMATCH when it was built for something
 * else. Both name the command that builds it.
 */
export function loadAddon(): NativeAddon {
  addon ??= open();
  return addon;
}

function open(): NativeAddon {
  const record = checkedRecord();
  let loaded: NativeAddon;
  try {
    loaded = withShortSpins(() => createRequire(import.meta.url)(addonPath) as NativeAddon);
  } catch (cause) {
    throw mismatch(`The native addon does not load: ${(cause as Error).message}`, cause);
  }
  const built = loaded.buildInfo();
  if (built.libtorch !== record.libtorch || built.eliq !== record.eliq) {
    throw mismatch(
      `The native addon is of eliq ${built.eliq} with LibTorch ${built.libtorch}, but its build record says eliq ${record.eliq} with LibTorch ${record.libtorch}.`,
    );
  }
  loaded.bindErrors(EliqError);
  return loaded;
}

/**
 * GNU OpenMP, which LibTorch brings, lets threads that wait for each other spin for up to 300,000 rounds before they sleep.
 * Where other work holds a core, as decoding does beside scoring, one then burns whole time slices on waiting for another
 * that cannot run: a score of some 30 ms took 4 s on two busy cores. A thousand rounds still bridge the gaps between two
 * operations. The library reads the variable once, when it is loaded; what the user has set stays. (In a worker thread
 * process.env is a copy, so this acts where the main thread is the first to load the addon.)
 */
function withShortSpins<T>(load: () => T): T {
  const { GOMP_SPINCOUNT, OMP_WAIT_POLICY } = process.env;
  if (GOMP_SPINCOUNT !== undefined || OMP_WAIT_POLICY !== undefined) return load();
  process.env.GOMP_SPINCOUNT = "1000";
  try {
    return load();
  } finally {
    delete process.env.GOMP_SPINCOUNT;
  }
}

/** The addon's build record, after checking that it fits this package, this machine and the LibTorch that is there. */
function checkedRecord(): BuildRecord {
  if (!existsSync(addonPath)) {
    throw new EliqError("ERR_ADDON_MISSING", `The native addon has not been built yet. Run \`${setupCommand()}\`.`);
  }
  const record = readBuildRecord(recordPath);
  if (!record) throw mismatch(`The native addon has no readable build record at ${recordPath}.`);
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
  if (record.eliq !== version) {
    throw mismatch(`The native addon was built for eliq ${record.eliq}, and this is eliq ${version}.`);
  }
  if (record.platform !== process.platform || record.arch !== process.arch) {
    throw mismatch(
      `The native addon was built for ${record.platform} ${record.arch}, and this is ${process.platform} ${process.arch}.`,
    );
  }
  checkLibTorch(record);
  return record;
}

function checkLibTorch({ libtorch, prefix }: BuildRecord): void {
  const present = readLibTorchVersion(prefix);
  if (present !== libtorch) {
    throw mismatch(
      `The native addon was built with LibTorch ${libtorch} at ${prefix}, where there is ${present ? `now LibTorch ${present}` : "none any more"}.`,
    );
  }
  const wanted = process.env.ELIQ_LIBTORCH;
  if (!wanted) return;
  const version = readLibTorchVersion(wanted);
  if (version !== libtorch) {
    throw mismatch(
      `The native addon was built with LibTorch ${libtorch}, but ELIQ_LIBTORCH is ${wanted}, which has ${version ? `LibTorch ${version}` : "no LibTorch"}.`,
    );
  }
}

function mismatch(problem: string, cause?: unknown): EliqError {
  const message = `${problem.replace(/\.?$/, ".")} Run \`${setupCommand()}\` to build it again.`;
  return new EliqError("ERR_ADDON_MISMATCH", message, cause === undefined ? undefined : { cause });
}
