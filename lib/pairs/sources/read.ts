/** Lists of images to make pairs from: a `manifest.jsonl` or a folder, as a stream. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { createInterface } from "node:readline";
import { EliqError } from "../../errors.js";
import { isOpinionFile } from "../../evaluation/datasets/opinion-columns.js";
import { imageExtensions } from "../../images/format.js";
import { type ManifestFilter, notStated, publishingObstacle } from "./provenance.js";
import {
  humanScores,
  parseSourceLine,
  refuseEvaluationImage,
  refuseOpinionScores,
  type SourceImage,
} from "./source-image.js";

/** Images and the identity of the list they came from. */
export interface ImageList {
  readonly images: readonly SourceImage[];
  /** SHA-256 of the manifest file, or of the sorted names and sizes of a folder's files. */
  readonly hash: string;
  /** Lines that the filter left out, counted as `publishingObstacle` names them. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Streams a `manifest.jsonl`, a folder that contains one, or a plain folder of images (searched recursively, by name).
 *
 * A manifest line has at least `path` (relative to the manifest); `prompt` or `caption`, `generator`, `strength` or `released`,
 * `kind`, `group`, `licence`, `provenance`, `source_repo` are used when there. Without a group an image is its own.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT when the data carry human scores or belong to an evaluation set, or when a line is
 *   malformed; ERR_IO when the path cannot be read.
 */
export async function* streamImages(path: string): AsyncGenerator<SourceImage, void, void> {
  const manifest = await manifestOf(path);
  for await (const image of manifest ? streamManifest(manifest) : streamFolder(path, path)) {
    refuseEvaluationImage(image);
    yield image;
  }
}

/** The manifest that a path names: itself, or that of a folder; undefined for a plain folder. */
async function manifestOf(path: string): Promise<string | undefined> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `There is no image folder or manifest at ${path}.`, { cause });
  });
  if (!info.isDirectory()) return path;
  const inside = join(path, "manifest.jsonl");
  return (await stat(inside).catch(() => undefined))?.isFile() ? inside : undefined;
}

async function* streamManifest(path: string): AsyncGenerator<SourceImage, void, void> {
  if (isTable(path)) refuseOpinionScores(await tableHeader(path), path);
  const folder = dirname(resolve(path));
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() !== "") yield parseSourceLine(line, `${path}:${number}`, folder);
  }
}

/** The names of one folder at a time are in memory, so that the order is the same on every file system. */
async function* streamFolder(root: string, folder: string): AsyncGenerator<SourceImage, void, void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith(".")) yield* streamFolder(root, path);
    else if (isOpinionFile(entry.name)) throw humanScores(`${path} is a data set's file of human scores`);
    else if (isTable(entry.name)) refuseOpinionScores(await tableHeader(path), path);
    else if (entry.isFile() && imageExtensions.has(extname(entry.name).toLowerCase())) yield folderImage(root, path);
  }
}

function folderImage(root: string, path: string): SourceImage {
  const key = relative(root, path).split(sep).join("/");
  return {
    path: resolve(path),
    key,
    group: key,
    kind: "unknown",
    licence: notStated,
    provenance: notStated,
    collection: basename(resolve(root)),
  };
}

function isTable(name: string): boolean {
  return [".csv", ".tsv"].includes(extname(name).toLowerCase());
}

/** The column names of a table of text, whatever separates them. */
async function tableHeader(file: string): Promise<string[]> {
  const [header = ""] = (await readFile(file, "utf8")).replace(/^\ufeff/, "").split(/\r?\n/, 1);
  return header.split(/[,;\t]/).map((name) => name.replaceAll('"', ""));
}

/** Identity of a list: SHA-256 of the manifest file, or of a folder's sorted image names and sizes. */
export async function hashOfList(path: string): Promise<string> {
  const hash = createHash("sha256");
  const manifest = await manifestOf(path);
  if (manifest) for await (const chunk of createReadStream(manifest)) hash.update(chunk as Buffer);
  else
    for await (const image of streamFolder(path, path)) hash.update(`${image.key}\0${(await stat(image.path)).size}\n`);
  return hash.digest("hex");
}

/**
 * Reads a whole list that `streamImages` streams.
 *
 * @throws EliqError as `streamImages`, and ERR_INVALID_ARGUMENT when no image is left.
 */
export async function readImages(path: string, filter: ManifestFilter = {}): Promise<ImageList> {
  const images: SourceImage[] = [];
  const leftOut: Record<string, number> = {};
  for await (const image of streamImages(path)) {
    const obstacle = publishingObstacle(image, filter);
    if (obstacle === undefined) images.push(image);
    else leftOut[obstacle] = (leftOut[obstacle] ?? 0) + 1;
  }
  if (images.length === 0)
    throw noImages(
      path,
      Object.values(leftOut).reduce((sum, count) => sum + count, 0),
    );
  return { images, hash: await hashOfList(path), leftOut };
}

/** What to say when a list has no image for us. */
export function noImages(path: string, leftOut: number): EliqError {
  return new EliqError(
    "ERR_INVALID_ARGUMENT",
    leftOut > 0
      ? `None of the ${leftOut} images at ${path} has a provenance and a licence that let the model be published. Leave out --publishable to train for your own use.`
      : `There are no images at ${path}.`,
  );
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
