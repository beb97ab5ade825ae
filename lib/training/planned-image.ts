/** What a run means to use of an image, whether its chains were drawn here or come from a pair manifest. */
import type { PoolImage, Raster } from "../pairs/index.js";

/** Where an image came from, for the card. */
export interface ImageOrigin {
  /** Names the image. */
  readonly key: string;
  /** Of pictures, for the calibration: "photo", "ai" or "unknown". */
  readonly kind: string;
  readonly collection: string;
  readonly licence: string;
  readonly provenance: string;
}

/** A chain of a planned image; its members are the image's samples after the clean one, chain by chain, mild to severe. */
export type PlannedChain = Omit<PoolImage["chains"][number], "samples">;

/** An image and what is made from it. */
export interface PlannedImage {
  readonly origin: ImageOrigin;
  readonly heldOut: boolean;
  readonly chains: readonly PlannedChain[];
  /** What the members' pixels depend on besides the image itself, for the feature cache's key. */
  readonly recipe: unknown;
  /**
   * Opens the image.
   *
   * @returns makes the pixels of a member: 0 the clean image, then chain by chain.
   * @throws EliqError ERR_IMAGE_DECODE when it cannot be read.
   */
  open(): Promise<(member: number) => Promise<Raster>>;
}

/** The clean image and all levels of all chains. */
export function memberCount({ chains }: PlannedImage): number {
  return chains.reduce((count, { severities }) => count + severities.length, 1);
}

/** How the negatives were made, for the card. */
export interface NegativesSummary {
  readonly families: readonly string[];
  readonly poolSeed: number;
  /** Chains drawn by the run itself. */
  readonly singles?: number;
  readonly combinations?: number;
  readonly severities?: readonly (readonly [number, number])[];
  /** Chains of a pair manifest: levels of each, and how its pictures are stored. */
  readonly manifest?: { readonly levels: number; readonly encoding: string };
}

/** Everything that a run is made from. */
export interface PlannedData {
  readonly planned: readonly PlannedImage[];
  readonly data: DataSummary;
  readonly negatives: NegativesSummary;
}

/** Identity of the training data, for the card. */
export interface DataSummary {
  /** SHA-256 of the manifest, or of a plain folder's file names and sizes. */
  readonly hash: string;
  /** Images that the filter left out, counted by provenance, with the licence where that is the reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** `limit` items at equal distances in the list; 0: all. */
export function spread<T>(items: readonly T[], limit: number): readonly T[] {
  if (limit <= 0 || limit >= items.length) return items;
  return Array.from({ length: limit }, (_, i) => items[Math.floor((i * items.length) / limit)] as T);
}
