// @ts-check
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import t from "tap";
import { luma } from "../../dist/pairs/kernels/planes.js";
import { gridPhase, quantisation } from "../../dist/pairs/positives/compression-measures.js";
import { differenceHash, hammingDistance, NearDuplicates } from "../../dist/pairs/positives/near-duplicates.js";
import { defaultThresholds, inspectPositive, inspectRaster, readNative } from "../../dist/pairs/positives/sanity.js";
import { noiseDeviation, sharpness } from "../../dist/pairs/positives/sanity-measures.js";
import { Random } from "../../dist/pairs/random.js";
import { readRaster } from "../../dist/pairs/raster.js";

/** @typedef {import("../../dist/pairs/raster.js").Raster} Raster */

const images = fileURLToPath(new URL("../fixtures/pairs/images/", import.meta.url));
const names = (await readdir(images)).sort();
const scratch = await mkdtemp(join(tmpdir(), "eliq-sanity-"));
t.teardown(() => rm(scratch, { recursive: true, force: true }));

/** @param {Raster} raster */
const pixels = ({ data, width, height }) => sharp(data, { raw: { width, height, channels: 3 } });

/** The reasons found in a picture's file. @param {Buffer} bytes */
async function reasons(bytes) {
  const path = join(scratch, "picture");
  await writeFile(path, bytes);
  return (await inspectPositive(path)).findings.map(({ reason }) => reason);
}

/** @param {Raster} raster @param {number} factor */
async function enlarged({ data, width, height }, factor) {
  const small = { width: Math.round(width / factor), height: Math.round(height / factor) };
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ ...small, fit: "fill" })
    .png()
    .toBuffer();
  return sharp(bytes).resize({ width, height, fit: "fill", kernel: "cubic" }).png().toBuffer();
}

/** @param {Raster} raster @param {number} sigma */
function noisy(raster, sigma) {
  const random = new Random("noise");
  const data = raster.data.map((value) => Math.max(0, Math.min(255, Math.round(value + sigma * random.normal()))));
  return { ...raster, data };
}

/** Damage with the reason that it must be found for. @type {Record<string, [import("../../dist/pairs/positives/sanity.js").FindingReason, (raster: Raster) => Promise<Buffer>]>} */
const damages = {
  "JPEG quality 20": ["compressed", (raster) => pixels(raster).jpeg({ quality: 20 }).toBuffer()],
  "JPEG quality 10": ["compressed", (raster) => pixels(raster).jpeg({ quality: 10 }).toBuffer()],
  "JPEG quality 15 saved again": [
    "compressed",
    async (raster) =>
      sharp(await pixels(raster).jpeg({ quality: 15 }).toBuffer())
        .jpeg({ quality: 92 })
        .toBuffer(),
  ],
  "JPEG quality 15 cropped": [
    "compressed",
    async (raster) =>
      sharp(await pixels(raster).jpeg({ quality: 15 }).toBuffer())
        .extract({ left: 3, top: 5, width: raster.width - 3, height: raster.height - 5 })
        .png()
        .toBuffer(),
  ],
  "blur of 2 px": ["blurred", (raster) => pixels(raster).blur(2).png().toBuffer()],
  "blur of 3 px": ["blurred", (raster) => pixels(raster).blur(3).png().toBuffer()],
  "blur of 3 px as JPEG": ["blurred", (raster) => pixels(raster).blur(3).jpeg({ quality: 80 }).toBuffer()],
  "enlarged three times": ["blurred", (raster) => enlarged(raster, 3)],
  "noise of 25": ["noisy", (raster) => pixels(noisy(raster, 25)).png().toBuffer()],
  greyscale: ["monochrome", (raster) => pixels(raster).modulate({ saturation: 0 }).jpeg({ quality: 80 }).toBuffer()],
  "almost one value": ["flat", (raster) => pixels(raster).linear(0.05, 120).png().toBuffer()],
  bars: ["bars", (raster) => pixels(raster).extend({ top: 30, bottom: 30, background: "#000000" }).png().toBuffer()],
};

t.test("good pictures pass, also as ordinary JPEG and WebP", async (t) => {
  for (const name of names) {
    t.same((await inspectPositive(join(images, name))).findings, [], name);
    const raster = await readRaster(join(images, name), 512 * 512);
    for (const quality of [90, 75, 50])
      t.same(await reasons(await pixels(raster).jpeg({ quality }).toBuffer()), [], `${name}, JPEG ${quality}`);
    t.same(await reasons(await pixels(raster).webp({ quality: 75 }).toBuffer()), [], `${name}, WebP`);
  }
});

t.test("damaged pictures are found", async (t) => {
  for (const [damage, [reason, apply]] of Object.entries(damages)) {
    let found = 0;
    for (const name of names)
      if ((await reasons(await apply(await readRaster(join(images, name), 512 * 512)))).includes(reason)) found++;
    t.ok(found >= names.length - 1, `${damage}: ${reason} in ${found} of ${names.length}`);
  }
});

