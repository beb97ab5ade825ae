/** Pictures of a unit, by their recipes: what a build writes and a reader makes again, byte for byte. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { prepare } from "./preparation.js";
import { collect, pipeline, type Raster } from "./raster.js";
import { applySteps, type Step } from "./recipe.js";

/** A picture to make. */
export interface PlannedPicture {
  /** Source list's path of the picture that it is made from, when that is not the unit's own. */
  readonly source?: string | undefined;
  /** In order of application; none: the prepared source itself. */
  readonly steps: readonly Step[];
}

/** First 32 hex digits of SHA-256 over width, height (32-bit little endian) and the RGB bytes. */
export function pixelHash(raster: Raster): string {
  const size = Buffer.alloc(8);
  size.writeUInt32LE(raster.width, 0);
  size.writeUInt32LE(raster.height, 4);
  return createHash("sha256").update(size).update(raster.data).digest("hex").slice(0, 32);
}

/** Prepared sources of one unit: its own, and the few others that it borrows from. */
export class SourceCache {
  readonly #rasters = new Map<string, Promise<Raster>>();

  constructor(
    private readonly folder: string,
    private readonly maxPixels: number,
  ) {}

  /** @throws EliqError ERR_IMAGE_DECODE */
  get(source: string): Promise<Raster> {
    const there = this.#rasters.get(source);
    if (there) return there;
    const raster = prepare(join(this.folder, source), this.maxPixels);
    this.#rasters.set(source, raster);
    return raster;
  }
}

/**
 * The pixels of one picture, before its final encoding. A borrowed one is cropped and resized to the size of the unit's own, since
 * sizes must say nothing about which side is better.
 *
 * @param own path of the unit's source.
 */
export async function makePicture(picture: PlannedPicture, own: string, sources: SourceCache): Promise<Raster> {
  const clean = await sources.get(own);
  const start = picture.source === undefined ? clean : await cover(await sources.get(picture.source), clean);
  return applySteps(start, picture.steps, (partner) => sources.get(partner));
}

/** The middle of a picture at the size of another. */
async function cover(raster: Raster, { width, height }: Raster): Promise<Raster> {
  if (raster.width === width && raster.height === height) return raster;
  return collect(pipeline(raster).resize(width, height, { fit: "cover", kernel: "lanczos3" }));
}
