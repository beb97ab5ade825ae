/** From a list of good images to a pair manifest: two passes, each resumable at any moment, with the same bytes at the end. */
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { EliqError } from "../../errors.js";
import { writeAtomically } from "../../files/atomic.js";
import { LineFile, lastLine } from "../../files/line-file.js";
import { withLock } from "../../files/lock.js";
import { levels } from "../degradations/index.js";
import { editingModel } from "../editing/family.js";
import { allFamilies } from "../families.js";
import { currentEnvironment } from "../manifest/environment.js";
import { manifestName, skippedName } from "../manifest/files.js";
import { type End, type Header, manifestVersion } from "../manifest/schema.js";
import { hashOfList, noImages } from "../sources/read.js";
import type { BuildHooks } from "./context.js";
import { GivenNegatives } from "./given-negatives.js";
import { type BuildOptions, checkOptions } from "./options.js";
import { renderUnits } from "./render-pass.js";
import type { ScanEntry } from "./scan.js";
import { leftOut, scanImages } from "./scan-pass.js";
import { orderedAspects } from "./unit-plan.js";
import { startRenderers } from "./workers.js";

export interface BuildResult {
  /** Path of the manifest. */
  readonly manifest: string;
  readonly end: End;
  /** The manifest had been there already, whole and with the same options. */
  readonly unchanged: boolean;
}

/**
 * Builds a pair manifest. Started again after an abort, a crash or a kill, the same options go on where it ended and the result
 * is byte for byte that of an unbroken run. Unreadable and unfit inputs are listed in skipped.jsonl.
 *
 * @throws EliqError ERR_ABORTED when the signal fires; ERR_INVALID_ARGUMENT for senseless options, evaluation data, or a folder
 *   that holds another build; ERR_IO.
 */
export async function buildPairs(options: BuildOptions, hooks: BuildHooks = {}): Promise<BuildResult> {
  checkOptions(options);
  await mkdir(options.out, { recursive: true });
  const busy = (pid: number) => {
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `Process ${pid} is building pairs in ${options.out}. Wait for it, or give another --out.`,
    );
  };
  return withLock(join(options.out, ".lock"), () => buildLocked(options, hooks), busy);
}

async function buildLocked(options: BuildOptions, hooks: BuildHooks): Promise<BuildResult> {
  const header = await makeHeader(options);
  const manifest = join(options.out, manifestName);
  const negatives = options.negatives === undefined ? undefined : await GivenNegatives.open(options.negatives);
  try {
    await negatives?.checkAgainst(options.data);
    await claim(options, identityOf(options, header, await hashOfList(options.data), negatives));
    const line = await lastLine(manifest);
    if (line !== undefined) return { manifest, end: JSON.parse(line) as End, unchanged: true };
    return { manifest, end: await runPasses(options, hooks, header, negatives), unchanged: false };
  } finally {
    await negatives?.close();
  }
}

/** Claims the folder for these options, or finds that it is theirs already. */
async function claim({ out }: BuildOptions, identity: string): Promise<void> {
  const path = join(out, "build.json");
  const there = await readFile(path, "utf8").catch(() => undefined);
  if (there !== undefined && there !== `${identity}\n`)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${out} holds pairs of other images, options or versions. Give another --out, or remove that folder.`,
    );
  if (there === undefined) await writeAtomically(path, `${identity}\n`);
}

/** What decides the bytes of the result. */
function identityOf(
  options: BuildOptions,
  header: Header,
  list: string,
  negatives: GivenNegatives | undefined,
): string {
  const { perImage, combinations, pairings, files, filter, limit, publishable, unsplash, shareAlike } = options;
  const drawn = {
    perImage,
    combinations,
    pairings,
    files,
    filter,
    limit,
    publishable,
    unsplash,
    ...(shareAlike ? { shareAlike } : {}),
  };
  const of =
    options.negatives === undefined ? undefined : pathFrom(folderOf(options, header), resolve(options.negatives));
  return JSON.stringify({ header, list, drawn, ...(negatives ? { negatives: negatives.hash, of } : {}) });
}

function folderOf({ out }: BuildOptions, { sourceFolder }: Header): string {
  return resolve(out, sourceFolder);
}

/** A path relative to a folder, with forward slashes. */
function pathFrom(folder: string, path: string): string {
  return relative(folder, path).split(sep).join("/");
}

async function runPasses(
  options: BuildOptions,
  hooks: BuildHooks,
  header: Header,
  negatives: GivenNegatives | undefined,
): Promise<End> {
  const work = join(options.out, ".build");
  await mkdir(work, { recursive: true });
  const folder = folderOf(options, header);
  const pool = startRenderers(options.workers);
  const pathOf = (path: string) => pathFrom(folder, path);
  const context = { options, hooks, header, pool, negatives, folder, pathOf };
  try {
    const scan = await scanImages(context, join(work, "scan.jsonl"));
    try {
      if (scan.index.size === 0) throw noImages(options.data, 0);
      const partial = join(options.out, `${manifestName}.part`);
      const end = await renderUnits(context, scan, partial);
      await listSkipped(options.out, scan.file);
      await rm(work, { recursive: true, force: true });
      await rename(partial, join(options.out, manifestName));
      return end;
    } finally {
      await scan.file.close();
    }
  } finally {
    await pool.close();
  }
}

/** Writes skipped.jsonl, whole or not at all. */
async function listSkipped(out: string, scan: LineFile): Promise<void> {
  const path = join(out, skippedName);
  await rm(`${path}.part`, { force: true });
  const skipped = await LineFile.open(`${path}.part`);
  try {
    for await (const line of scan.lines())
      for (const one of leftOut(JSON.parse(line) as ScanEntry)) await skipped.append(one);
  } finally {
    await skipped.close();
  }
  await rename(`${path}.part`, path);
}

async function makeHeader(options: BuildOptions): Promise<Header> {
  const list = (await stat(options.data).catch(() => undefined))?.isFile() ? dirname(options.data) : options.data;
  const wanted = new Set(options.families);
  const drawn = allFamilies.filter(({ name }) => wanted.has(name));
  const families = options.negatives === undefined ? drawn : [...drawn, editingModel];
  return {
    type: "header",
    format: "eliq-pairs",
    version: manifestVersion,
    environment: currentEnvironment(),
    seed: options.seed,
    levels,
    testShare: options.testShare,
    maxPixels: options.maxPixels,
    encoding: options.encoding,
    sourceFolder: pathFrom(resolve(options.out), resolve(list)) || ".",
    families: families.map(({ name, cell, aspects }) => ({
      name,
      cell: { ...cell },
      aspects: orderedAspects(aspects),
    })),
  };
}