t.test("a shallow depth of field passes", async (t) => {
  const raster = await readRaster(join(images, "01-astronaut.webp"), 512 * 512);
  const { width, height } = raster;
  const side = 150;
  const inFocus = await pixels(raster).extract({ left: 150, top: 100, width: side, height: side }).png().toBuffer();
  const soft = await pixels(raster)
    .blur(6)
    .composite([{ input: inFocus, left: 150, top: 100 }])
    .png()
    .toBuffer();
  t.ok((side * side) / (width * height) < 0.11, "only a tenth of it is in focus");
  t.same(await reasons(soft), []);
});

t.test("shape, content and files", async (t) => {
  const raster = await readRaster(join(images, "03-coffee.webp"), 512 * 512);
  t.same(await reasons(await pixels(raster).extract({ left: 0, top: 0, width: 400, height: 255 }).png().toBuffer()), [
    "tiny",
  ]);
  t.same(await reasons(await pixels(raster).resize(1024, 300, { fit: "cover" }).sharpen().png().toBuffer()), [
    "aspect",
  ]);
  const grey = sharp({ create: { width: 400, height: 400, channels: 3, background: "#667788" } });
  t.ok((await reasons(await grey.png().toBuffer())).includes("flat"));
  const bytes = await readFile(join(images, "03-coffee.webp"));
  t.same(await reasons(bytes.subarray(0, bytes.length / 2)), ["unreadable"]);
  t.same(await reasons(Buffer.from("no picture")), ["unreadable"]);
  const missing = await inspectPositive(join(scratch, "missing.png"));
  t.match(missing, { hash: 0n, findings: [{ reason: "unreadable", message: /missing\.png/ }] });
});

t.test("findings carry a value and a sentence, and thresholds can be changed", async (t) => {
  const raster = await readRaster(join(images, "02-cat.webp"), 512 * 512);
  const size = { width: raster.width, height: raster.height };
  const strict = { ...defaultThresholds, shortSide: 2000, sharpness: 9, colourSpread: 256, detail: 0 };
  const { findings } = await inspectRaster(raster, size, { thresholds: strict });
  t.same(findings.map(({ reason }) => reason).sort(), ["blurred", "monochrome", "tiny"]);
  for (const { value, message } of findings) t.ok(Number.isFinite(value) && /^[A-Z].*\.$/.test(message), message);
  t.equal(findings.find(({ reason }) => reason === "tiny")?.value, Math.min(size.width, size.height));
});

t.test("compression is judged on the file's own pixels, after reduction too", async (t) => {
  const raster = await readRaster(join(images, "01-astronaut.webp"), 512 * 512);
  const path = join(scratch, "coarse.jpg");
  await pixels(raster).jpeg({ quality: 15 }).toFile(path);
  const reduced = await readRaster(path, 300 * 300);
  const size = { width: raster.width, height: raster.height };
  t.same((await inspectRaster(reduced, size)).findings, [], "the reduced picture alone does not show it");
  const { findings } = await inspectRaster(reduced, size, { native: await readNative(path) });
  t.match(findings, [{ reason: "compressed", message: /quality 1[3-7],/ }]);
});

t.test("measures", async (t) => {
  const raster = await readRaster(join(images, "01-astronaut.webp"), 512 * 512);
  /** @param {Raster} picture */
  const plane = (picture) => ({ values: luma(picture), width: picture.width, height: picture.height });
  t.test("noise is estimated", async (t) => {
    const flat = { data: new Uint8Array(3 * 256 * 256).fill(128), width: 256, height: 256 };
    for (const sigma of [5, 10, 20]) {
      // Luma of independent channels: sqrt(.299^2 + .587^2 + .114^2) of theirs; the quietest tenth lies a little below.
      const ratio = noiseDeviation(plane(noisy(flat, sigma))) / (0.6686 * sigma);
      t.ok(ratio > 0.75 && ratio < 1.05, `sigma ${sigma}: ${ratio.toFixed(2)} of it`);
    }
    t.equal(noiseDeviation(plane(flat)), 0);
  });
  t.test("sharpness falls with blur, and a step is known", async (t) => {
    const step = { data: new Uint8Array(3 * 256 * 256), width: 256, height: 256 };
    for (let i = 0; i < step.data.length; i++) step.data[i] = Math.floor(i / 3) % 256 < 120 ? 40 : 200;
    t.ok(Math.abs(Number(sharpness(plane(step)).ratio) - 0.5) < 0.02, "a step has 1/2");
    let before = Number(sharpness(plane(raster)).ratio);
    for (const sigma of [0.8, 1.2, 2, 3]) {
      const { data, info } = await pixels(raster).blur(sigma).raw().toBuffer({ resolveWithObject: true });
      const ratio = Number(sharpness(plane({ data, width: info.width, height: info.height })).ratio);
      t.ok(ratio < before, `${sigma} px: ${ratio.toFixed(3)}`);
      before = ratio;
    }
  });
  t.test("the quantiser's step and the grid's phase are recovered", async (t) => {
    for (const quality of [20, 15, 10, 8]) {
      const { data, info } = await sharp(await pixels(raster).jpeg({ quality }).toBuffer())
        .raw()
        .toBuffer({ resolveWithObject: true });
      const picture = plane({ data, width: info.width, height: info.height });
      const factor = quantisation(picture, 2);
      t.ok(Math.abs(factor / (50 / quality) - 1) < 0.12, `quality ${quality}: factor ${factor.toFixed(2)}`);
      t.same(gridPhase(picture), { left: 0, top: 0 });
    }
    const coarse = await pixels(raster).jpeg({ quality: 15 }).toBuffer();
    const area = { left: 3, top: 6, width: 400, height: 400 };
    const { data } = await sharp(coarse).extract(area).raw().toBuffer({ resolveWithObject: true });
    t.same(gridPhase(plane({ data, width: 400, height: 400 })), { left: 5, top: 2 });
    t.equal(quantisation(plane(raster), 2), 0, "nothing where nothing was quantised");
  });
});

