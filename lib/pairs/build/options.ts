import { allFamilies } from "../families.js";
import type { FinalEncoding } from "../raster.js";
import type { ManifestFilter } from "../sources/read.js";

/** What a build makes, and where. */
export interface BuildOptions extends ManifestFilter {
  /** Folder of good images, or a manifest.jsonl that lists them. */
  readonly data: string;
  /** Folder to write. */
  readonly out: string;
  /** List of given negatives, e.g. the negatives.jsonl of `eliq pairs edit`; each adds a chain of one level to its image. */
  readonly negatives?: string | undefined;
  readonly seed: number;
  /** Families by name, visual and pairing ones alike. */
  readonly families: readonly string[];
  /** Chains of visual families per image, drawn from `families`; 0: every family. */
  readonly perImage: number;
  /** Chains of two or three visual families per image. */
  readonly combinations: number;
  /** Chains of changed prompts or exchanged images per image with a prompt; 0: every family that its prompt allows. */
  readonly pairings: number;
  /** Share of groups in the test split, 0..1. */
  readonly testShare: number;
  /** Images are reduced to at most this many pixels. */
  readonly maxPixels: number;
  readonly encoding: FinalEncoding;
  /** Write every picture as a file; otherwise the manifest's recipes make them again. */
  readonly files: boolean;
  /** Leave images out that are tiny, monochrome, already degraded or near-duplicates. */
  readonly filter: boolean;
  /** Worker threads. */
  readonly workers: number;
  /** At most this many images of the list; 0: all. */
  readonly limit: number;
}

/** Options that a build starts from. */
export const defaultBuildOptions = {
  seed: 1,
  families: allFamilies.map(({ name }) => name),
  perImage: 6,
  combinations: 1,
  pairings: 3,
  testShare: 0.1,
  maxPixels: 512 * 512,
  encoding: { format: "lossless" },
  files: false,
  filter: true,
  limit: 0,
  publishable: false,
  unsplash: false,
} as const satisfies Partial<BuildOptions>;
