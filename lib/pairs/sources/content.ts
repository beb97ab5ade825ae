/** What an image is recognised by. */
import { luma } from "../kernels/planes.js";
import { differenceHash } from "../positives/near-duplicates.js";
import type { Raster } from "../raster.js";
import type { ImageContent } from "./evaluation-copies.js";

/**
 * @param sha256 of the file, hex.
 * @param raster the picture in it, at any size.
 */
export function contentOf(sha256: string, raster: Raster): ImageContent {
  const { width, height } = raster;
  const values = luma(raster);
  const rows = differenceHash(values, width, height);
  const columns = differenceHash(transposed(values, width, height), height, width);
  return { sha256, hash: hex(rows) + hex(columns) };
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

/** Columns become rows. */
function transposed(values: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) out[x * height + y] = values[y * width + x] as number;
  return out;
}
