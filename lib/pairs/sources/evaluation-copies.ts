/** Images that are kept for evaluation, recognised by their content whatever they are called. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EliqError } from "../../errors.js";
import { packageRoot } from "../../native/paths.js";
import { hammingDistance, NearDuplicates } from "../positives/near-duplicates.js";

/** An image's content: of its file, and of what it shows. */
export interface ImageContent {
  /** SHA-256 of the file's bytes, hex; at least its first 16 digits. */
  readonly sha256: string;
  /** 64-bit difference hash, rows then columns: 32 hex digits. One direction alone takes some 1 in 1,000 other pictures for a copy. */
  readonly hash: string;
}

/**
 * Bits that a copy's difference hash may differ in, in each direction. scripts/pairs/evaluation-images.mjs measures what is found and what is
 * found wrongly; see docs/training.md.
 */
export const copyRadius = 5;

/** First digits of SHA-256 that are kept: 64 bits. */
const digits = 16;

/** A line for each image, "<SHA-256, 16 digits> <difference hash>"; lines that begin with # are remarks. */
export const evaluationImagesPath = join(packageRoot, "lib", "pairs", "sources", "evaluation-images.txt");

/** Known images: exact files, and pictures. */
export class EvaluationCopies {
  readonly #files = new Set<string>();
  readonly #rows: NearDuplicates;
  readonly #columns: bigint[] = [];

  /** @param radius greatest distance of a copy's difference hash. */
  constructor(images: Iterable<ImageContent>, radius = copyRadius) {
    this.#rows = new NearDuplicates(radius);
    for (const { sha256, hash } of images) {
      this.#files.add(sha256.slice(0, digits));
      this.#rows.add(directionOf(hash, 0));
      this.#columns.push(directionOf(hash, 1));
    }
  }

  #isPlain(hash: bigint): boolean {
    const bits = hammingDistance(hash, 0n);
    return Math.min(bits, 64 - bits) <= this.#rows.radius;
  }

  /** How many images are known. */
  get size(): number {
    return this.#rows.size;
  }

  /** Whether an image is one of them: the same bytes, or encoded anew or resized. */
  has({ sha256, hash }: ImageContent): boolean {
    if (this.#files.has(sha256.slice(0, digits))) return true;
    const [rows, columns] = [directionOf(hash, 0), directionOf(hash, 1)];
    // A blank picture or a plain gradient has nothing to be recognised by.
    if (this.#isPlain(rows) && this.#isPlain(columns)) return false;
    return this.#rows
      .all(rows)
      .some((entry) => hammingDistance(this.#columns[entry] as bigint, columns) <= this.#rows.radius);
  }
}

/** The hash along rows (0) or columns (1). */
function directionOf(hash: string, direction: 0 | 1): bigint {
  return BigInt(`0x${hash.slice(16 * direction, 16 * (direction + 1))}`);
}

/** @throws EliqError ERR_IO when the shipped list is missing: then nothing could be refused. */
function readShipped(): EvaluationCopies {
  try {
    const lines = readFileSync(evaluationImagesPath, "utf8").split("\n");
    const images = lines.filter((line) => line !== "" && !line.startsWith("#"));
    return new EvaluationCopies(
      images.map((line) => {
        const [sha256 = "", hash = ""] = line.split(" ");
        return { sha256, hash };
      }),
    );
  } catch (cause) {
    throw new EliqError(
      "ERR_IO",
      `The list of evaluation images (${evaluationImagesPath}) cannot be read. Install eliq again.`,
      {
        cause,
      },
    );
  }
}

let shipped: EvaluationCopies | undefined;

/** The images that eliq is evaluated on, read once. */
export function shippedEvaluationCopies(): EvaluationCopies {
  shipped ??= readShipped();
  return shipped;
}

/** @throws EliqError ERR_INVALID_ARGUMENT when the image at `path` is a copy of one that is kept for evaluation. */
export function refuseEvaluationCopy(path: string, content: ImageContent): void {
  if (shippedEvaluationCopies().has(content)) throw evaluationCopy(path);
}

/** ERR_INVALID_ARGUMENT that says what the image at `path` is. */
export function evaluationCopy(path: string): EliqError {
  return new EliqError(
    "ERR_INVALID_ARGUMENT",
    `${path} is, by its content, an image of AGIQA-3K, which is kept for evaluation. Take it out and train on other images.`,
  );
}
