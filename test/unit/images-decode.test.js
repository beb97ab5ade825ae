// @ts-check
// Whatever an image is encoded as, the same picture gives the same pixels.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import t from "tap";
import { decodeImage } from "../../dist/images/decode.js";
import { toRgb } from "../../dist/images/pixels.js";
import { bomb, noise, plain } from "../support/images.js";

const megapixel = 1024 * 1024;
const colour = [200, 100, 50];
const decode = (/** @type {string | Uint8Array} */ input, maxPixels = 64 * megapixel) =>
  decodeImage(input, "it", maxPixels);

/**
 * All pixels equal `expected` within `tolerance`.
 * @param {import("tap").Test} t @param {{ data: Uint8Array }} image @param {number[]} expected @param {number} [tolerance]
 */
function isPlain(t, image, expected, tolerance = 0) {
  const worst = image.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i % 3] ?? 0))), 0);
  t.ok(
    worst <= tolerance,
    `differs by ${worst} from ${expected}, allowed ${tolerance}; has ${[...image.data.slice(0, 3)]}`,
  );
}

t.test("lossless encodings", async (t) => {
  const image = () => plain(16, 8, colour);
  const encodings = {
    png: image().png(),
    "png, palette": image().png({ palette: true }),
    "png, interlaced": image().png({ progressive: true }),
    "png, 16 bits": image().toColourspace("rgb16").png(),
    webp: image().webp({ lossless: true }),
    gif: image().gif({ colours: 2, dither: 0 }),
    tiff: image().tiff({ compression: "lzw" }),
    "tiff, 16 bits": image().toColourspace("rgb16").tiff(),
    "tiff, tiled": image().tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: "deflate" }),
    avif: image().avif({ lossless: true }),
  };
  for (const [name, pipeline] of Object.entries(encodings)) {
    await t.test(name, async (t) => {
      const decoded = await decode(await pipeline.toBuffer());
      t.match(decoded, { width: 16, height: 8 });
      t.equal(decoded.data.length, 16 * 8 * 3);
      isPlain(t, decoded, colour);
    });
  }
});

t.test("lossy encodings come close", async (t) => {
  isPlain(t, await decode(await plain(32, 32, colour).jpeg({ quality: 100 }).toBuffer()), colour, 2);
  isPlain(t, await decode(await plain(32, 32, colour).jpeg({ progressive: true }).toBuffer()), colour, 4);
  isPlain(t, await decode(await plain(32, 32, colour).webp({ quality: 95 }).toBuffer()), colour, 4);
});

t.test("grey becomes three equal channels", async (t) => {
  const grey = () => plain(16, 16, [120, 120, 120]).greyscale();
  isPlain(t, await decode(await grey().png().toBuffer()), [120, 120, 120]);
  isPlain(t, await decode(await grey().jpeg({ quality: 100 }).toBuffer()), [120, 120, 120], 1);
  isPlain(
    t,
    await decode(await plain(16, 16, [120, 120, 120]).toColourspace("grey16").png().toBuffer()),
    [120, 120, 120],
  );
  isPlain(
    t,
    await decode(await plain(8, 8, [255, 255, 255]).png({ palette: true, colours: 2 }).toBuffer()),
    [255, 255, 255],
  );
});

t.test("alpha is flattened on white", async (t) => {
  const translucent = () => plain(16, 16, [...colour, 128]);
  const expected = colour.map((value) => Math.floor((value * 128 + 255 * 127) / 255));
  isPlain(t, await decode(await translucent().png().toBuffer()), expected);
  isPlain(t, await decode(await translucent().png({ palette: true }).toBuffer()), expected);
  isPlain(t, await decode(await translucent().webp({ lossless: true }).toBuffer()), expected);
  isPlain(t, await decode(await translucent().toColourspace("rgb16").png().toBuffer()), expected);
  isPlain(t, await decode(await plain(4, 4, [9, 9, 9, 0]).png().toBuffer()), [255, 255, 255]);
});

