// @ts-check
// A small list of good images with prompts and generators, made from the committed fixtures.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const pictures = fileURLToPath(new URL("../fixtures/pairs/images/", import.meta.url));

/** What the committed pictures show, in their order. */
const prompts = [
  "a portrait photo of a smiling woman in an orange space suit next to a white helmet",
  "a close-up photo of a brown cat with green eyes",
  "a white cup of coffee on a red saucer on a wooden table, photo",
  "a white rocket between four steel towers at dusk, no clouds",
  "a tall red pavilion behind green trees, photo of a lake in summer",
  "two orange flowers in front of dark green leaves",
  "a narrow path below grey mountains with white snow",
  "a small brook between large rocks in a green forest",
  'a black and white cat sitting on a road and holding a sign that says "Meow I\'m a Cat"',
  "three people behind two green baskets of yellow lemons at a market",
  "a giant golden robot standing behind a small man in a city, concept art",
  "a cartoon of a scientist in a white coat holding a blue glass flask",
];

/** The committed pictures' paths. */
export async function fixturePictures() {
  const names = (await readdir(pictures)).filter((name) => name.endsWith(".webp")).sort();
  return names.map((name) => join(pictures, name));
}

/**
 * Writes a folder with `manifest.jsonl`: the fixtures with their prompts, the prompt of the first one drawn by two weaker generators
 * too, and inputs that a build must leave out.
 *
 * @param {string} folder
 */
export async function makeSources(folder) {
  await mkdir(folder, { recursive: true });
  /** @type {object[]} */
  const lines = [];
  for (const [i, path] of (await fixturePictures()).entries()) {
    const name = `good-${String(i).padStart(2, "0")}.webp`;
    await copyFile(path, join(folder, name));
    lines.push({
      path: name,
      kind: i < 8 ? "photo" : "ai",
      licence: "CC0-1.0",
      provenance: "contributors",
      prompt: prompts[i],
      generator: "strong",
      strength: 3,
    });
  }
  const [first, second] = await fixturePictures();
  for (const [strength, path] of [
    [2, first],
    [1, second],
  ]) {
    const name = `weak-${strength}.webp`;
    // Another picture than the strong one's, so that it is no near-duplicate.
    await sharp(await readFile(/** @type {string} */ (path)))
      .flip()
      .rotate(90 * Number(strength))
      .toFile(join(folder, name));
    lines.push({ path: name, kind: "ai", prompt: prompts[0], generator: `weak ${strength}`, strength });
  }
  await sharp(await readFile(/** @type {string} */ (first)))
    .webp({ quality: 80 })
    .toFile(join(folder, "copy.webp"));
  await writeFile(join(folder, "broken.webp"), "not a picture");
  await sharp({ create: { width: 300, height: 300, channels: 3, background: "#777" } })
    .png()
    .toFile(join(folder, "flat.png"));
  for (const path of ["copy.webp", "broken.webp", "flat.png", "missing.webp"]) lines.push({ path });
  await writeFile(join(folder, "manifest.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return { good: (await fixturePictures()).length + 2, bad: 4, prompts: prompts.length + 2 };
}

/** SHA-256 of all files below a folder, by path. @param {string} folder */
export async function contents(folder) {
  /** @type {Record<string, string>} */
  const all = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      all[path.slice(folder.length + 1)] = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
    }
  return all;
}
