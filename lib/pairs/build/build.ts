/** From a list of good images to a pair manifest: two passes, each resumable at any moment, with the same bytes at the end. */
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { mapOrdered } from "../../batching/ordered.js";
import { EliqError, throwIfAborted, toEliqError } from "../../errors.js";
import { writeAtomically } from "../../files/atomic.js";
import { withLock } from "../../files/lock.js";
import { levels } from "../degradations/index.js";
import { editingModel } from "../editing/family.js";
import { allFamilies } from "../families.js";
import { currentEnvironment } from "../manifest/environment.js";
import { manifestName, skippedName } from "../manifest/files.js";
import { type End, type Header, manifestVersion, type Unit } from "../manifest/schema.js";
import type { Finding } from "../positives/sanity.js";
import { hashOfList, noImages, passesOrigin, streamImages } from "../sources/read.js";
import type { SourceImage } from "../sources/source-image.js";
import { GivenNegatives } from "./given-negatives.js";
import { LineFile, lastLine } from "./line-file.js";
import type { BuildOptions } from "./options.js";
import { type Inspection, type ScanEntry, type ScannedNegative, unreadable } from "./scan.js";
import { ScanIndex } from "./scan-index.js";
import { ScannedImages } from "./scanned-images.js";
import { finishUnit, orderedAspects, planUnit } from "./unit-plan.js";
import { WorkerPool } from "./workers.js";

export interface BuildProgress {
  readonly phase: "scan" | "render";
  /** Images of the list, or units. */
  readonly done: number;
  /** Undefined while it is not known. */
  readonly total?: number;
}

export interface BuildHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
}

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
  const [header, listHash] = [await makeHeader(options), await hashOfList(options.data)];
  const negatives = options.negatives === undefined ? undefined : await GivenNegatives.open(options.negatives);
  const build = new Build(options, hooks, header, listHash, negatives);
  try {
    await negatives?.checkAgainst(options.data);
    const finished = await build.claim();
    if (finished) return { manifest: build.manifest, end: finished, unchanged: true };
    return { manifest: build.manifest, end: await build.run(), unchanged: false };
  } finally {
    await build.close();
  }
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
    sourceFolder: relative(resolve(options.out), resolve(list)).split(sep).join("/") || ".",
    families: families.map(({ name, cell, aspects }) => ({
      name,
      cell: { ...cell },
      aspects: orderedAspects(aspects),
    })),
  };
}

class Build {
  readonly manifest: string;
  readonly #partial: string;
  readonly #work: string;
  readonly #folder: string;
  readonly #index: ScanIndex;
  readonly #skipped: Record<string, number> = {};
  readonly #files: LineFile[] = [];
  #pool: WorkerPool | undefined;

  constructor(
    private readonly options: BuildOptions,
    private readonly hooks: BuildHooks,
    private readonly header: Header,
    private readonly listHash: string,
    private readonly negatives: GivenNegatives | undefined,
  ) {
    this.manifest = join(options.out, manifestName);
    this.#partial = `${this.manifest}.part`;
    this.#work = join(options.out, ".build");
    this.#folder = resolve(options.out, header.sourceFolder);
    this.#index = new ScanIndex(options.testShare);
  }

  /** What decides the bytes of the result. */
  get #identity(): string {
    const { perImage, combinations, pairings, files, filter, limit, publishable, unsplash } = this.options;
    const drawn = { perImage, combinations, pairings, files, filter, limit, publishable, unsplash };
    const { negatives } = this.options;
    const given =
      negatives === undefined ? {} : { negatives: this.negatives?.hash, of: this.#pathOf(resolve(negatives)) };
    return JSON.stringify({ header: this.header, list: this.listHash, drawn, ...given });
  }

  /**
   * Claims the folder for these options.
   *
   * @returns the end line when the manifest is there already.
   */
  async claim(): Promise<End | undefined> {
    const path = join(this.options.out, "build.json");
    const there = await readFile(path, "utf8").catch(() => undefined);
    if (there !== undefined && there !== `${this.#identity}\n`)
      throw new EliqError(
        "ERR_INVALID_ARGUMENT",
        `${this.options.out} holds pairs of other images, options or versions. Give another --out, or remove that folder.`,
      );
    if (there === undefined) await writeAtomically(path, `${this.#identity}\n`);
    const line = await lastLine(this.manifest);
    return line === undefined ? undefined : (JSON.parse(line) as End);
  }

