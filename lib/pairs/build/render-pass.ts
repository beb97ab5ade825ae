/** Second pass of a build: a line for every unit, its pictures rendered on worker threads. */
import { mapOrdered } from "../../batching/ordered.js";
import { EliqError, throwIfAborted } from "../../errors.js";
import { LineFile } from "../../files/line-file.js";
import type { End, Header, Unit } from "../manifest/schema.js";
import type { BuildContext } from "./context.js";
import type { Scan } from "./scan-pass.js";
import { ScannedImages } from "./scanned-images.js";
import { finishUnit, planUnit } from "./unit-plan.js";

/**
 * Makes the units that the file does not hold yet, and its end line.
 *
 * @param path of the manifest in the making.
 * @throws EliqError ERR_ABORTED between two units; ERR_IMAGE_DECODE when an image that was readable in the first pass no longer is.
 */
export async function renderUnits(context: BuildContext, scan: Scan, path: string): Promise<End> {
  const tally = new Tally(scan.skipped);
  const file = await LineFile.open(path, (line) => tally.count(JSON.parse(line) as Line));
  try {
    if (tally.lines === 0) await tally.append(file, context.header);
    await renderRest(context, scan, file, tally);
    const end = tally.end();
    if (!tally.ended) await file.append(end);
    await file.sync();
    return end;
  } finally {
    await file.close();
  }
}

async function renderRest(context: BuildContext, scan: Scan, file: LineFile, tally: Tally): Promise<void> {
  const { hooks, pool } = context;
  const images = new ScannedImages(scan.index, scan.file);
  const total = scan.index.size;
  hooks.onProgress?.({ phase: "render", done: tally.next, total });
  const units = mapOrdered(range(tally.next, total), pool.size + 2, (number) => makeUnit(number, images, context));
  for await (const unit of units) {
    throwIfAborted(hooks.signal);
    if (unit instanceof EliqError) throw unit;
    await tally.append(file, unit);
    hooks.onProgress?.({ phase: "render", done: tally.next, total });
  }
  throwIfAborted(hooks.signal);
}

async function makeUnit(number: number, images: ScannedImages, context: BuildContext): Promise<Unit | EliqError> {
  const { options, header, folder, pool } = context;
  try {
    const entry = await images.entry(number);
    const { source, sha256, hash, width, height } = entry;
    const plan = await planUnit(number, entry, images, options);
    const rendered = await pool.run("render", {
      sourceFolder: folder,
      source: source.key,
      pictures: plan.pictures,
      encoding: header.encoding,
      maxPixels: header.maxPixels,
      ...(options.files ? { files: { folder: options.out, prefix: filePrefix(number) } } : {}),
    });
    const about = {
      source: { path: source.key, sha256, hash, width, height },
      kind: source.kind,
      ...(source.generator === undefined ? {} : { generator: source.generator }),
      ...(source.categories === undefined ? {} : { categories: [...source.categories] }),
      licence: source.licence,
      origin: source.provenance,
      collection: source.collection,
      group: images.index.group(number),
      split: images.index.split(number),
    };
    return finishUnit(number, plan, about, rendered.images);
  } catch (error) {
    return error instanceof EliqError
      ? error
      : new EliqError("ERR_INTERNAL", `Unit ${number} could not be made: ${String(error)}`, { cause: error });
  }
}

type Line = Header | Unit | End;

/** Counts what a manifest holds, line by line. */
class Tally {
  lines = 0;
  /** The end line is there: the last run was killed just before it gave the manifest its name. */
  ended = false;
  #units = 0;
  #images = 0;
  #relations = 0;

  constructor(private readonly skipped: Readonly<Record<string, number>>) {}

  /** Number of the unit that comes next. */
  get next(): number {
    return this.#units;
  }

  async append(file: LineFile, line: Header | Unit): Promise<void> {
    await file.append(line);
    this.count(line);
  }

  count(line: Line): void {
    this.lines++;
    if (line.type === "end") this.ended = true;
    if (line.type !== "unit") return;
    this.#units++;
    this.#images += line.images.length;
    this.#relations += line.relations.length;
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
