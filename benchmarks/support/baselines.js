// @ts-check
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { niqe, niqeModelFromJson } from "../../dist/evaluation/niqe.js";
import { luma, sceneStatistics } from "../../dist/evaluation/scene-statistics.js";
import { niqeDirectory } from "./paths.js";
import { decodeRgb } from "./pixels.js";

/** Names of NIQE's two fits in tables; the stronger one of a run is what the critic is measured against. */
export const NIQE_FITS = /** @type {const} */ (["NIQE (photographs)", "NIQE (diffusion)"]);

/**
 * Opinion-unaware statistics of one image, all with **higher = better**.
 *
 * @typedef {(path: string) => Promise<Record<string, number>>} Baselines
 * @returns {Promise<Baselines>}
 */
export async function loadBaselines() {
  const photographs = await loadNiqe("photographs");
  const diffusion = await loadNiqe("diffusion");
  return async (path) => {
    const bytes = await readFile(path);
    const image = await decodeRgb(bytes);
    const statistics = sceneStatistics(image);
    return {
      "NIQE (photographs)": -niqe(statistics, photographs),
      "NIQE (diffusion)": -niqe(statistics, diffusion),
      Sharpness: sharpness(image),
      "JPEG size": await jpegSize(image),
    };
  };
}

/** @param {string} name */
async function loadNiqe(name) {
  return niqeModelFromJson(await readFile(join(niqeDirectory, `${name}.json`), "utf8"));
}

/**
 * Logarithm of the mean squared Laplacian (four neighbours) of the luma.
 *
 * @param {import("../../dist/evaluation/scene-statistics.js").RgbPixels} image
 */
export function sharpness(image) {
  const { data, width, height } = luma(image, image.width, image.height);
  const at = (/** @type {number} */ i) => /** @type {number} */ (data[i]);
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      sum += (at(i - 1) + at(i + 1) + at(i - width) + at(i + width) - 4 * at(i)) ** 2;
    }
  }
  return Math.log(sum / ((width - 2) * (height - 2)) + 1e-12);
}

/**
 * Logarithm of the bytes per pixel that the image takes as a JPEG of quality 75: a file-size statistic that does not depend on how
 * the file at hand happens to be encoded.
 *
 * @param {import("../../dist/evaluation/scene-statistics.js").RgbPixels} image
 */
export async function jpegSize({ data, width, height }) {
  const encoded = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 75 })
    .toBuffer();
  return Math.log(encoded.length / (width * height));
}
