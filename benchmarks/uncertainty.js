// @ts-check
// Whether the intervals that `views` gives are what they say: those from 4 views against the mean of 32.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { Eliq } from "eliq";
import { mapOrdered } from "../dist/batching/ordered.js";
import { listImages } from "../dist/cli/listing.js";
import { createPhaseReporter } from "../dist/cli/phases.js";
import { formatTable } from "../dist/cli/text-table.js";
import { decimal, withInterval } from "../dist/evaluation/report-figures.js";
import { LineFile } from "../dist/files/line-file.js";
import { decodeImage } from "../dist/images/decode.js";
import { defaultMaxPixels } from "../dist/images/limits.js";
import { meanOf } from "../dist/uncertainty/uncertainty.js";
import { copyView, drawViews } from "../dist/uncertainty/views.js";
import { dataDirectory, root } from "./support/paths.js";
import { coverage, normalCoverage, SAMPLED } from "./support/view-coverage.js";

const usage = `Coverage of the intervals from ${SAMPLED} views of an image.

  node benchmarks/uncertainty.js [options]

  --data DIR     folder with images (default: agiqa-3k-dev under ELIQ_DATA or ../shared/data)
  --model DIR    model directory (default: the shipped model)
  --limit N      only N images, evenly spread over the folder
  --work FILE    scores of the views, one line an image; an interrupted run goes on with it (default: .run/uncertainty.jsonl)
  --out FILE     also write the figures as JSON

Fails when the interval covers the mean of all views in less than 60 % or more than 76 % of the images.`;

/** Views whose mean stands for that of all possible ones. */
const VIEWS = 32;

const ASPECTS = /** @type {const} */ (["quality", "technical", "aesthetic"]);

/**
 * @typedef {[quality: number, technical: number, aesthetic: number]} Raw
 * @typedef {{ path: string, plain: Raw, views: Raw[] }} ViewedImage
 * @typedef {import("./support/view-coverage.js").Coverage} Coverage
 * @typedef {import("../dist/training/card.js").FigureTable} FigureTable
 */

async function main() {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: join(dataDirectory, "agiqa-3k-dev") },
      model: { type: "string" },
      limit: { type: "string" },
      work: { type: "string", default: join(root, ".run/uncertainty.jsonl") },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(usage);
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);
  if (!(limit >= 10)) throw new Error(`--limit ${values.limit} is not a number of at least 10.`);
  const eliq = await Eliq.load({ model: values.model });
  try {
    const paths = spread(await imagesOf(values.data), limit);
    const images = await view(eliq, values.data, paths, values.work);
    await report(images, eliq.model, values);
  } finally {
    await eliq.dispose();
  }
}

/** @param {string} folder */
async function imagesOf(folder) {
  const paths = [];
  for await (const { path } of listImages([folder])) paths.push(path);
  if (paths.length < 10) throw new Error(`${folder} has fewer than 10 images.`);
  return paths;
}

/** @template T @param {T[]} items @param {number} limit @returns {T[]} */
function spread(items, limit) {
  if (items.length <= limit) return items;
  return Array.from({ length: limit }, (_, i) => /** @type {T} */ (items[Math.floor((i * items.length) / limit)]));
}

/**
 * Scores what the work file does not have yet. Views are drawn and copied by the library's own functions, and the first image of a
 * run is also scored with `views`, which must come to the same.
 *
 * @param {Eliq} eliq @param {string} folder @param {string[]} paths @param {string} work
 * @returns {Promise<ViewedImage[]>}
 */
async function view(eliq, folder, paths, work) {
  const { file, images } = await openWork(work, eliq.model);
  const missing = paths.filter((path) => !images.has(relative(folder, path)));
  const reporter = createPhaseReporter({ views: "Scoring views" });
  try {
    let done = paths.length - missing.length;
    reporter.report({ phase: "views", done, total: paths.length });
    const attempt = (/** @type {string} */ path) =>
      viewImage(eliq, path).catch((/** @type {Error} */ error) => ({ path, error }));
    for await (const image of mapOrdered(missing, 3, attempt)) {
      if ("error" in image) {
        console.error(`${image.path} is left out: ${image.error.message}`);
        continue;
      }
      if (image.path === missing[0]) await compareWithLibrary(eliq, image);
      const line = { ...image, path: relative(folder, image.path) };
      images.set(line.path, line);
      await file.append(line);
      reporter.report({ phase: "views", done: ++done, total: paths.length });
    }
  } finally {
    reporter.finish();
    await file.close();
  }
  return paths.flatMap((path) => images.get(relative(folder, path)) ?? []);
}

