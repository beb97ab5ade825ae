/** Reading a pair manifest: as a stream, checked line by line, refused when its split leaks. */
import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { z } from "zod";
import { EliqError } from "../../errors.js";
import { describeIssue } from "../../schema-issue.js";
import { makePicture, pixelHash, SourceCache } from "../pictures.js";
import { decode, type Raster, reencode } from "../raster.js";
import { compareEnvironment, type ManifestWarning } from "./environment.js";
import { manifestName } from "./files.js";
import { type End, endSchema, type Header, headerSchema, manifestVersion, type Unit, unitSchema } from "./schema.js";
import { SplitGuard } from "./split-guard.js";

export interface ReadOptions {
  /** Called with what the reader should know; default: a warning of the process with the same code. */
  readonly onWarning?: (warning: ManifestWarning) => void;
}

function warnProcess({ code, message }: ManifestWarning): void {
  process.emitWarning(message, { type: "EliqWarning", code });
}

/** A manifest that is open: its header, its units as a stream, and the pictures of a unit. */
export class PairManifest {
  readonly #sources: string;
  readonly #warn: (warning: ManifestWarning) => void;

  private constructor(
    /** Path of the manifest file. */
    readonly path: string,
    readonly header: Header,
    { onWarning = warnProcess }: ReadOptions,
  ) {
    this.#sources = resolve(dirname(path), header.sourceFolder);
    this.#warn = onWarning;
    const warning = compareEnvironment(header.environment);
    if (warning) onWarning(warning);
  }

  /**
   * Opens a manifest, or the one in a folder that `eliq pairs build` wrote.
   *
   * @throws EliqError ERR_IO when it cannot be read; ERR_MANIFEST when it is no pair manifest, of another version, or not whole.
   */
  static async open(path: string, options: ReadOptions = {}): Promise<PairManifest> {
    const info = await stat(path).catch((cause: unknown) => {
      throw new EliqError("ERR_IO", `There is no pair manifest at ${path}.`, { cause });
    });
    const file = info.isDirectory() ? join(path, manifestName) : path;
    const header = await readHeader(file);
    return new PairManifest(file, header, options);
  }

  /** Whether a file begins like a pair manifest. */
  static async isOne(path: string): Promise<boolean> {
    return /^\{"type":"header","format":"eliq-pairs"/.test(await firstBytes(path, 64).catch(() => ""));
  }

  /**
   * Streams the units. Memory does not grow with their size, only by some bytes for each, for the split guard.
   *
   * @throws EliqError ERR_MANIFEST for a line that is not as documented or a manifest that is cut short; ERR_SPLIT_LEAK when the
   *   same group, prompt, picture or a near-duplicate is in both splits.
   */
  async *units(): AsyncGenerator<Unit, End, void> {
    const guard = new SplitGuard(this.path);
    let number = 0;
    let units = 0;
    for await (const line of lines(this.path)) {
      number++;
      if (number === 1) continue;
      const place = `${this.path}:${number}`;
      const value = parseJson(line, place);
      if ((value as { type?: unknown }).type === "end") return checkEnd(value, units, place);
      const unit = check(unitSchema, value, place);
      checkReferences(unit, place);
      guard.check(unit, place);
      units++;
      yield unit;
    }
    throw new EliqError(
      "ERR_MANIFEST",
      `${this.path} has no end line: the build was not finished. Run the same \`eliq pairs build\` again.`,
    );
  }

  /**
   * The pixels of a picture: from its file, or made again from its recipe. Differing pixels are a warning WARN_PIXELS.
   *
   * @throws EliqError ERR_IMAGE_DECODE when the file, or the source that it is made from, cannot be read.
   */
  async picture(unit: Unit, index: number): Promise<Raster> {
    return (await this.pictures(unit))(index);
  }

  /** As `picture`, for several pictures of one unit: sources are decoded once. */
  pictures(unit: Unit): (index: number) => Promise<Raster> {
    const sources = new SourceCache(this.#sources, this.header.maxPixels);
    return async (index) => {
      const image = unit.images[index];
      if (!image) throw new EliqError("ERR_INVALID_ARGUMENT", `Unit ${unit.id} has no picture ${index}.`);
      const raster = image.file
        ? await readFileRaster(join(dirname(this.path), image.file))
        : await reencode(await makePicture(image, unit.source.path, sources), this.header.encoding);
      if (pixelHash(raster) !== image.pixels)
        this.#warn({
          code: "WARN_PIXELS",
          message: `Picture ${index} of unit ${unit.id} (${unit.source.path}) is not the one that was recorded. ${
            image.file ? "Its file was changed" : "Its source or the image library was changed"
          }; build the pairs anew.`,
        });
      return raster;
    };
  }
}

async function readFileRaster(path: string): Promise<Raster> {
  try {
    return await decode(await readFile(path));
  } catch (cause) {
    throw new EliqError("ERR_IMAGE_DECODE", `Could not read ${path}: ${String((cause as Error).message)}`, { cause });
  }
}

async function firstBytes(path: string, length: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function lines(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path) });
}

async function readHeader(path: string): Promise<Header> {
  if (!(await PairManifest.isOne(path)))
    throw new EliqError(
      "ERR_MANIFEST",
      `${path} is no pair manifest. \`eliq pairs build\` makes one from a folder of images.`,
    );
  for await (const line of lines(path)) {
    const value = parseJson(line, `${path}:1`);
    const { version } = value as { version?: unknown };
    if (version !== manifestVersion)
      throw new EliqError(
        "ERR_MANIFEST",
        `${path} is a pair manifest of version ${String(version)}; this eliq reads version ${manifestVersion}. Build the pairs anew.`,
      );
    return check(headerSchema, value, `${path}:1`);
  }
  throw new EliqError("ERR_MANIFEST", `${path} is empty.`);
}

function parseJson(line: string, place: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw new EliqError("ERR_MANIFEST", `${place} is not JSON; the manifest is damaged. Build the pairs anew.`, {
      cause,
    });
  }
  throw new EliqError("ERR_MANIFEST", `${place} is not a JSON object.`);
}

function check<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new EliqError("ERR_MANIFEST", `${place} is not as documented${describeIssue(result.error)}.`, {
    cause: result.error,
  });
}

/** Places in the unit's lists that there are none of. */
function checkReferences(unit: Unit, place: string): void {
  const { images, prompts, chains, relations } = unit;
  const sides = [
    ...relations.flatMap(({ better, worse }) => [better, worse]),
    ...chains.flatMap((chain) => chain.levels.map(({ side }) => side)),
  ];
  const dangling =
    sides.some(({ image, prompt }) => image >= images.length || (prompt !== undefined && prompt >= prompts.length)) ||
    relations.some(({ chain }) => chain >= chains.length);
  if (dangling)
    throw new EliqError("ERR_MANIFEST", `${place} refers to a picture, prompt or chain that it does not have.`);
}

function checkEnd(value: unknown, units: number, place: string): End {
  const end = check(endSchema, value, place);
  if (end.units === units) return end;
  throw new EliqError(
    "ERR_MANIFEST",
    `${place} counts ${end.units} units, but there are ${units}. Build the pairs anew.`,
  );
}
