// Lists the images that are kept for evaluation, for training to refuse them, and measures how well they are recognised.
//
//   node scripts/pairs/evaluation-images.mjs <folder of images> [--write]          write lib/pairs/sources/evaluation-images.txt
//   node scripts/pairs/evaluation-images.mjs <folder of images> --check <manifest.jsonl of other images>
//
// The check saves 100 of the images anew (JPEG 80, WebP 80) and at half and twice their size, and looks for them and for the other images,
// at several radii. It ends with status 1 when the shipped radius finds under 99 % of a kind of copy, or takes another image for one.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { hashFile } from "../../dist/files/hashes.js";
import { prepare } from "../../dist/pairs/preparation.js";
import { readRaster } from "../../dist/pairs/raster.js";
import { contentOf } from "../../dist/pairs/sources/content.js";
import { copyRadius, EvaluationCopies, evaluationImagesPath } from "../../dist/pairs/sources/evaluation-copies.js";
import { streamImages } from "../../dist/pairs/sources/read.js";

const pixels = 512 * 512;
const radii = [2, 3, 4, 5, 6, 7, 8];
const sampled = 100;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean" }, check: { type: "string" } },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("Give the folder of the images that are kept for evaluation.");
  process.exit(2);
}
const paths = readdirSync(folder)
  .sort()
  .map((name) => join(folder, name));
const known = [];
for (const path of paths) known.push(contentOf(await hashFile(path), await readRaster(path, pixels)));
if (values.write) write();
if (values.check !== undefined) process.exitCode = (await check(values.check)) ? 0 : 1;

function write() {
  const remarks = [
    "# AGIQA-3K (Li et al., IEEE TCSVT 34(8), 2024), development half: SHA-256 of the file cut to 64 bits, difference hash.",
    "# Written by scripts/pairs/evaluation-images.mjs.",
  ];
  const lines = known.map(({ sha256, hash }) => `${sha256.slice(0, 16)} ${hash}`).sort();
  writeFileSync(evaluationImagesPath, `${[...remarks, ...lines].join("\n")}\n`);
  console.log(`${lines.length} images listed in ${evaluationImagesPath}.`);
}

/** @param {string} manifest of images that none of the known ones is among. */
async function check(manifest) {
  const others = [];
  for await (const { path, key } of streamImages(manifest))
    others.push({ key, contents: [contentOf(await hashFile(path), await readRaster(path, pixels))] });
  const copies = await makeCopies();
  let fine = true;
  for (const radius of radii) {
    const index = new EvaluationCopies(known, radius);
    const found = (/** @type {import("../../dist/pairs/sources/evaluation-copies.js").ImageContent[]} */ contents) =>
      contents.filter((content) => index.has(content)).length;
    const wrong = others.filter(({ contents }) => found(contents) > 0);
    const rates = Object.entries(copies).map(([kind, contents]) => ({ kind, rate: found(contents) / contents.length }));
    console.log(`radius ${radius}${radius === copyRadius ? " (shipped)" : ""}:`);
    for (const { kind, rate } of rates) console.log(`  ${kind.padEnd(28)} ${(100 * rate).toFixed(1)} % found`);
    console.log(`  ${wrong.length} of ${others.length} other images taken for one`);
    for (const { key } of wrong.slice(0, 10)) console.log(`    ${key}`);
    if (radius === copyRadius) fine = wrong.length === 0 && rates.every(({ rate }) => rate >= 0.99);
  }
  return fine;
}

/** Contents of copies by kind; each decoded as a list is for training, and as a build prepares it. */
async function makeCopies() {
  const chosen = Array.from({ length: sampled }, (_, i) => paths[Math.floor((i * paths.length) / sampled)]);
  /** @type {Record<string, (image: sharp.Sharp, width: number) => sharp.Sharp>} */
  const kinds = {
    "JPEG 80": (image) => image.jpeg({ quality: 80 }),
    "WebP 80": (image) => image.webp({ quality: 80 }),
    "half size, JPEG 80": (image, width) => image.resize(Math.round(width / 2)).jpeg({ quality: 80 }),
    "twice the size, JPEG 80": (image, width) => image.resize(width * 2).jpeg({ quality: 80 }),
  };
  const work = mkdtempSync(join(tmpdir(), "eliq-copies-"));
  /** @type {Record<string, any[]>} */
  const contents = {};
  for (const [kind, change] of Object.entries(kinds))
    for (const path of chosen) {
      const { width } = await sharp(path).metadata();
      const copy = join(work, "copy");
      await change(sharp(path), width).toFile(copy);
      for (const [reader, raster] of [
        ["list", await readRaster(copy, pixels)],
        ["build", await prepare(copy, pixels)],
      ]) {
        const key = `${kind} (${reader})`;
        contents[key] ??= [];
        contents[key].push(contentOf("-".repeat(64), /** @type {any} */ (raster)));
      }
    }
  rmSync(work, { recursive: true });
  return contents;
}
