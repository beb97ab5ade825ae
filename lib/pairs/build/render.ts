/** Second pass of a build, on a worker: the pictures of one unit, made, hashed and, if wanted, written. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { UnitImage } from "../manifest/schema.js";
import { makePicture, type PlannedPicture, pixelHash, SourceCache } from "../pictures.js";
import { decode, encode, type FinalEncoding, type Raster } from "../raster.js";

export interface RenderTask {
  /** Folder that sources are relative to. */
  readonly sourceFolder: string;
  /** The unit's own source. */
  readonly source: string;
  readonly pictures: readonly PlannedPicture[];
  readonly encoding: FinalEncoding;
  readonly maxPixels: number;
  /** Where files go: the manifest's folder and the path of the unit's files in it without number and extension; absent: no files. */
  readonly files?: { readonly folder: string; readonly prefix: string };
}

export interface RenderedUnit {
  readonly images: UnitImage[];
}

/** Makes all pictures of a unit, in order. */
export async function renderUnit(task: RenderTask): Promise<RenderedUnit> {
  const sources = new SourceCache(task.sourceFolder, task.maxPixels);
  const images: UnitImage[] = [];
  for (const [index, picture] of task.pictures.entries()) {
    const raster = await makePicture(picture, task.source, sources);
    images.push(await finish(task, picture, raster, index));
  }
  return { images };
}

async function finish(task: RenderTask, picture: PlannedPicture, raster: Raster, index: number): Promise<UnitImage> {
  const { encoding, files } = task;
  const lossless = encoding.format === "lossless";
  const bytes = files || !lossless ? await encode(raster, encoding) : undefined;
  const file = files && `${files.prefix}-${String(index).padStart(3, "0")}.${lossless ? "png" : "jpg"}`;
  if (files && file && bytes) {
    const path = join(files.folder, file);
    if (index === 0) await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  return {
    ...(file === undefined ? {} : { file }),
    ...(picture.source === undefined ? {} : { source: picture.source }),
    steps: [...picture.steps],
    width: raster.width,
    height: raster.height,
    pixels: pixelHash(lossless || !bytes ? raster : await decode(bytes)),
  };
}
