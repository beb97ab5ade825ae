/** Where the package, its built addon and the cache of set-up are. */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package's package.json. */
export const packageRoot = fileURLToPath(new URL("../../", import.meta.url)).replace(/[\\/]$/, "");

export const buildDirectory = join(packageRoot, "build");
export const addonDirectory = join(buildDirectory, "Release");
export const addonPath = join(addonDirectory, "eliq.node");
/** Written by CMake beside the addon: what it was built from and with. */
export const recordPath = join(addonDirectory, "eliq.build.json");

/** True in a clone of the repository, false in an installed package. */
export function isClone(): boolean {
  return existsSync(join(packageRoot, "native", "test"));
}

/** The command that builds the addon here; named by every error that it remedies. */
export function setupCommand(): string {
  return isClone() ? "npm run setup" : "npx eliq setup";
}

/** `ELIQ_CACHE`, or `eliq` in the platform's cache folder (`XDG_CACHE_HOME`, by default ~/.cache, on Linux). */
export function cacheDirectory(): string {
  const { ELIQ_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (ELIQ_CACHE) return resolve(ELIQ_CACHE);
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "eliq");
  if (process.platform === "win32") return join(LOCALAPPDATA || join(homedir(), "AppData", "Local"), "eliq");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "eliq");
}

/** True when `ELIQ_OFFLINE` forbids every fetch. */
export function isOffline(): boolean {
  const value = process.env.ELIQ_OFFLINE;
  return value !== undefined && value !== "" && value !== "0";
}
