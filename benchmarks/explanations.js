// @ts-check
// Whether the maps mean something: damage one quadrant of a picture, and see where a map changes, in the trained model and in models
// whose weights mean nothing.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Eliq } from "eliq";
import { createProgress } from "../dist/cli/progress.js";
import { formatTable } from "../dist/cli/text-table.js";
import { defaultModelDirectory } from "../dist/models/directory.js";
import { Random } from "../dist/pairs/random.js";
import { dataDirectory } from "./support/paths.js";
import { decodeRgb } from "./support/pixels.js";
import { changeIn, EDITS, quadrantOf } from "./support/quadrants.js";
import { writeRandomModel } from "./support/random-model.js";

const usage = `Whether the maps of \`eliq explain\` mean something.

  node benchmarks/explanations.js [options]

One quadrant of each image, drawn at random, is blurred, scrambled, or mirrored (which harms nothing). Shares are counted in two ways:
by the absolute change, and by the fall, which is negative where the map rises. A map passes an image when its quadrant has 1.5 times
its share of the area.

  --data DIR     folder of images that the model was not trained on (default: agiqa-3k-dev/images under ELIQ_DATA or ../shared/data)
  --model DIR    model directory (default: the shipped model)
  --images N     images, evenly spread over the folder (default: 100)
  --seeds N      random models of each kind (default: 3)
  --out FILE     also write everything as JSON

Fails unless some map of the trained model falls where the damage is, and that of no random model does.`;

/** 1.5 times the share of the area of a quadrant. */
const wanted = 0.375;
/** A map must pass in this share of the images. */
const enough = 0.8;
/** Images that the statistics of a random tower are standardised on. */
const poolSize = 32;

/**
 * @typedef {import("./support/quadrants.js").Pixels} Pixels
 * @typedef {import("./support/quadrants.js").Change} Change
 * @typedef {import("eliq").Explanation} Explanation
 * @typedef {keyof typeof EDITS} Edit
 *
 * @typedef {object} Measured
 * @property {string} model
 * @property {string} map
 * @property {Edit} edit
 * @property {Change} change
 */

const edits = /** @type {Edit[]} */ (Object.keys(EDITS));
/** What the two ways of counting are called. */
const wayTitles = /** @type {const} */ ({ share: "absolute change", fall: "fall" });

