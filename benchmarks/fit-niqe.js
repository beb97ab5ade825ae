// @ts-check
// Fits NIQE's pristine models on freely licensed images of the training set and writes models/niqe/<name>.json.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { createProgress } from "../dist/cli/progress.js";
import { fitSceneModel, niqeModelToJson } from "../dist/evaluation/niqe.js";
import { sceneStatistics } from "../dist/evaluation/scene-statistics.js";
import { dataDirectory, niqeDirectory } from "./support/paths.js";
import { decodeRgb } from "./support/pixels.js";

const usage = `Fits the pristine models of NIQE that the benchmarks compare with.

  node benchmarks/fit-niqe.js [--data DIR] [--out DIR]

  --data DIR   folder with train/manifest.jsonl (default: ELIQ_DATA or ../shared/data)
  --out DIR    where the JSON files go (default: models/niqe)`;

/** Provenances of which publication is free of doubt. */
const PUBLISHABLE = new Set(["authors", "author-generated", "contributors", "third-party credited", "COCO/Flickr"]);

/**
 * Photographs of the web are sharp only when they are reduced. The area is that of the Berkeley segmentation data set, from which
 * NIQE's authors took a part of theirs. The diffusion images are as their generator made them.
 *
 * @typedef {{ path: string, kind: string, provenance: string }} Entry
 * @type {Record<string, { what: string, area: number, chosen: (entry: Entry) => boolean }>}
 */
const FITS = {
  photographs: {
    what: "photographs of publishable provenance, reduced to the area of 481 x 321 pixels",
    area: 481 * 321,
    chosen: (entry) => entry.kind === "photo" && PUBLISHABLE.has(entry.provenance),
  },
  diffusion: {
    what: "diffusion images of the Stable Diffusion cheat sheet (MIT), at their own size",
    area: Number.POSITIVE_INFINITY,
    chosen: (entry) => entry.path.startsWith("sd-cheatsheet/"),
  },
};

/** @param {Entry[]} entries @param {string} directory @param {number} area */
async function statisticsOf(entries, directory, area) {
  const progress = createProgress({ label: "Statistics", total: entries.length });
  const collected = [];
  for (const { path } of entries) {
    collected.push(sceneStatistics(await reduce(await decodeRgb(join(directory, path)), area)));
    progress.update(collected.length, path);
  }
  progress.finish();
  return collected;
}

/** @param {import("../dist/evaluation/scene-statistics.js").RgbPixels} image @param {number} area greatest number of pixels */
async function reduce(image, area) {
  const ratio = Math.sqrt(area / (image.width * image.height));
  if (ratio >= 1) return image;
  const { data, info } = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize(Math.round(image.width * ratio), Math.round(image.height * ratio), { fit: "fill", kernel: "lanczos3" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function main() {
  const { values } = parseArgs({
    options: { data: { type: "string" }, out: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(usage);
  const train = join(values.data ?? dataDirectory, "train");
  const manifest = await readFile(join(train, "manifest.jsonl"));
  const entries = manifest
    .toString("utf8")
    .trim()
    .split("\n")
    .map((line) => /** @type {Entry} */ (JSON.parse(line)));
  const out = values.out ?? niqeDirectory;
  await mkdir(out, { recursive: true });
  for (const [name, { what, area, chosen }] of Object.entries(FITS)) {
    const pictures = entries.filter(chosen);
    const model = fitSceneModel(await statisticsOf(pictures, train, area));
    if (!model) throw new Error(`${name}: no picture of ${train} has two sharp patches; is the folder complete?`);
    const provenance = {
      pictures: `${pictures.length} ${what}`,
      folders: count(pictures.map((entry) => entry.path.split("/")[0] ?? "")),
      manifest: `sha256:${createHash("sha256").update(manifest).digest("hex")}`,
      patches: "96 x 96 pixels, sharper than .75 of the sharpest of their picture",
      command: "node benchmarks/fit-niqe.js",
    };
    await writeFile(join(out, `${name}.json`), niqeModelToJson({ ...model, name, provenance }));
    console.log(`${name}: ${pictures.length} pictures, ${model.patches} patches -> ${join(out, `${name}.json`)}`);
  }
}

/** @param {string[]} names */
function count(names) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

await main();
