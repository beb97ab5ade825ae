/** The folder of a data set: its tables and images, found with one listing of each folder, however their names are capitalised. */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Where an image is, or a clause that says why it is nowhere. */
export type ImagePlace = { readonly path: string } | { readonly reason: string };

interface Listing {
  readonly entries: ReadonlyMap<string, Dirent>;
  /** Name by lower-case name; null where several names differ in capitals only, so that none can be meant. */
  readonly folded: ReadonlyMap<string, string | null>;
}

/** Files below a root. Nothing outside it is ever looked at, because names are only compared with what listings hold. */
export class DatasetFolder {
  readonly #listings = new Map<string, Promise<Listing>>();

  constructor(readonly root: string) {}

  /**
   * A file by its path from the root, with slashes; another capitalisation serves where the exact one is absent.
   *
   * @returns undefined when there is none.
   */
  async findFile(relative: string): Promise<string | undefined> {
    const segments = relative.split("/").filter((segment) => segment !== "" && segment !== ".");
    const last = segments.pop();
    if (last === undefined) return undefined;
    let folder = this.root;
    for (const segment of segments) {
      const entry = await this.#entry(folder, segment);
      if (!entry || entry.isFile()) return undefined;
      folder = join(folder, entry.name);
    }
    const entry = await this.#entry(folder, last);
    return entry && !entry.isDirectory() ? join(folder, entry.name) : undefined;
  }

  /**
   * An image as a table names it, perhaps with sub-folders.
   *
   * @param folders where images usually lie, from the root; "" is the root itself. The first that has it wins.
   */
  async findImage(name: string, folders: readonly string[]): Promise<ImagePlace> {
    const slashed = name.replaceAll("\\", "/");
    if (slashed.startsWith("/") || /^[a-z]:/i.test(slashed) || slashed.split("/").includes(".."))
      return { reason: "its path leaves the folder" };
    for (const folder of folders) {
      const path = await this.findFile(`${folder}/${slashed}`);
      if (path !== undefined) return { path };
    }
    return { reason: "the image is missing" };
  }

  async #entry(folder: string, name: string): Promise<Dirent | undefined> {
    const listing = this.#listings.get(folder) ?? list(folder);
    this.#listings.set(folder, listing);
    const { entries, folded } = await listing;
    return entries.get(name) ?? entries.get(folded.get(name.toLowerCase()) ?? "");
  }
}

/** Empty where the folder cannot be listed: what is sought is then missing, and reported as such. */
async function list(folder: string): Promise<Listing> {
  const entries = new Map<string, Dirent>();
  const folded = new Map<string, string | null>();
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    entries.set(entry.name, entry);
    const lower = entry.name.toLowerCase();
    folded.set(lower, folded.has(lower) ? null : entry.name);
  }
  return { entries, folded };
}