t.test("a difference hash survives what does not change the picture", async (t) => {
  /** @param {Buffer} bytes */
  const hashOf = async (bytes) => {
    const { data, info } = await sharp(bytes)
      .removeAlpha()
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    return differenceHash(luma({ data, width: info.width, height: info.height }), info.width, info.height);
  };
  /** @type {bigint[]} */
  const hashes = [];
  for (const name of names) {
    const raster = await readRaster(join(images, name), 512 * 512);
    const original = differenceHash(luma(raster), raster.width, raster.height);
    hashes.push(original);
    const half = { width: raster.width >> 1, height: raster.height >> 1 };
    /** @type {[string, Buffer][]} */
    const copies = [
      ["JPEG", await pixels(raster).jpeg({ quality: 30 }).toBuffer()],
      [
        "half",
        await pixels(raster)
          .resize({ ...half, fit: "fill" })
          .png()
          .toBuffer(),
      ],
      ["paler", await pixels(raster).linear(0.9, 12).png().toBuffer()],
    ];
    for (const [copy, bytes] of copies) t.ok(hammingDistance(original, await hashOf(bytes)) <= 3, `${name}: ${copy}`);
    t.ok(
      hammingDistance(original, await hashOf(await pixels(raster).flop().png().toBuffer())) > 10,
      `${name}: mirrored`,
    );
  }
  for (const [i, a] of hashes.entries()) for (const b of hashes.slice(0, i)) t.ok(hammingDistance(a, b) > 5);
});

t.test("a difference hash is as defined", async (t) => {
  const rising = new Float32Array(9 * 8).map((_, i) => i % 9);
  t.equal(differenceHash(rising, 9, 8), 0xffffffffffffffffn);
  t.equal(
    differenceHash(
      rising.map((value) => -value),
      9,
      8,
    ),
    0n,
  );
  const one = new Float32Array(9 * 8);
  one[9 * 7 + 8] = 1;
  t.equal(differenceHash(one, 9, 8), 1n << 63n, "row 7, column 7");
  one.fill(0)[9 * 4 + 1] = 1;
  t.equal(differenceHash(one, 9, 8), 1n << 32n, "row 4, column 0");
  t.equal(differenceHash(new Float32Array([5]), 1, 1), 0n);
  t.equal(hammingDistance(0xf000000000000001n, 0x0000000080000000n), 6);
});

t.test("the index finds what a search of everything finds", async (t) => {
  for (const radius of [0, 2, 3, 5, 8, 11]) {
    const random = new Random("hashes", radius);
    const index = new NearDuplicates(radius);
    /** @type {bigint[]} */
    const all = [];
    let found = 0;
    for (let i = 0; i < 3000; i++) {
      let hash = (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
      // Two thirds lie near an earlier one, at distances around the radius.
      if (i > 0 && i % 3 !== 0) {
        hash = /** @type {bigint} */ (all[random.integer(all.length)]);
        for (let flips = random.integer(radius + 4); flips > 0; flips--) hash ^= 1n << BigInt(random.integer(64));
      }
      const distances = all.map((other) => hammingDistance(hash, other));
      const least = Math.min(...distances);
      const expected = least <= radius ? distances.indexOf(least) : undefined;
      if (index.find(hash) !== expected) t.fail(`radius ${radius}, entry ${i}`);
      if (expected !== undefined) found++;
      if (i % 50 === 0)
        t.same(
          index.all(hash),
          all.flatMap((_, at) => (Number(distances[at]) <= radius ? [at] : [])),
        );
      if (index.add(hash) !== i) t.fail(`entry ${i}`);
      all.push(hash);
    }
    t.ok(found > 300 && found < 2800, `${found} of them had a neighbour`);
    t.equal(index.size, 3000);
  }
  t.throws(() => new NearDuplicates(12), { code: "ERR_INVALID_ARGUMENT" });
  t.throws(() => new NearDuplicates(1.5), { code: "ERR_INVALID_ARGUMENT" });
});
