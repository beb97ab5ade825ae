// @ts-check
// What a file gives away without being looked at: the hard facts, on the twelve pictures. benchmarks/pairs-shortcuts.js measures
// how well that orders the pairs of every family.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import t from "tap";
import { FIXTURES, partnerOf, readFixtures, renderChain } from "../../benchmarks/support/family-rules.js";
import { fitLogistic, probe, wilson } from "../../benchmarks/support/linear-probe.js";
import { CONTROLS, pairsOfPicture } from "../../benchmarks/support/shortcut-pairs.js";
import {
  blockiness,
  fileTraces,
  quantisation,
  TRACES,
  WHOLE_RATIO,
  wholeRatio,
} from "../../benchmarks/support/traces.js";
import { families } from "../../dist/pairs/degradations/index.js";
import { prepare, preparedSize, readSize } from "../../dist/pairs/preparation.js";
import { Random } from "../../dist/pairs/random.js";
import { encode, throughJpeg } from "../../dist/pairs/raster.js";

/** @typedef {import("../../dist/pairs/raster.js").Raster} Raster */

const pictures = await readFixtures(160 * 160);

t.test("files of one picture's pairs tell nothing by size, dimensions or tables", async (t) => {
  const lossless = /** @type {const} */ ({ format: "lossless" });
  for (const [index, picture] of pictures.entries()) {
    const clean = await fileTraces(await encode(picture.raster, lossless));
    // A few families per picture, so that each is seen once or more.
    for (const family of families.filter((_, i) => i % pictures.length === index)) {
      for (const { degraded } of await renderChain(family, picture, partnerOf(pictures, index))) {
        const traces = await fileTraces(await encode(degraded, lossless));
        t.same(traces.slice(0, 5), clean.slice(0, 5), `${family.name} on ${picture.name}`);
        t.same(traces.slice(3, 5), [0, 0], "no JPEG tables");
      }
    }
  }
});

t.test("the lossless file is the picture", async (t) => {
  const { raster } = /** @type {(typeof pictures)[0]} */ (pictures[3]);
  const file = await encode(raster, { format: "lossless" });
  t.equal((await sharp(file).metadata()).format, "png");
  t.ok((await sharp(file).raw().toBuffer()).equals(Buffer.from(raster.data)));
});

t.test("the probe finds a shortcut where there is one, and none where there is none", async (t) => {
  const pairs = await Promise.all(
    pictures.map(({ name }, i) =>
      pairsOfPicture(join(FIXTURES, `${name}.webp`), i, join(FIXTURES, `${pictures[0]?.name}.webp`), {
        maxPixels: 320 * 320,
        encoding: "lossless",
        families: [],
      }),
    ),
  );
  /** @param {string} wanted */
  const result = (wanted) => probe(pairs.flat().flatMap(({ kind, pair }) => (kind === wanted ? [pair] : [])));
  t.ok(result(CONTROLS.quality).share > 0.9, `another quality: ${result(CONTROLS.quality).share}`);
  t.ok(result(CONTROLS.generation).share > 0.9, `a JPEG before: ${result(CONTROLS.generation).share}`);
  const { share, low, high } = result(CONTROLS.turned);
  t.ok(low <= 0.5 && high >= 0.5, `turned: ${share}`);
});

t.test("the probe", async (t) => {
  const random = new Random("probe");
  /** @param {number} shift */
  const pairs = (shift) =>
    Array.from({ length: 2000 }, (_, i) => ({
      difference: [random.normal() + shift, 1000 * random.normal(), 0],
      group: i % 100,
    }));
  const none = probe(pairs(0));
  t.ok(Math.abs(none.share - 0.5) < 0.04, `${none.share}`);
  // A shift of one standard deviation is ordered with probability Phi(1).
  t.ok(Math.abs(probe(pairs(1)).share - 0.8413) < 0.03);
  t.ok(Math.abs(probe(pairs(-1)).share - 0.8413) < 0.03, "whichever way it goes");
  t.equal(
    probe(Array.from({ length: 50 }, (_, i) => ({ difference: [0, 0], group: i }))).share,
    0.5,
    "ties are halves",
  );

  t.test("its weights are where the penalised likelihood is flat", async (t) => {
    const rows = pairs(0.5).map(({ difference }) => difference.slice(0, 2));
    const scale = [0, 1].map((f) => Math.sqrt(rows.reduce((sum, row) => sum + Number(row[f]) ** 2, 0) / rows.length));
    const weights = fitLogistic(rows);
    for (const f of [0, 1]) {
      const gradient = rows.reduce((sum, row) => {
        const z = row.reduce((total, value, i) => total + value * Number(weights[i]), 0);
        return sum + Number(row[f]) / Number(scale[f]) / (1 + Math.exp(z));
      }, 0);
      t.ok(Math.abs(gradient - Number(weights[f]) * Number(scale[f])) < 1e-6, `feature ${f}`);
    }
  });
  t.test("Wilson's interval", async (t) => {
    // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263.
    const { low, high } = wilson(81, 263);
    t.ok(Math.abs(low - 0.2553) < 1e-4 && Math.abs(high - 0.3662) < 1e-4, `${low} to ${high}`);
  });
});

