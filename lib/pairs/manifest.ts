/** Which images a training run may use, and what is known about them. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { EliqError } from "../errors.js";

/** One image of good quality that chains are made from. */
export interface SourceImage {
  /** Absolute path. */
  readonly path: string;
  /** Path as the manifest or folder gives it, with forward slashes; names the image's random streams. */
  readonly key: string;
  /** Images of one subject or prompt share a group, and a group never straddles the split. */
  readonly group: string;
  readonly kind: "photo" | "ai" | "unknown";
  readonly licence: string;
  readonly provenance: string;
  /** Repository or collection, for the card's table. */
  readonly collection: string;
}

/** Images and the identity of the list they came from. */
export interface ImageList {
  readonly images: readonly SourceImage[];
  /** SHA-256 of the manifest file, or of the sorted names and sizes of a folder's files. */
  readonly hash: string;
  /** Lines that the filter left out, counted by provenance. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface ManifestFilter {
  /** Only images whose origin lets a model trained on them be published. */
  readonly publishable?: boolean;
  /** With `publishable`: also the Unsplash licence, which is not an open one. */
  readonly unsplash?: boolean;
}

const imageExtensions = new Set([".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff", ".gif"]);

/** Provenances (as manifests state them, by their beginning) of pictures licensed by those who made them. */
const publishableOrigins = ["authors", "author-generated", "contributors", "third-party credited", "COCO/Flickr"];

/** Columns of human opinion scores, in the spellings of the usual data sets. */
const opinionColumn = /^(mos|dmos|z?mos[_ -].*|.*[_ -]mos|std_(quality|align)|mean_opinion.*|opinion_score.*)$/i;

/** File names of AGIQA-3K: `<generator>_<mode>_<number>.jpg`. */
const agiqaName =
  /^(attngan|dalle2?|glide|midjourney|sd1\.?5|sd2\.?\d?|xl2\.2)_(normal|lowcorr|highcorr|lowstep|highstep)_\d+\.(jpe?g|png)$/i;

/**
 * Reads a `manifest.jsonl`, a folder that contains one, or a plain folder of images (searched recursively, sorted by name).
 *
 * A manifest line has at least `path` (relative to the manifest); `kind`, `group`, `licence`, `provenance`, `source_repo` are used
 * when there. Without a group an image is its own.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT when the data carry human scores or belong to an evaluation set, when a line is malformed,
 *   or when no image is left; ERR_IO when the path cannot be read.
 */
export async function readImages(path: string, filter: ManifestFilter = {}): Promise<ImageList> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `There is no image folder or manifest at ${path}.`, { cause });
  });
  const manifest = info.isDirectory() ? join(path, "manifest.jsonl") : path;
  const isManifest = !info.isDirectory() || (await stat(manifest).catch(() => undefined))?.isFile() === true;
  const list = isManifest ? await readManifest(manifest) : await readFolder(path);
  for (const image of list.images) refuseEvaluationImage(image);
  const kept = list.images.filter((image) => !filter.publishable || isPublishable(image, filter.unsplash === true));
  if (kept.length === 0)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      filter.publishable && list.images.length > 0
        ? `None of the ${list.images.length} images at ${path} has an origin that lets the model be published. Leave out --publishable to train for your own use.`
        : `There are no images at ${path}.`,
    );
  return { images: kept, hash: list.hash, leftOut: countLeftOut(list.images, new Set(kept)) };
}

function countLeftOut(all: readonly SourceImage[], kept: ReadonlySet<SourceImage>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const image of all) if (!kept.has(image)) counts[image.provenance] = (counts[image.provenance] ?? 0) + 1;
  return counts;
}

function isPublishable(image: SourceImage, unsplash: boolean): boolean {
  if (/^unsplash/i.test(image.provenance)) return unsplash;
  return publishableOrigins.some((origin) => image.provenance.startsWith(origin));
}

/** Training on images that the accuracy benchmark scores would make its figures worthless. */
function refuseEvaluationImage(image: SourceImage): void {
  if (agiqaName.test(basename(image.key)))
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${image.path} is an image of AGIQA-3K, which is kept for evaluation. Train on other images.`,
    );
}

function refuseOpinionScores(columns: readonly string[], path: string): void {
  const column = columns.find((name) => opinionColumn.test(name.trim()));
  if (column !== undefined)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${path} has a column of human scores ("${column}"). Training uses none, so that figures stay zero-shot: give images without scores.`,
    );
}

async function readManifest(path: string): Promise<Omit<ImageList, "leftOut">> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `Could not read the manifest ${path}.`, { cause });
  });
  const images: SourceImage[] = [];
  for (const [index, line] of text.split("\n").entries())
    if (line.trim() !== "") images.push(parseLine(line, `${path}:${index + 1}`, dirname(resolve(path))));
  return { images, hash: createHash("sha256").update(text).digest("hex") };
}

function parseLine(line: string, place: string, folder: string): SourceImage {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch (cause) {
    throw new EliqError("ERR_INVALID_ARGUMENT", `${place} is not a line of JSON.`, { cause });
  }
  if (typeof entry.path !== "string") throw new EliqError("ERR_INVALID_ARGUMENT", `${place} has no "path".`);
  refuseOpinionScores(Object.keys(entry), place);
  const text = (value: unknown, otherwise: string) => (typeof value === "string" && value !== "" ? value : otherwise);
  return {
    path: resolve(folder, entry.path),
    key: entry.path.replaceAll("\\", "/"),
    group: text(entry.group, entry.path),
    kind: entry.kind === "photo" || entry.kind === "ai" ? entry.kind : "unknown",
    licence: text(entry.licence ?? entry.license, "not stated"),
    provenance: text(entry.provenance, "not stated"),
    collection: text(entry.source_repo, dirname(entry.path)),
  };
}

async function readFolder(folder: string): Promise<Omit<ImageList, "leftOut">> {
  const images: SourceImage[] = [];
  const hash = createHash("sha256");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const extension = extname(file).toLowerCase();
    if (extension === ".csv") refuseOpinionScores(await csvHeader(file), file);
    if (!imageExtensions.has(extension)) continue;
    const key = relative(folder, file).split(sep).join("/");
    hash.update(`${key}\0${(await stat(file)).size}\n`);
    images.push({
      path: resolve(file),
      key,
      group: key,
      kind: "unknown",
      licence: "not stated",
      provenance: "not stated",
      collection: basename(resolve(folder)),
    });
  }
  return { images, hash: hash.digest("hex") };
}

async function csvHeader(file: string): Promise<string[]> {
  const [header = ""] = (await readFile(file, "utf8")).split(/\r?\n/, 1);
  return header.split(",").map((name) => name.replaceAll('"', ""));
}

/**
 * Whether a group is held out, by a hash of its name: the same on every machine and for every subset of the data.
 *
 * @param share of groups, 0..1.
 */
export function isHeldOut(group: string, share: number): boolean {
  const bits = createHash("sha256").update(`held-out\0${group}`).digest().readUInt32BE(0);
  return bits / 2 ** 32 < share;
}
