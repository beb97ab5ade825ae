// @ts-check
// A small data set with opinions, made on the spot, and a critic whose scores are known.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import sharp from "sharp";
import { EliqError } from "../../dist/errors.js";
import { Random } from "../../dist/pairs/random.js";

/**
 * Writes `images/*.png` and `ratings.csv` with `count` images of `count / 5` prompts by three generators.
 *
 * @param {string} folder @param {number} count @param {{ side?: number }} [options]
 * @returns {Promise<string>} path of the table
 */
export async function writeOpinions(folder, count, { side = 8 } = {}) {
  const random = new Random("opinions", count);
  await mkdir(join(folder, "images"), { recursive: true });
  const pictures = await Promise.all(Array.from({ length: Math.min(count, 16) }, (_, i) => picture(side, i)));
  const lines = ["image,prompt,generator,mos_quality,mos_align"];
  for (let i = 0; i < count; i++) {
    const name = `images/${String(i).padStart(5, "0")}.png`;
    await writeFile(join(folder, name), /** @type {Buffer} */ (pictures[i % pictures.length]));
    const quality = 3 + random.normal() / 2;
    const row = [
      name,
      `picture of ${i % Math.ceil(count / 5)}`,
      `generator ${i % 3}`,
      quality,
      quality + random.normal() / 4,
    ];
    lines.push(row.join(","));
  }
  const table = join(folder, "ratings.csv");
  await writeFile(table, `${lines.join("\n")}\n`);
  return table;
}

/** @param {number} side @param {number} seed */
function picture(side, seed) {
  const random = new Random("picture", seed);
  const data = Uint8Array.from({ length: side * side * 3 }, () => random.integer(256));
  return sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

/** Opinions of quality by file name. @param {string} table @returns {Promise<Map<string, number>>} */
export async function readOpinions(table) {
  const [, ...lines] = (await readFile(table, "utf8")).trim().split("\n");
  return new Map(
    lines.map((line) => {
      const cells = line.split(",");
      return [basename(cells[0] ?? ""), Number(cells[3])];
    }),
  );
}

/**
 * A critic whose raw quality is a function of the path. The file is read, so that a missing or broken one fails as with a real one.
 *
 * @param {(path: string) => number} quality
 * @param {{ model?: string, dimension?: number, delay?: number, failing?: (path: string) => EliqError | undefined,
 *   alignment?: (path: string, prompt: string) => number }} [options]
 * @returns {import("../../dist/evaluation/critic.js").Critic & { disposed: boolean }}
 */
export function knownCritic(quality, { model = "known@0", dimension = 8, delay = 0, failing, alignment } = {}) {
  return {
    model,
    calibration: "known-1",
    alignment: alignment ? { trained: true } : { trained: false, reason: "The known critic reads no prompts." },
    disposed: false,
    async judge({ image, prompt, embedding, signal }) {
      if (delay > 0) await new Promise((done) => setTimeout(done, delay));
      if (signal?.aborted) throw new EliqError("ERR_ABORTED", "aborted");
      const bytes = await readFile(image).catch(() => {
        throw new EliqError("ERR_IMAGE_NOT_FOUND", `There is no file ${image}.`);
      });
      if (bytes[0] !== 0x89) throw new EliqError("ERR_IMAGE_DECODE", `${image} is not an image.`);
      const failure = failing?.(image);
      if (failure) throw failure;
      const raw = {
        quality: quality(image),
        alignment: alignment && prompt !== undefined ? alignment(image, prompt) : null,
        technical: 0.5,
        aesthetic: -0.5,
      };
      const percentiles = { quality: 50, alignment: null, technical: 50, aesthetic: 50 };
      const score = {
        quality: 1 / (1 + Math.exp(-raw.quality)),
        alignment: raw.alignment === null ? null : 1 / (1 + Math.exp(-raw.alignment)),
        aspects: { technical: 0.5, aesthetic: 0.5 },
        percentiles,
        raw,
        model,
        calibration: "known-1",
      };
      if (!embedding) return { score };
      return { score, embedding: vector(image, dimension), embeddingNorm: 2 + Math.abs(raw.quality) };
    },
    async dispose() {
      this.disposed = true;
    },
  };
}

/** Norm 1, a function of the file's name. @param {string} path @param {number} dimension */
function vector(path, dimension) {
  const digest = createHash("sha256").update(basename(path)).digest();
  const values = Float32Array.from({ length: dimension }, (_, i) => (digest[i % digest.length] ?? 0) - 127.5);
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}
