import { EliqError } from "../../errors.js";
import { editingModel } from "../editing/family.js";
import { allFamilies } from "../families.js";
import type { FinalEncoding } from "../raster.js";
import type { ManifestFilter } from "../sources/provenance.js";

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
  shareAlike: false,
} as const satisfies Partial<BuildOptions>;

/** @throws EliqError ERR_INVALID_ARGUMENT for senseless options. */
export function checkOptions(options: BuildOptions): void {
  const check = (fine: boolean, message: string) => {
    if (!fine) throw new EliqError("ERR_INVALID_ARGUMENT", message);
  };
  const whole = (value: number, least: number) => Number.isInteger(value) && value >= least;
  check(whole(options.seed, 0), "The seed must be a whole number of at least 0.");
  check(whole(options.perImage, 0), "Chains per image must be a whole number of at least 0 (0: every family).");
  check(whole(options.combinations, 0), "Combinations per image must be a whole number of at least 0.");
  check(whole(options.pairings, 0), "Pairings per image must be a whole number of at least 0 (0: every one).");
  check(options.testShare >= 0 && options.testShare < 1, "The share of the test split must lie in [0, 1).");
  check(whole(options.maxPixels, 32 * 32), "Pixels per image must be a whole number of at least 1024.");
  check(whole(options.workers, 1), "There must be at least one worker.");
  check(whole(options.limit, 0), "The limit must be a whole number of at least 0 (0: all).");
  check(options.families.length > 0, "There must be at least one family.");
  const known = new Set(allFamilies.map(({ name }) => name));
  for (const name of options.families) {
    check(name !== editingModel.name, `The family "${name}" is not drawn: give its pictures by a list of negatives.`);
    check(known.has(name), `There is no family "${name}". Known: ${[...known].join(", ")}.`);
  }
}