t.test("raw pixels of a file are worth the file", async (t) => {
  const { data } = await noise(31, 17).raw().toBuffer({ resolveWithObject: true });
  const rgba = new Uint8Array(31 * 17 * 4);
  for (let i = 0; i < 31 * 17; i++)
    rgba.set([data[3 * i] ?? 0, data[3 * i + 1] ?? 0, data[3 * i + 2] ?? 0, i % 256], 4 * i);
  const raw = { width: 31, height: 17, channels: /** @type {const} */ (4) };
  const file = await decode(await sharp(rgba, { raw }).png().toBuffer());
  t.same(toRgb({ data: rgba, ...raw }).data, new Uint8Array(file.data));
  const grey = toRgb({ data: Uint8Array.of(3, 250), width: 2, height: 1, channels: 1 });
  t.same([...grey.data], [3, 3, 3, 250, 250, 250]);
});

t.test("EXIF orientations 1 to 8 show one picture", async (t) => {
  // A picture without symmetry, and how each orientation stores it: what undoes the viewer's turn.
  const { data, info } = await noise(24, 16).raw().toBuffer({ resolveWithObject: true });
  const upright = () => sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
  const stored = {
    1: upright(),
    2: upright().flop(),
    3: upright().rotate(180),
    4: upright().flip(),
    5: sharp(await upright().rotate(90).png().toBuffer()).flop(),
    6: upright().rotate(-90),
    7: sharp(await upright().rotate(-90).png().toBuffer()).flop(),
    8: upright().rotate(90),
  };
  for (const [orientation, image] of Object.entries(stored)) {
    const withTag = sharp(await image.png().toBuffer()).withMetadata({ orientation: Number(orientation) });
    const decoded = await decode(await withTag.png().toBuffer());
    t.match(decoded, { width: 24, height: 16 }, `orientation ${orientation}: size`);
    t.ok(Buffer.compare(Buffer.from(decoded.data), data) === 0, `orientation ${orientation}: pixels`);
  }
});

t.test("profiles are converted to sRGB", async (t) => {
  // The sRGB colour (200, 100, 50) has smaller numbers in the wider Display P3: without conversion they would come out.
  for (const [name, space] of /** @type {const} */ ([
    ["8 bits", "srgb"],
    ["16 bits", "rgb16"],
  ])) {
    const p3 = await plain(16, 16, colour).withIccProfile("p3").toColourspace(space).png().toBuffer();
    const stripped = await sharp(p3, { ignoreIcc: true }).toColourspace("srgb").raw().toBuffer();
    t.ok(Math.abs((stripped[0] ?? 0) - 200) > 5, `${name}: the stored numbers are not sRGB's`);
    isPlain(t, await decode(p3), colour, 1);
  }
  const srgb16 = await plain(16, 16, colour).withIccProfile("srgb").toColourspace("rgb16").png().toBuffer();
  isPlain(t, await decode(srgb16), colour, 1);
});

t.test("CMYK becomes sRGB, with and without a profile", async (t) => {
  const cmyk = (/** @type {import("sharp").Sharp} */ image) => image.toColourspace("cmyk");
  const jpeg = { quality: 100, chromaSubsampling: "4:4:4" };
  // The way there and back is lossy: perceptual intent moves greys by up to 17. Inverted inks would be off by more than 100.
  isPlain(
    t,
    await decode(
      await cmyk(plain(16, 16, [120, 120, 120]))
        .jpeg(jpeg)
        .toBuffer(),
    ),
    [120, 120, 120],
    20,
  );
  const profiled = cmyk(plain(16, 16, [120, 120, 120]).withIccProfile("cmyk"));
  isPlain(t, await decode(await profiled.jpeg(jpeg).toBuffer()), [120, 120, 120], 20);
  isPlain(
    t,
    await decode(
      await cmyk(plain(16, 16, colour))
        .tiff()
        .toBuffer(),
    ),
    colour,
    40,
  );
});

t.test("of several frames the first is taken", async (t) => {
  const frames = Buffer.concat([Buffer.alloc(8 * 8 * 3, 10), Buffer.alloc(8 * 8 * 3, 200)]);
  const animation = () => sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } });
  for (const encoded of [await animation().gif().toBuffer(), await animation().webp({ lossless: true }).toBuffer()]) {
    const decoded = await decode(encoded);
    t.match(decoded, { width: 8, height: 8 });
    isPlain(t, decoded, [10, 10, 10]);
  }
});

t.test("unusual sizes", async (t) => {
  t.match(await decode(await plain(1, 1, colour).png().toBuffer()), { width: 1, height: 1 });
  t.match(await decode(await noise(30_000, 200).jpeg().toBuffer()), { width: 30_000, height: 200 });
});

