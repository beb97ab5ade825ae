/** A folder of pictures that servers made: a list with a line per picture, and the pictures below `images`. */
import { createHash } from "node:crypto";
import { appendFile, mkdir, open, readFile, rename, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { EliqError } from "../../errors.js";
import { writeAtomically } from "../../files/atomic.js";
import { endOfLastLine, streamLines } from "../../files/lines.js";
import { guessContent, sniffFormat } from "../../images/format.js";
import { HashTable, hash52 } from "../hash-table.js";

/** What every line of a list says of its picture. */
export interface StoredLine {
  /** Relative to the list, with forward slashes. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A kind of list. */
export interface ListFormat<L extends StoredLine> {
  /** The list's file in its folder. */
  readonly name: string;
  /** What its lines are of, for messages, e.g. "generated pictures". */
  readonly what: string;
  /** Whether a parsed line is one of this list; its path and bytes have been looked at. */
  isLine(line: Partial<L>): line is L;
  /** What made a line's picture; pictures are counted by it. */
  makerOf(line: L): string;
}

/** A picture whose bytes decode to the end. */
export interface CheckedImage {
  readonly bytes: Uint8Array;
  readonly extension: string;
  readonly width: number;
  readonly height: number;
}

const extensions: Readonly<Record<string, string>> = { jpeg: "jpg", png: "png", webp: "webp", avif: "avif" };

/**
 * Decodes a picture to its end.
 *
 * @throws EliqError ERR_URL_FETCH when it is no JPEG, PNG, WebP or AVIF, is damaged or is cut off.
 */
export async function checkImage(bytes: Uint8Array): Promise<CheckedImage> {
  const extension = extensions[sniffFormat(bytes) ?? ""];
  if (extension === undefined) {
    const guess = bytes.length === 0 ? "It is empty" : guessContent(bytes);
    throw new EliqError(
      "ERR_URL_FETCH",
      `What the server sent is not a JPEG, PNG, WebP or AVIF image.${guess ? ` ${guess}.` : ""}`,
    );
  }
  try {
    const { info } = await sharp(bytes, { failOn: "error" }).raw().toBuffer({ resolveWithObject: true });
    return { bytes, extension, width: info.width, height: info.height };
  } catch (cause) {
    const reason = (cause as Error).message.split("\n", 1)[0] ?? "";
    throw new EliqError("ERR_URL_FETCH", `The image that the server sent is damaged or cut off: ${reason}`, { cause });
  }
}

/** Pictures on disk, as many as have a line, and those that a killed run left without one. */
export class ImageStore<L extends StoredLine> {
  readonly #list: string;
  readonly #known = new HashTable();
  readonly #perMaker = new Map<string, { images: number; bytes: number }>();

  private constructor(
    readonly folder: string,
    private readonly format: ListFormat<L>,
  ) {
    this.#list = join(folder, format.name);
  }

  /**
   * Opens a folder, which need not exist.
   *
   * @param mode "write" takes away what a kill left of a last line, and needs the folder to itself; "read" changes nothing.
   * @throws EliqError ERR_INVALID_ARGUMENT when the list holds another kind of line; ERR_IO.
   */
  static async open<L extends StoredLine>(
    folder: string,
    format: ListFormat<L>,
    mode: "read" | "write",
  ): Promise<ImageStore<L>> {
    const store = new ImageStore(folder, format);
    if (mode === "write") {
      await mkdir(folder, { recursive: true });
      await dropTornLine(store.#list);
    }
    let stale = 0;
    for await (const line of store.#lines()) {
      if (await store.#isWhole(line)) store.#remember(line);
      else stale++;
    }
    if (stale > 0 && mode === "write") await store.#dropStaleLines();
    return store;
  }

  async *#lines(): AsyncGenerator<L, void, void> {
    if ((await sizeOf(this.#list)) === undefined) return;
    for await (const { text, number } of streamLines(this.#list)) {
      if (text.trim() === "") continue;
      const line = this.#parse(text);
      if (!line)
        throw new EliqError(
          "ERR_INVALID_ARGUMENT",
          `${this.#list}:${number} is not a line of ${this.format.what}. Choose another folder, or repair the line.`,
        );
      yield line;
    }
  }

  #parse(text: string): L | undefined {
    try {
      const line = JSON.parse(text) as Partial<L> | null;
      const whole = typeof line?.path === "string" && typeof line.bytes === "number";
      return whole && this.format.isLine(line) ? line : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether a line's file is there as it was written. */
  async #isWhole(line: L): Promise<boolean> {
    return (await sizeOf(join(this.folder, line.path))) === line.bytes;
  }

  /** Takes out lines whose files were taken away or cut short since: those pictures are made again. */
  async #dropStaleLines(): Promise<void> {
    const file = await open(`${this.#list}.new`, "w");
    try {
      for await (const line of this.#lines())
        if (await this.#isWhole(line)) await file.appendFile(`${JSON.stringify(line)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${this.#list}.new`, this.#list);
  }

  #remember(line: L): void {
    this.#known.set(hash52(stemOf(line.path)), 1);
    const maker = this.format.makerOf(line);
    const { images, bytes } = this.sums(maker);
    this.#perMaker.set(maker, { images: images + 1, bytes: bytes + line.bytes });
  }

  /** How many pictures of a maker have a line, and their size in bytes together. */
  sums(maker: string): { readonly images: number; readonly bytes: number } {
    return this.#perMaker.get(maker) ?? { images: 0, bytes: 0 };
  }

  /** Whether a picture is there and has its line. @param stem path without the extension. */
  has(stem: string): boolean {
    return this.#known.get(hash52(stem)) !== undefined;
  }

  /** A picture that a killed run put in place without writing its line. */
  async orphan(stem: string): Promise<CheckedImage | undefined> {
    for (const extension of Object.values(extensions)) {
      const bytes = await readFile(join(this.folder, `${stem}.${extension}`)).catch(() => undefined);
      const image = bytes && (await checkImage(bytes).catch(() => undefined));
      if (image) return image;
    }
    return undefined;
  }

  /**
   * Puts a picture in its place; a kill leaves all of it or nothing there.
   *
   * @throws EliqError ERR_IO when it cannot be written.
   */
  async put(stem: string, image: CheckedImage): Promise<void> {
    const path = join(this.folder, `${stem}.${image.extension}`);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeAtomically(path, image.bytes);
    } catch (cause) {
      throw new EliqError("ERR_IO", `${path} could not be written: ${(cause as Error).message}`, { cause });
    }
  }

  /** Adds a line, when its picture is in place. */
  async append(line: L): Promise<void> {
    await appendFile(this.#list, `${JSON.stringify(line)}\n`);
    this.#remember(line);
  }
}

/** A text as a part of a file's name. */
export function slug(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[.-]+|[.-]+$/g, "");
  return plain.slice(0, 60) || "x";
}

/** SHA-256, hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function stemOf(path: string): string {
  return path.replace(/\.\w+$/, "");
}

/** A line is written with its line break, so what follows the last break is torn. */
async function dropTornLine(path: string): Promise<void> {
  const size = await sizeOf(path);
  if (!size) return;
  const file = await open(path, "r");
  const end = await endOfLastLine(file, size).finally(() => file.close());
  if (end === size) return;
  if (size > longestLine && size - end >= longestLine)
    throw new EliqError("ERR_INVALID_ARGUMENT", `${path} does not consist of lines. Choose another folder.`);
  await truncate(path, end);
}

const longestLine = 1 << 20;

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
