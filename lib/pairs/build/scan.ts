/** First pass of a build: what every input is, whether it is fit to be a positive, and a line for each in the scan file. */
import { EliqError } from "../../errors.js";
import { hashFile } from "../../files/hashes.js";
import type { VisualAspect } from "../degradations/index.js";
import { type Finding, inspectRaster, readNative } from "../positives/sanity.js";
import { prepare, readSize } from "../preparation.js";
import { contentOf } from "../sources/content.js";
import { shippedEvaluationCopies } from "../sources/evaluation-copies.js";
import type { SourceImage } from "../sources/source-image.js";

/** What is looked at without knowing of other images. */
export interface Inspection {
  /** SHA-256 of the file, hex; empty when it cannot be read. */
  readonly sha256: string;
  /** Of the original, upright. */
  readonly width: number;
  readonly height: number;
  /** 64-bit difference hash, 16 hex digits. */
  readonly hash: string;
  /** Why it is left out; empty for a good one. */
  readonly findings: readonly Finding[];
  /** Present for a copy of an image that is kept for evaluation. */
  readonly evaluation?: true;
}

/** A given negative of an image that is kept. */
export interface ScannedNegative {
  /** Relative to the source folder. */
  readonly path: string;
  /** What it is worse in, besides overall quality. */
  readonly aspects: readonly VisualAspect[];
  /** Why it is left out; absent for one that can be read. */
  readonly finding?: Finding;
}

/** A line of the scan file. */
export interface ScanEntry extends Inspection {
  readonly source: Omit<SourceImage, "path">;
  /** Absent when none are given. */
  readonly negatives?: readonly ScannedNegative[];
}

/** Whether a file could not be decoded. */
export function unreadable({ findings }: Inspection): Finding | undefined {
  return findings.find(({ reason }) => reason === "unreadable");
}

/** Looks at one file. Never throws for a bad one: that is a finding. */
export async function inspectFile(path: string, maxPixels: number): Promise<Inspection> {
  try {
    const sha256 = await hashFile(path);
    const { width, height } = await readSize(path);
    const raster = await prepare(path, maxPixels);
    const { hash, findings } = await inspectRaster(raster, { width, height }, { native: await readNative(path) });
    const evaluation = shippedEvaluationCopies().has(contentOf(sha256, raster));
    const about = { sha256, width, height, hash: hash.toString(16).padStart(16, "0"), findings };
    return evaluation ? { ...about, evaluation } : about;
  } catch (error) {
    const message = unreadableBecause(error);
    return { sha256: "", width: 0, height: 0, hash: "", findings: [{ reason: "unreadable", value: 0, message }] };
  }
}

/** Not in the decoder's words: libvips keeps them in one place for all threads, so that they may be about another file. */
function unreadableBecause(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "There is no such file.";
  if (error instanceof EliqError || code === undefined) return "It is no image, or damaged, or cut off.";
  return `It cannot be opened (${code}).`;
}
