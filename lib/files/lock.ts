/** A lock file between processes, so that two set-ups do not write the same folder. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

interface Holder {
  pid: number;
  host: string;
  token: string;
}

/** A holder touches its lock this often, and one untouched for `abandoned` is dead, on whatever machine it was. */
const heartbeat = 5_000;
const abandoned = 60_000;

/**
 * Runs `work` while holding the lock file `path`; waits while another living process holds it.
 *
 * @param onWait called once, with the other's process id, when there is somebody to wait for.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait: (pid: number) => void): Promise<T> {
  const release = await acquire(path, onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire(path: string, onWait: (pid: number) => void): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  const mine: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
  for (let waited = false; ; ) {
    try {
      writeFileSync(path, JSON.stringify(mine), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const other = readHolder(path);
    if (isDead(path, other)) {
      takeAway(path, other);
      continue;
    }
    if (!waited) onWait(other?.pid ?? 0);
    waited = true;
    await sleep(500);
  }
  const timer = setInterval(() => touch(path), heartbeat);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (readHolder(path)?.token === mine.token) rmSync(path, { force: true });
  };
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isDead(path: string, holder: Holder | undefined): boolean {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (touched === undefined) return false;
  if (Date.now() - touched > abandoned) return true;
  if (!holder || holder.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Removes a dead holder's lock; by renaming, so that of two who find it dead one does it and neither takes a living one. */
function takeAway(path: string, dead: Holder | undefined): void {
  if (readHolder(path)?.token !== dead?.token) return;
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // Somebody else was faster.
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // The cache was removed under us; the work itself will say so.
  }
}