async function main() {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: join(dataDirectory, "agiqa-3k-dev", "images") },
      model: { type: "string", default: defaultModelDirectory },
      images: { type: "string", default: "100" },
      seeds: { type: "string", default: "3" },
      out: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(usage);
  const [count, seeds] = [values.images, values.seeds].map(Number);
  if (!(Number.isInteger(count) && Number(count) > 0 && Number.isInteger(seeds) && Number(seeds) > 0))
    throw new Error("--images and --seeds take whole numbers above 0.");
  const images = await readImages(values.data, Number(count));
  const folder = await mkdtemp(join(tmpdir(), "eliq-explanations-"));
  try {
    const models = [["trained", values.model], ...(await randomModels(folder, values.model, Number(seeds), images))];
    /** @type {Measured[]} */
    const measured = [];
    for (const [name = "", directory] of models) measured.push(...(await measure(name, directory, images)));
    await report(measured, images.length, values.out);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {string} folder @param {number} count @returns {Promise<Pixels[]>} */
async function readImages(folder, count) {
  const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
  const chosen = Array.from({ length: Math.min(count, names.length) }, (_, i, all = names.length) =>
    String(names[Math.floor(((i + 0.5) * all) / Math.min(count, all))]),
  );
  return Promise.all(chosen.map((name) => decodeRgb(join(folder, name))));
}

/** @param {string} folder @param {string} model @param {number} seeds @param {Pixels[]} images @returns {Promise<string[][]>} */
async function randomModels(folder, model, seeds, images) {
  const models = [];
  for (const tower of [false, true])
    for (let seed = 1; seed <= seeds; seed++) {
      const name = `${tower ? "all" : "end"} ${seed}`;
      const directory = join(folder, name.replace(" ", "-"));
      await writeRandomModel(model, directory, { seed, tower, pool: images.slice(0, poolSize) });
      models.push([name, directory]);
    }
  return models;
}

/** @param {string} model @param {string | undefined} directory @param {Pixels[]} images @returns {Promise<Measured[]>} */
async function measure(model, directory, images) {
  const eliq = await Eliq.load({ model: directory, device: "cpu" });
  const progress = createProgress({ label: `Looking with ${model}`, total: images.length });
  const explain = (/** @type {Pixels} */ { data, width, height }) => eliq.explain({ data, width, height, channels: 3 });
  /** @type {Measured[]} */
  const measured = [];
  for (const [i, image] of images.entries()) {
    const random = new Random("explanations", i);
    const box = quadrantOf(image, random.integer(4));
    const edited = await Promise.all(edits.map(async (edit) => EDITS[edit](image, box, random)));
    const [before, ...after] = await Promise.all([image, ...edited].map(async (one) => mapsOf(await explain(one))));
    edits.forEach((edit, e) => {
      for (const [map, values] of before ?? []) {
        const moved = /** @type {import("eliq").HeatMap} */ (after[e]?.get(map));
        measured.push({ model, map, edit, change: changeIn(values, moved, box, image) });
      }
    });
    progress.update(i + 1);
  }
  progress.finish();
  await eliq.dispose();
  return measured;
}

/** Every map by its name. @param {Explanation} explanation @returns {Map<string, import("eliq").HeatMap>} */
function mapsOf({ localQuality, attention, queries, levels }) {
  return new Map([
    ["local quality", localQuality],
    ["attention", attention],
    ...queries.map((map, i) => /** @type {const} */ ([`query.${i + 1}`, map])),
    ...levels.map(({ name, gate }) => /** @type {const} */ ([`gate ${name}`, gate])),
    ...levels.map((level) => /** @type {const} */ ([`gate x attention ${level.name}`, level.attention])),
  ]);
}

/** @param {Measured[]} measured @param {number} images @param {string | undefined} out */
async function report(measured, images, out) {
  const models = [...new Set(measured.map(({ model }) => model))];
  const maps = [...new Set(measured.map(({ map }) => map))];
  const passes = (
    /** @type {string} */ model,
    /** @type {string} */ map,
    /** @type {Edit} */ edit,
    /** @type {keyof Change} */ way,
  ) => {
    const own = measured.filter((one) => one.model === model && one.map === map && one.edit === edit);
    return own.filter(({ change }) => change[way] >= wanted).length / own.length;
  };
  const tables = Object.entries(wayTitles).flatMap(([way, title]) =>
    edits.map((edit) => ({
      title: `Share of ${images} images in which the ${title} of a map is where the ${edit} is`,
      protocol: `At least ${wanted} of it in the edited quadrant. end: fusion, queries and heads shuffled; all: the tower drawn anew too.`,
      columns: ["map", ...models],
      rows: maps.map((map) => [
        map,
        ...models.map((model) => passes(model, map, edit, /** @type {keyof Change} */ (way)).toFixed(2)),
      ]),
    })),
  );
  for (const table of tables) console.log(formatTable(table));
  const verdicts = judge(models, maps, passes);
  for (const { way, against, maps } of verdicts) {
    console.log(`${way}, against ${against}: ${maps.length > 0 ? maps.join(", ") : "no map"}`);
  }
  if (out) await writeFile(out, `${JSON.stringify({ images, wanted, enough, verdicts, tables, measured }, null, 1)}\n`);
  const falls = verdicts.filter(({ way }) => way === wayTitles.fall);
  if (!maps.some((map) => falls.every((verdict) => verdict.maps.includes(map)))) process.exitCode = 1;
}

/** What the kinds of random models are called. */
const kinds = /** @type {const} */ ({ end: "a random end on the trained tower", all: "weights that are all random" });

/**
 * Maps with which the trained model passes in enough of the images under blur and under scramble, and no random model of a kind does. Each
 * damage must show: a map that moves under one alone may follow a texture.
 *
 * @param {string[]} models the trained one first @param {string[]} maps
 * @param {(model: string, map: string, edit: Edit, way: keyof Change) => number} passes share of the images
 */
function judge(models, maps, passes) {
  const ways = /** @type {(keyof Change)[]} */ (Object.keys(wayTitles));
  return ways.flatMap((way) =>
    Object.entries(kinds).map(([kind, against]) => ({
      way: wayTitles[way],
      against,
      maps: maps.filter((map) => {
        const [trained = 0, ...others] = models
          .filter((model, i) => i === 0 || model.startsWith(kind))
          .map((model) => Math.min(passes(model, map, "blur", way), passes(model, map, "scramble", way)));
        return trained >= enough && others.every((share) => share < enough);
      }),
    })),
  );
}

await main();
