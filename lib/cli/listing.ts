/** The images that a command line names: files, folders, globs and URLs, one after the other, never all in memory. */
import type { Dirent } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { extname, isAbsolute, join } from "node:path";
import { EliqError } from "../errors.js";
import { formatNames, imageExtensions } from "../images/format.js";
import { isHttpUrl } from "../images/source.js";

/** An image to work on. */
export interface ListedImage {
  /** As the user wrote it: how output calls the image. */
  readonly path: string;
  /** Where it is: a path from the current folder, or a URL. */
  readonly image: string;
  readonly prompt?: string | undefined;
}

/** An image to work on, or an argument that names none. */
export type Listed = ListedImage | { readonly path: string; readonly error: EliqError };

/** Folders of up to so many entries are listed by name; larger ones as the file system gives them. */
const sortedEntries = 10_000;

/**
 * The images that the arguments name. A folder stands for all images below it, but not for hidden ones; a glob for the files
 * that match it. An argument that names nothing becomes an error in its place.
 */
export async function* listImages(args: readonly string[]): AsyncGenerator<Listed, void, void> {
  for (const arg of args) {
    const found = isHttpUrl(arg) ? undefined : await stat(arg).catch(() => undefined);
    if (found?.isDirectory()) yield* listFolder(arg);
    else if (!found && !isHttpUrl(arg) && /[*?[\]{}!]/.test(arg)) yield* listGlob(arg);
    else yield { path: arg, image: arg };
  }
}

async function* listFolder(folder: string): AsyncGenerator<Listed, void, void> {
  let empty = true;
  for await (const path of walk(folder)) {
    empty = false;
    yield { path, image: path };
  }
  if (empty) yield nothing(folder, `The folder ${folder} holds no images (${formatNames}).`);
}

async function* walk(folder: string): AsyncGenerator<string, void, void> {
  for await (const entry of entriesOf(folder)) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (imageExtensions.has(extname(entry.name).toLowerCase()) && (await isFile(entry, path))) yield path;
  }
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent, void, void> {
  let buffered: Dirent[] | undefined = [];
  for await (const entry of await opendir(folder)) {
    if (!buffered) {
      yield entry;
      continue;
    }
    buffered.push(entry);
    if (buffered.length < sortedEntries) continue;
    yield* buffered;
    buffered = undefined;
  }
  // By code units, so that the order does not depend on the machine's language.
  if (buffered) yield* buffered.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Links to files are followed; links to folders are not, because they can lead in circles. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

async function* listGlob(pattern: string): AsyncGenerator<Listed, void, void> {
  const { glob } = await import("tinyglobby");
  // Otherwise an absolute pattern that begins like the current folder gives relative paths.
  const paths = await glob(pattern, { expandDirectories: false, absolute: isAbsolute(pattern) });
  for (const path of paths.sort()) yield { path, image: path };
  if (paths.length === 0) yield nothing(pattern, `No file matches ${pattern}.`);
}

function nothing(path: string, message: string): Listed {
  return { path, error: new EliqError("ERR_IMAGE_NOT_FOUND", message) };
}
