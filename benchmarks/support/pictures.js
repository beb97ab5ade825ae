// @ts-check
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { root } from "./paths.js";
import { decodeRgb } from "./pixels.js";

/** Photographs and diffusion images that are committed for the tests of the trainer. */
const FIXTURES = join(root, "test/fixtures/train/unseen");
const COUNT = 16;

/**
 * Real pictures cut to `side` x `side` pixels.
 *
 * @typedef {{ side: number, encoded: string[], raw: string[] }} Pictures files: JPEG of quality 90, and the RGB that it decodes to
 * @param {string} directory where the files go @param {number} side
 * @returns {Promise<Pictures>}
 */
export async function makePictures(directory, side) {
  const names = (await readdir(FIXTURES))
    .filter((name) => /\.(webp|jpe?g|png)$/.test(name))
    .sort()
    .slice(0, COUNT);
  /** @type {Pictures} */
  const pictures = { side, encoded: [], raw: [] };
  for (const [i, name] of names.entries()) {
    const jpeg = await sharp(join(FIXTURES, name))
      .resize(side, side, { fit: "cover" })
      .jpeg({ quality: 90 })
      .toBuffer();
    const encoded = join(directory, `${side}-${i}.jpg`);
    const raw = join(directory, `${side}-${i}.rgb`);
    await writeFile(encoded, jpeg);
    await writeFile(raw, (await decodeRgb(jpeg)).data);
    pictures.encoded.push(encoded);
    pictures.raw.push(raw);
  }
  return pictures;
}