/** @param {string} path @param {string} model */
async function openWork(path, model) {
  /** @type {Map<string, ViewedImage>} */
  const images = new Map();
  const lines = /** @type {any[]} */ ([]);
  await mkdir(dirname(path), { recursive: true });
  const file = await LineFile.open(path, (line) => lines.push(JSON.parse(line)));
  const header = { model, views: VIEWS };
  if (lines.length === 0) await file.append(header);
  else if (JSON.stringify(lines[0]) !== JSON.stringify(header))
    throw new Error(`${path} is of another model or number of views; remove it, or name another file with --work.`);
  for (const image of lines.slice(1)) images.set(image.path, image);
  return { file, images };
}

/** @param {Eliq} eliq @param {string} path @returns {Promise<ViewedImage>} */
async function viewImage(eliq, path) {
  const image = await decodeImage(path, path, defaultMaxPixels);
  const room = new Uint8Array(image.data.length);
  /** @type {Raw[]} */
  const views = [];
  const plain = await rawOf(eliq, image);
  for (const view of drawViews(image, VIEWS)) views.push(await rawOf(eliq, await copyView(image, view, room)));
  return { path, plain, views };
}

/** @param {Eliq} eliq @param {import("../dist/images/pixels.js").RgbImage} image @returns {Promise<Raw>} */
async function rawOf(eliq, image) {
  const { raw } = await eliq.score({ ...image, channels: 3 });
  return [raw.quality, raw.technical, raw.aesthetic];
}

/** @param {Eliq} eliq @param {ViewedImage} image */
async function compareWithLibrary(eliq, { path, views }) {
  const { raw, uncertainty } = await eliq.score(path, { views: SAMPLED });
  for (const [i, aspect] of ASPECTS.entries()) {
    const own = meanOf(views.slice(0, SAMPLED).map((view) => Number(view[i])));
    if (own.mean !== raw[aspect] || own.standardError !== uncertainty?.standardError[aspect])
      throw new Error(`The views of ${path} are not those that the library scored: the benchmark is wrong.`);
  }
}

/** @param {ViewedImage[]} images @param {string} model @param {{ data: string, out?: string | undefined }} options */
async function report(images, model, { data, out }) {
  const found = ASPECTS.map((aspect, i) => {
    const views = images.map((image) => image.views.map((view) => Number(view[i])));
    return {
      aspect,
      ...coverage(
        views,
        images.map(({ plain }) => Number(plain[i])),
      ),
    };
  });
  const tables = [coverageTable(found, images.length), viewTable(found)];
  for (const table of tables) console.log(`${formatTable(table)}\n`);
  console.log(`${images.length} images of ${data}, ${model}`);
  const passed = found.every(({ all }) => all.value >= 0.6 && all.value <= 0.76);
  if (!passed) process.exitCode = 1;
  if (!out) return;
  const file = { format: "eliq-uncertainty", formatVersion: 1, model, images: images.length, views: VIEWS };
  await writeFile(out, `${JSON.stringify({ ...file, passed, aspects: found, tables }, null, 1)}\n`);
  console.log(`Written to ${out}`);
}

/** @param {(Coverage & { aspect: string })[]} found @param {number} images @returns {FigureTable} */
function coverageTable(found, images) {
  const normal = normalCoverage(VIEWS);
  return {
    title: `Coverage of the nominal 68 % interval from ${SAMPLED} views`,
    protocol: `Share of ${images} images in which it holds the mean of ${VIEWS} views, the ${SAMPLED} among them, and of the other ${VIEWS - SAMPLED}; 95 % Wilson intervals. "Any four": the former, with ${SAMPLED} random ones of the ${VIEWS} in place of the first; mean over many choices. "If normal": what views that are normal would give. SRCC: of the standard error and the distance of the means.`,
    columns: ["score", `mean of ${VIEWS}`, `mean of the other ${VIEWS - SAMPLED}`, "any four", "SRCC"],
    rows: [
      ...found.map(({ aspect, all, others, anyFour, errorSrcc }) => [
        aspect,
        withInterval(all),
        withInterval(others),
        decimal(anyFour),
        decimal(errorSrcc),
      ]),
      ["if normal", decimal(normal.all), decimal(normal.others), decimal(normal.all), "-"],
    ],
  };
}

/** @param {(Coverage & { aspect: string })[]} found @returns {FigureTable} */
function viewTable(found) {
  return {
    title: "Views beside the image as it is",
    protocol: `In deviations of the raw score between images. "Between views": deviation, median over images. "Shift": mean of ${VIEWS} views less the plain score, mean over images. SRCC: of these two, over images.`,
    columns: ["score", "between views", "shift", "SRCC"],
    rows: found.map(({ aspect, viewDeviation, shift, plainSrcc }) => [
      aspect,
      decimal(viewDeviation),
      decimal(shift),
      decimal(plainSrcc),
    ]),
  };
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
