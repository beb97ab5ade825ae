/** Negatives that a list gives, such as edited pictures: found by the good image that they belong to. */
import { type FileHandle, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { EliqError } from "../../errors.js";
import { hashFile } from "../../files/hashes.js";
import { readLineAt, streamLines } from "../../files/lines.js";
import { describeIssue } from "../../schema-issue.js";
import type { VisualAspect } from "../degradations/index.js";
import { HashTable, hash52, NumberList } from "../hash-table.js";
import { streamImages } from "../sources/read.js";
import { refuseEvaluationImage, refuseOpinionScores } from "../sources/source-image.js";

/** A picture that is worse than a good one. */
export interface GivenNegative {
  /** Absolute path. */
  readonly path: string;
  /** What it is worse in, besides overall quality. */
  readonly aspects: readonly VisualAspect[];
}

/** A line; further fields (defect, instruction) are for people. */
const lineSchema = z.object({
  path: z.string().min(1),
  negativeOf: z.string().min(1),
  aspects: z
    .array(z.enum(["technical", "aesthetic"]))
    .min(1)
    .default(["aesthetic"]),
});

type Line = z.infer<typeof lineSchema>;

/** Marks the end of a list of entries. */
const none = -1;

/**
 * An open list of negatives. It stays on disk; of each line some numbers are in memory, and a line is read when its image's turn
 * comes.
 */
export class GivenNegatives {
  /** Last entry of a good image, by the hash of its absolute path. */
  readonly #lastOf = new HashTable();
  /** Entry of a negative, by the hash of its absolute path. */
  readonly #entries = new HashTable();
  readonly #goods = new NumberList();
  /** The previous entry of the same good image, or -1. */
  readonly #previous = new NumberList();
  readonly #offsets = new NumberList();

  private constructor(
    private readonly list: string,
    private readonly file: FileHandle,
    private readonly size: number,
    /** SHA-256 of the list, hex. */
    readonly hash: string,
  ) {}

  /**
   * Opens a list, one JSON object a line: `path` of the picture and `negativeOf`, the path of the good image, both relative to
   * the list, and `aspects` (["aesthetic"] unless told).
   *
   * @throws EliqError ERR_IO when it cannot be read; ERR_INVALID_ARGUMENT, with the line, when one is malformed, carries human
   *   scores, names an evaluation image, or gives a picture to two good images.
   */
  static async open(list: string): Promise<GivenNegatives> {
    const file = await open(list).catch((cause: unknown) => {
      throw new EliqError("ERR_IO", `There is no list of negatives at ${list}.`, { cause });
    });
    try {
      const negatives = new GivenNegatives(list, file, (await file.stat()).size, await hashList(list));
      for await (const { text, number, offset } of streamLines(list, negatives.size))
        if (text.trim() !== "") negatives.#add(parse(text, `${list}:${number}`), offset, `${list}:${number}`);
      return negatives;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  #add(line: Line, offset: number, place: string): void {
    const path = this.#resolve(line.path);
    refuseEvaluationImage({ path, key: line.path });
    const good = hash52(this.#resolve(line.negativeOf));
    const there = this.#entries.get(hash52(path));
    if (there !== undefined && this.#goods.at(there) !== good)
      throw invalid(`${place}: ${line.path} is given as the negative of two images. Give each negative one image.`);
    if (there !== undefined) return;
    this.#goods.push(good);
    this.#offsets.push(offset);
    const entry = this.#previous.push(this.#lastOf.get(good) ?? none);
    this.#lastOf.set(good, entry);
    this.#entries.set(hash52(path), entry);
  }

  #resolve(path: string): string {
    return resolve(dirname(this.list), path);
  }

  /**
   * Compares the negatives with the good images; none of them is opened.
   *
   * @param data as `streamImages` takes it.
   * @throws EliqError ERR_INVALID_ARGUMENT when a picture is on both sides, or when no negative is of any of the images.
   */
  async checkAgainst(data: string): Promise<void> {
    let used = this.#offsets.length === 0;
    for await (const { path } of streamImages(data)) {
      if (this.#entries.get(hash52(path)) !== undefined)
        throw invalid(`${path} is in the list of good images and in that of negatives. Take it out of one of them.`);
      used ||= this.#lastOf.get(hash52(path)) !== undefined;
    }
    if (!used)
      throw invalid(
        `No picture in ${this.list} is of an image in ${data}: each "negativeOf" must be the path of one, relative to the list of negatives.`,
      );
  }

  /** The negatives of a good image, in the list's order. @param path absolute. */
  async of(path: string): Promise<GivenNegative[]> {
    const entries: number[] = [];
    for (let at = this.#lastOf.get(hash52(path)) ?? none; at !== none; at = this.#previous.at(at)) entries.unshift(at);
    return Promise.all(entries.map((entry) => this.#read(entry)));
  }

  async #read(entry: number): Promise<GivenNegative> {
    const line = parse(await readLineAt(this.file, this.#offsets.at(entry), this.size), this.list);
    return { path: this.#resolve(line.path), aspects: [...new Set(line.aspects)] };
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

async function hashList(path: string): Promise<string> {
  return hashFile(path).catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `${path} could not be read: ${(cause as Error).message}`, { cause });
  });
}

function parse(text: string, place: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EliqError("ERR_INVALID_ARGUMENT", `${place} is not a line of JSON.`, { cause });
  }
  if (typeof value === "object" && value !== null) refuseOpinionScores(Object.keys(value), place);
  const { success, data, error } = lineSchema.safeParse(value);
  if (success) return data;
  throw invalid(`${place} is not a line of negatives${describeIssue(error)}.`);
}

function invalid(message: string): EliqError {
  return new EliqError("ERR_INVALID_ARGUMENT", message);
}