  async run(): Promise<End> {
    await mkdir(this.#work, { recursive: true });
    this.#pool = new WorkerPool(this.options.workers);
    const scan = await this.#scan();
    if (this.#index.size === 0) throw noImages(this.options.data, 0);
    const end = await this.#render(new ScannedImages(this.#index, scan));
    await this.#finish(scan);
    return end;
  }

  async close(): Promise<void> {
    await this.#pool?.close();
    for (const file of this.#files.splice(0)) await file.close();
    await this.negatives?.close();
  }

  /** First pass: a line for every input, good or not. */
  async #scan(): Promise<LineFile> {
    let done = 0;
    const file = await LineFile.open(join(this.#work, "scan.jsonl"), (line, offset) => {
      this.#take(JSON.parse(line) as ScanEntry, offset);
      done++;
    });
    this.#files.push(file);
    const { signal, onProgress } = this.hooks;
    onProgress?.({ phase: "scan", done });
    const rest = this.#inputs(done);
    for await (const inspected of mapOrdered(rest, 4 * this.#workers, (image) => this.#inspect(image))) {
      throwIfAborted(signal);
      if (inspected instanceof EliqError) throw inspected;
      const entry = this.#judge(inspected);
      this.#take(entry, await file.append(entry));
      onProgress?.({ phase: "scan", done: ++done });
    }
    throwIfAborted(signal);
    return file;
  }

  get #workers(): number {
    return (this.#pool as WorkerPool).size;
  }

  async *#inputs(skip: number): AsyncGenerator<SourceImage> {
    let number = 0;
    for await (const image of streamImages(this.options.data)) {
      if (!passesOrigin(image.provenance, this.options)) continue;
      if (this.options.limit > 0 && number >= this.options.limit) return;
      if (number++ >= skip) yield { ...image, key: this.#pathOf(image.path) };
    }
  }

  /** Path relative to the source folder: what the manifest calls an image. */
  #pathOf(path: string): string {
    return relative(this.#folder, path).split(sep).join("/");
  }

  /** Looks at an image and its given negatives; an error means that a thread ended. */
  async #inspect({ path, ...source }: SourceImage): Promise<ScanEntry | EliqError> {
    try {
      const inspection = await this.#inspectFile(path);
      const left = unreadable(inspection) || (this.options.filter && inspection.findings.length > 0);
      const negatives = left ? [] : await this.#inspectNegatives(path);
      return { source, ...inspection, ...(negatives.length > 0 ? { negatives } : {}) };
    } catch (error) {
      return toEliqError(error);
    }
  }

  #inspectFile(path: string): Promise<Inspection> {
    return (this.#pool as WorkerPool).run("inspect", { path, maxPixels: this.options.maxPixels });
  }

  async #inspectNegatives(good: string): Promise<ScannedNegative[]> {
    const scanned: ScannedNegative[] = [];
    for (const { path, aspects } of (await this.negatives?.of(good)) ?? []) {
      const finding = unreadable(await this.#inspectFile(path));
      const about = finding ? { finding: { ...finding, reason: "unreadable-negative" as const } } : {};
      scanned.push({ path: this.#pathOf(path), aspects, ...about });
    }
    return scanned;
  }

  /** Adds what only the other images can tell; without the filter only unreadable ones are left out. */
  #judge(entry: ScanEntry): ScanEntry {
    const { findings } = entry;
    if (unreadable(entry)) return entry;
    if (!this.options.filter) return { ...entry, findings: [] };
    if (findings.length > 0) return entry;
    const other = this.#index.duplicateOf(entry.hash);
    if (other === undefined) return entry;
    const message = `It looks like the accepted image number ${other}.`;
    const { negatives: _, ...alone } = entry;
    return { ...alone, findings: [{ reason: "near-duplicate", value: other, message }] };
  }

  #take(entry: ScanEntry, offset: number): void {
    for (const { findings } of leftOut(entry)) {
      const { reason } = findings[0] as Finding;
      this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1;
    }
    if (entry.findings.length === 0) this.#index.add(entry, offset);
  }

  /** Second pass: a line for every unit. */
  async #render(images: ScannedImages): Promise<End> {
    const tally = new Tally(this.#skipped);
    const file = await LineFile.open(this.#partial, (line) => tally.count(line));
    this.#files.push(file);
    if (tally.lines === 0) tally.count(await this.#append(file, this.header));
    const total = this.#index.size;
    const { signal, onProgress } = this.hooks;
    onProgress?.({ phase: "render", done: tally.next, total });
    const units = mapOrdered(range(tally.next, total), this.#workers + 2, (number) => this.#unit(number, images));
    for await (const unit of units) {
      throwIfAborted(signal);
      if (unit instanceof EliqError) throw unit;
      tally.count(await this.#append(file, unit));
      onProgress?.({ phase: "render", done: tally.next, total });
    }
    throwIfAborted(signal);
    const end = tally.end();
    await this.#append(file, end);
    await file.sync();
    return end;
  }

  async #append(file: LineFile, value: unknown): Promise<string> {
    const line = JSON.stringify(value);
    await file.append(line);
    return line;
  }

  async #unit(number: number, images: ScannedImages): Promise<Unit | EliqError> {
    try {
      const { source, sha256, hash, width, height } = await images.entry(number);
      const plan = await planUnit(number, images, this.options);
      const rendered = await (this.#pool as WorkerPool).run("render", {
        sourceFolder: this.#folder,
        source: source.key,
        pictures: plan.pictures,
        encoding: this.header.encoding,
        maxPixels: this.header.maxPixels,
        ...(this.options.files ? { files: { folder: this.options.out, prefix: filePrefix(number) } } : {}),
      });
      const about = {
        source: { path: source.key, sha256, hash, width, height },
        kind: source.kind,
        ...(source.generator === undefined ? {} : { generator: source.generator }),
        ...(source.categories === undefined ? {} : { categories: [...source.categories] }),
        licence: source.licence,
        origin: source.provenance,
        collection: source.collection,
        group: this.#index.group(number),
        split: this.#index.split(number),
      };
      return finishUnit(number, plan, about, rendered.images);
    } catch (error) {
      return error instanceof EliqError
        ? error
        : new EliqError("ERR_INTERNAL", `Unit ${number} could not be made: ${String(error)}`, { cause: error });
    }
  }

  /** Writes the list of what was left out, and puts the manifest in its place. */
  async #finish(scan: LineFile): Promise<void> {
    const path = join(this.options.out, skippedName);
    await rm(`${path}.part`, { force: true });
    const skipped = await LineFile.open(`${path}.part`);
    this.#files.push(skipped);
    for await (const line of scan.lines()) {
      for (const one of leftOut(JSON.parse(line) as ScanEntry)) await skipped.append(one);
    }
    await rename(`${path}.part`, path);
    await rename(this.#partial, this.manifest);
    await rm(this.#work, { recursive: true, force: true });
  }
}

/** What skipped.jsonl says of an image: itself, or its negatives that are left out. */
function leftOut({ source, findings, negatives = [] }: ScanEntry): { path: string; findings: readonly Finding[] }[] {
  if (findings.length > 0) return [{ path: source.key, findings }];
  return negatives.flatMap(({ path, finding }) => (finding ? [{ path, findings: [finding] }] : []));
}

/** Counts what a manifest holds, line by line. */
class Tally {
  lines = 0;
  #units = 0;
  #images = 0;
  #relations = 0;

  constructor(private readonly skipped: Readonly<Record<string, number>>) {}

  /** Number of the unit that comes next. */
  get next(): number {
    return this.#units;
  }

  count(line: string): void {
    this.lines++;
    const value = JSON.parse(line) as Unit | Header | End;
    if (value.type !== "unit") return;
    this.#units++;
    this.#images += value.images.length;
    this.#relations += value.relations.length;
  }

  end(): End {
    const sorted = Object.fromEntries(Object.entries(this.skipped).sort(([a], [b]) => (a < b ? -1 : 1)));
    return { type: "end", units: this.#units, images: this.#images, relations: this.#relations, skipped: sorted };
  }
}

function* range(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}

/** A hundred units a folder. */
function filePrefix(number: number): string {
  return `images/${String(Math.floor(number / 100)).padStart(6, "0")}/${String(number).padStart(8, "0")}`;
}

function checkOptions(options: BuildOptions): void {
  const check = (fine: boolean, message: string) => {
    if (!fine) throw new EliqError("ERR_INVALID_ARGUMENT", message);
  };
  const whole = (value: number, least: number) => Number.isInteger(value) && value >= least;
  check(whole(options.seed, 0), "The seed must be a whole number of at least 0.");
  check(whole(options.perImage, 0), "Chains per image must be a whole number of at least 0 (0: every family).");
  check(whole(options.combinations, 0), "Combinations per image must be a whole number of at least 0.");
  check(whole(options.pairings, 0), "Pairings per image must be a whole number of at least 0 (0: every one).");
  check(options.testShare >= 0 && options.testShare < 1, "The share of the test split must lie in [0, 1).");
  check(whole(options.maxPixels, 32 * 32), "Pixels per image must be a whole number of at least 1024.");
  check(whole(options.workers, 1), "There must be at least one worker.");
  check(whole(options.limit, 0), "The limit must be a whole number of at least 0 (0: all).");
  check(options.families.length > 0, "There must be at least one family.");
  const known = new Set(allFamilies.map(({ name }) => name));
  for (const name of options.families) {
    check(name !== editingModel.name, `The family "${name}" is not drawn: give its pictures by a list of negatives.`);
    check(known.has(name), `There is no family "${name}". Known: ${[...known].join(", ")}.`);
  }
}
