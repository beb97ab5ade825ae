/**
 * Built addons in the cache. Set-up copies one that was compiled from the same sources against the same LibTorch instead
 * of compiling it again for another project or another install.
 */
import { createHash, randomUUID } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { type BuildRecord, readBuildRecord } from "./build-record.js";
import { addonDirectory, addonPath, cacheDirectory, recordPath } from "./paths.js";

/** Addons kept; the longest unused go first. */
const kept = 8;

/** What decides whether a cached addon fits. */
export type AddonKey = Pick<BuildRecord, "eliq" | "libtorch" | "prefix" | "platform" | "arch" | "sourceHash">;

function cachedFolder(key: AddonKey): string {
  const { eliq, libtorch, prefix, platform, arch, sourceHash } = key;
  const name = createHash("sha256")
    .update([eliq, libtorch, prefix, platform, arch, sourceHash].join("\n"))
    .digest("hex");
  return join(cacheDirectory(), "addons", name.slice(0, 32));
}

/** True when `record` is of an addon built for `key`. */
export function fits(record: BuildRecord | undefined, key: AddonKey): boolean {
  return record !== undefined && (Object.keys(key) as (keyof AddonKey)[]).every((name) => record[name] === key[name]);
}

/** Puts the cached addon for `key` in its place in the package; false when the cache has none. */
export function restoreAddon(key: AddonKey): boolean {
  const folder = cachedFolder(key);
  if (!fits(readBuildRecord(join(folder, "eliq.build.json")), key) || !existsSync(join(folder, "eliq.node")))
    return false;
  mkdirSync(addonDirectory, { recursive: true });
  replace(join(folder, "eliq.node"), addonPath);
  replace(join(folder, "eliq.build.json"), recordPath);
  const now = new Date();
  utimesSync(folder, now, now);
  return true;
}

/** Forgets the cached addon for `key`: it did not load. */
export function forgetAddon(key: AddonKey): void {
  rmSync(cachedFolder(key), { recursive: true, force: true });
}

/** Keeps a copy of the package's addon, whose record is `record`. */
export function storeAddon(record: BuildRecord): void {
  const folder = cachedFolder(record);
  const fresh = `${folder}.${randomUUID()}`;
  mkdirSync(fresh, { recursive: true });
  copyFileSync(addonPath, join(fresh, "eliq.node"));
  copyFileSync(recordPath, join(fresh, "eliq.build.json"));
  rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(fresh, folder);
  } catch {
    rmSync(fresh, { recursive: true, force: true }); // Another set-up stored the same one meanwhile.
  }
  prune(join(cacheDirectory(), "addons"));
}

function prune(folder: string): void {
  const byAge = readdirSync(folder)
    .map((name) => ({
      path: join(folder, name),
      time: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of byAge.slice(kept)) rmSync(path, { recursive: true, force: true });
}

/** Copies by way of a rename: a process that has the old file mapped keeps it. */
function replace(from: string, to: string): void {
  const fresh = `${to}.${randomUUID()}`;
  copyFileSync(from, fresh);
  renameSync(fresh, to);
}
