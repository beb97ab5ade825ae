// @ts-check
// Images that are kept for evaluation are known by their content.
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import t from "tap";
import { hashFile } from "../../dist/files/hashes.js";
import { buildPairs } from "../../dist/pairs/build/build.js";
import { defaultBuildOptions } from "../../dist/pairs/build/options.js";
import { readRaster } from "../../dist/pairs/raster.js";
import { contentOf } from "../../dist/pairs/sources/content.js";
import { EvaluationCopies, shippedEvaluationCopies } from "../../dist/pairs/sources/evaluation-copies.js";
import { planFromList } from "../../dist/training/list-images.js";
import { defaultTrainOptions } from "../../dist/training/options.js";
import { fillPool } from "../../dist/training/pool.js";
import { fixturePictures } from "../support/sources.js";

/** @param {string} path */
const content = async (path) => contentOf(await hashFile(path), await readRaster(path, 512 * 512));

t.test("the same bytes, another encoding and another size are found; other pictures are not", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-copies-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const [first = "", second = "", ...others] = await fixturePictures();
  const known = new EvaluationCopies([await content(first), await content(second)]);
  t.equal(known.size, 2);
  t.ok(known.has(await content(first)));
  t.ok(known.has({ sha256: await hashFile(second), hash: "0f".repeat(16) }), "by its bytes alone");
  for (const path of others) t.notOk(known.has(await content(path)), path);
  const blank = new EvaluationCopies([{ sha256: "0".repeat(64), hash: "0".repeat(32) }]);
  t.notOk(
    blank.has({ sha256: "1".repeat(64), hash: `01${"0".repeat(30)}` }),
    "a blank picture is not known by its looks",
  );
  const { width = 0 } = await sharp(first).metadata();
  for (const [name, image] of Object.entries({
    "jpeg.jpg": sharp(first).jpeg({ quality: 80 }),
    "half.webp": sharp(first)
      .resize(Math.round(width / 2))
      .webp({ quality: 80 }),
    "twice.png": sharp(first).resize(2 * width),
  })) {
    await image.toFile(join(folder, name));
    t.ok(known.has(await content(join(folder, name))), name);
  }
});

t.test("the shipped list: whole, and none of the fixtures is on it", async (t) => {
  t.equal(shippedEvaluationCopies().size, 1492);
  for (const path of await fixturePictures()) t.notOk(shippedEvaluationCopies().has(await content(path)), path);
});

const evaluation = join(
  process.env.ELIQ_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url)),
  "agiqa-3k-dev",
  "images",
);

t.test(
  "a renamed, smaller image of AGIQA-3K ends a build and a training",
  { skip: !existsSync(evaluation) && "no data" },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "eliq-copies-"));
    t.teardown(() => rm(folder, { recursive: true }));
    const name = String(readdirSync(evaluation)[700]);
    await sharp(join(evaluation, name)).resize(300).jpeg({ quality: 85 }).toFile(join(folder, "holiday.jpg"));
    await writeFile(join(folder, "manifest.jsonl"), `${JSON.stringify({ path: "holiday.jpg" })}\n`);
    const options = { ...defaultBuildOptions, data: folder, out: join(folder, "pairs"), workers: 1 };
    await t.rejects(buildPairs(options), { code: "ERR_INVALID_ARGUMENT", message: /holiday\.jpg.*AGIQA-3K/ });
    await t.rejects(buildPairs({ ...options, out: join(folder, "unfiltered"), filter: false }), {
      code: "ERR_INVALID_ARGUMENT",
      message: /AGIQA-3K/,
    });
    const plan = {
      ...defaultTrainOptions,
      data: folder,
      heldOut: 0,
      families: ["gaussian-blur"],
      severities: [[0.1, 0.5]],
    };
    const { planned } = await planFromList(/** @type {any} */ (plan), 256 * 256);
    const trainer = /** @type {any} */ ({ cached: 0, add: () => t.fail("no sample of it may reach the trainer") });
    await t.rejects(fillPool(trainer, planned, { key: "" }), { code: "ERR_INVALID_ARGUMENT", message: /AGIQA-3K/ });
  },
);