t.test("bad bytes", async (t) => {
  const jpeg = await noise(300, 200).jpeg().toBuffer();
  const png = await noise(300, 200).png().toBuffer();
  const webp = await noise(300, 200).webp().toBuffer();
  const half = (/** @type {Buffer} */ bytes) => bytes.subarray(0, bytes.length >> 1);
  const cases = /** @type {const} */ ([
    ["truncated JPEG", half(jpeg), /cannot be decoded.*(damaged|cut short)/],
    ["JPEG without its last two bytes", jpeg.subarray(0, -2), /cannot be decoded/],
    ["truncated PNG", half(png), /cannot be decoded/],
    ["truncated WebP", half(webp), /cannot be decoded/],
    ["zero bytes", new Uint8Array(), /empty \(0 bytes\)/],
    ["text", Buffer.from("hello there\n"), /looks like text/],
    ["SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /SVG/],
    ["SVG with a declaration", Buffer.from('<?xml version="1.0"?><svg width="9" height="9"/>'), /SVG/],
    ["HTML", Buffer.from("<!DOCTYPE html><title>404</title>"), /HTML/],
    ["PDF", Buffer.from("%PDF-1.7\n"), /PDF/],
    ["HEIC", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0"), /HEIC/],
    ["a JPEG's first bytes and nothing more", Buffer.from([0xff, 0xd8, 0xff]), /cannot be decoded/],
    ["noise", Buffer.from([7, 200, 3, 0, 1, 255]), /not an image/],
  ]);
  for (const [name, bytes, message] of cases) {
    await t.rejects(decode(bytes), { name: "EliqError", code: "ERR_IMAGE_DECODE", message }, name);
  }
});

t.test("more pixels than allowed are refused by the header, before memory rises", async (t) => {
  const png = await bomb(12_000, 12_000);
  t.ok(png.length < 1e6, `a bomb of ${png.length} bytes`);
  const before = process.memoryUsage().rss;
  await t.rejects(decode(png), { code: "ERR_IMAGE_TOO_LARGE", message: /12000 x 12000 = 144000000 pixels.*maxPixels/ });
  t.ok(process.memoryUsage().rss - before < 50e6);
  await t.rejects(decode(await plain(11, 10, colour).png().toBuffer(), 109), { code: "ERR_IMAGE_TOO_LARGE" });
  t.match(await decode(await plain(11, 10, colour).png().toBuffer(), 110), { width: 11 });
});

t.test("files", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "eliq-decode-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const at = (/** @type {string} */ name) => join(folder, name);
  writeFileSync(at("ünï çode [1].png"), await plain(3, 2, colour).png().toBuffer());
  writeFileSync(at("empty.png"), "");
  writeFileSync(at("text.png"), "this is no image");
  mkdirSync(at("folder.png"));
  symlinkSync(at("ünï çode [1].png"), at("link.png"));
  symlinkSync(at("nowhere"), at("dangling.png"));

  t.match(await decode(at("ünï çode [1].png")), { width: 3, height: 2 });
  t.match(await decode(at("link.png")), { width: 3, height: 2 });
  await t.rejects(decode(at("missing.png")), { code: "ERR_IMAGE_NOT_FOUND", message: /no file/ });
  await t.rejects(decode(at("dangling.png")), { code: "ERR_IMAGE_NOT_FOUND" });
  await t.rejects(decode(at("text.png/child.png")), { code: "ERR_IMAGE_NOT_FOUND" });
  await t.rejects(decode(at("folder.png")), { code: "ERR_IMAGE_DECODE", message: /folder/ });
  await t.rejects(decode(at("empty.png")), { code: "ERR_IMAGE_DECODE", message: /0 bytes/ });
  await t.rejects(decode(at("text.png")), { code: "ERR_IMAGE_DECODE", message: /looks like text/ });
});

t.test("a named pipe is refused and not waited for", { skip: process.platform === "win32" }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "eliq-pipe-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync("mkfifo", [join(folder, "pipe.png")]);
  await t.rejects(decode(join(folder, "pipe.png")), { code: "ERR_IMAGE_DECODE", message: /not a regular file/ });
});

t.test("a file that was replaced is read anew", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "eliq-replaced-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "image.png");
  for (const level of [10, 200, 90]) {
    writeFileSync(path, await plain(8, 8, [level, level, level]).png().toBuffer());
    isPlain(t, await decode(path), [level, level, level]);
  }
});