t.test("blockiness sees a grid of 8 px, and which way its lines run", async (t) => {
  const [width, height] = [120, 96];
  /** @param {number} offset @param {number} period @returns {Raster} */
  const stripes = (offset, period) => {
    const data = new Uint8Array(3 * width * height);
    const random = new Random("stripes");
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        data.fill(
          90 + 30 * (Math.floor((x + offset) / period) % 2) + random.integer(9),
          3 * (y * width + x),
          3 * (y * width + x) + 3,
        );
    return { data, width, height };
  };
  const aligned = blockiness(stripes(0, 8));
  t.ok(aligned.columns > 2, `aligned: ${aligned.columns}`);
  t.ok(Math.abs(aligned.rows) < 0.15, `no rows: ${aligned.rows}`);
  t.ok(blockiness(stripes(3, 8)).columns < -0.3, "off the grid");
  t.ok(Math.abs(blockiness(stripes(0, 7)).columns) < 0.35, "another period");
  const flat = { data: new Uint8Array(3 * 64).fill(7), width: 8, height: 8 };
  t.same(blockiness(flat), { columns: 0, rows: 0 });
  t.same(wholeRatio(flat), { columns: 0, rows: 0 });
});

t.test("JPEG tables", async (t) => {
  const { raster } = /** @type {(typeof pictures)[0]} */ (pictures[0]);
  const at = async (/** @type {number} */ quality) =>
    quantisation(await encode(raster, { format: "jpeg", quality, chromaSubsampling: "4:2:0" }));
  // The example tables of ITU-T T.81, annex K, which quality 50 stands for: their entries sum to 3688 and 5505.
  t.same(await at(50), { luma: 3688 / 64, chroma: 5505 / 64 });
  t.same(await at(100), { luma: 1, chroma: 1 });
  const traces = await fileTraces(await encode(raster, { format: "jpeg", quality: 50, chromaSubsampling: "4:2:0" }));
  t.equal(traces.length, TRACES.length + WHOLE_RATIO.own.length);
  t.ok(
    WHOLE_RATIO.own.every((i) => Number(traces[i]) > 0.02),
    "the cruder blockiness sees the grid as well",
  );
  t.equal(traces[3], 3688 / 64);
});

t.test("preparation", async (t) => {
  t.test("reduces every side by 7 % or more, and to no simple fraction", async (t) => {
    for (const [width, height] of [
      [1024, 1024],
      [768, 512],
      [640, 427],
      [512, 512],
      [4000, 3000],
      [300, 200],
    ]) {
      const size = preparedSize(Number(width), Number(height), 512 * 512);
      for (const [part, whole] of [
        [size.width, width],
        [size.height, height],
      ]) {
        const ratio = Number(part) / Number(whole);
        t.ok(ratio <= 0.93, `${width} x ${height}: ${ratio}`);
        for (let q = 1; q <= 8; q++)
          t.ok(
            Math.abs(ratio * q - Math.round(ratio * q)) >= 0.01,
            `${width} x ${height}: ${ratio} is not near n / ${q}`,
          );
      }
      t.ok(size.width * size.height <= 512 * 512);
      t.ok(size.width * size.height > 0.88 * Math.min(512 * 512, 0.93 ** 2 * Number(width) * Number(height)));
    }
    t.same(preparedSize(17, 200, 512 * 512), { width: 15, height: 186 });
    t.same(preparedSize(1, 1, 100), { width: 1, height: 1 });
    t.same(preparedSize(700, 700, 512 * 512), { width: 512, height: 512 });
  });

  t.test("takes a coder's blocks off the grid", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "eliq-preparation-"));
    t.teardown(() => rm(folder, { recursive: true }));
    const means = { before: 0, after: 0 };
    for (const { name, raster } of await readFixtures(512 * 512)) {
      const coded = await throughJpeg(raster, { quality: 60, chromaSubsampling: "4:2:0" });
      const path = join(folder, `${name}.png`);
      await writeFile(path, await encode(coded, { format: "lossless" }));
      const ready = await prepare(path, 512 * 512);
      for (const [key, picture] of /** @type {const} */ ([
        ["before", coded],
        ["after", ready],
      ])) {
        const { columns, rows } = blockiness(picture);
        means[key] += (columns + rows) / 24;
      }
      t.same(await readSize(path), { width: raster.width, height: raster.height });
    }
    t.ok(means.before > 0.2, `before: ${means.before}`);
    t.ok(Math.abs(means.after) < 0.03, `after: ${means.after}`);
  });

  t.test("names a file that it cannot read", async (t) => {
    await t.rejects(prepare("/nowhere/x.png", 100), { code: "ERR_IMAGE_DECODE", message: /nowhere/ });
    await t.rejects(readSize("/nowhere/x.png"), { code: "ERR_IMAGE_DECODE", message: /nowhere/ });
  });
});
