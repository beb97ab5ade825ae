// @ts-check
// The shipped model on real images, through the public API.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Eliq, EliqError } from "eliq";
import sharp from "sharp";
import t from "tap";
import { example, modelDirectory } from "../support/model.js";

const image = example("cat-flux2.webp");
const other = example("cat-sd15.webp");
const eliq = await Eliq.load({ model: modelDirectory });
t.teardown(() => eliq.dispose());

t.test("a score says what it is", async (t) => {
  const score = await eliq.score(image, { prompt: "a cat" });
  for (const value of [score.quality, score.aspects.technical, score.aspects.aesthetic]) {
    t.ok(value > 0 && value < 1, `${value}`);
  }
  t.equal(score.alignment, null);
  t.equal(score.raw.alignment, null);
  t.ok((score.alignmentReason ?? "").length > 20, "says why");
  t.equal(score.model, eliq.model);
  t.match(score.model, /^[\w-]+@[0-9a-f]{12}$/);
  t.equal(score.calibration, eliq.calibration);
});

t.test("the same image gives the same score, however it comes", async (t) => {
  const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const raw = { data, width: info.width, height: info.height, channels: /** @type {const} */ (3) };
  const scores = await Promise.all(
    [image, pathToFileURL(image), readFileSync(image), raw, image].map((i) => eliq.score(i)),
  );
  for (const score of scores) t.same(score, scores[0]);
});

t.test("a batch gives what single calls give, in order", async (t) => {
  const results = await eliq.scoreBatch([other, "missing.png", image, { image: other, prompt: "a cat" }]);
  const [a, b] = await Promise.all([eliq.score(other), eliq.score(image)]);
  t.match(results, [
    { ok: true, score: a },
    { ok: false, error: { code: "ERR_IMAGE_NOT_FOUND" } },
    { score: b },
    { score: a },
  ]);
});

t.test("damage lowers the score", async (t) => {
  const jpeg = await sharp(image).jpeg({ quality: 4 }).toBuffer();
  const blurred = await sharp(image).blur(6).png().toBuffer();
  const noisy = await sharp(image)
    .composite([{ input: await noiseLayer(), blend: "overlay" }])
    .png()
    .toBuffer();
  const clean = await eliq.score(image);
  for (const [name, bytes] of Object.entries({ jpeg, blurred, noisy })) {
    const score = await eliq.score(bytes);
    t.ok(score.aspects.technical < clean.aspects.technical, `${name}: ${score.aspects.technical}`);
    t.ok(score.quality < clean.quality, `${name}: ${score.quality} < ${clean.quality}`);
    t.ok((await eliq.compare(image, bytes)).quality > 0.5);
  }
});

async function noiseLayer() {
  const noise = { type: /** @type {const} */ ("gaussian"), mean: 128, sigma: 80 };
  return sharp({ create: { width: 512, height: 512, channels: 3, background: "#000", noise } })
    .png()
    .toBuffer();
}

t.test("compare is antisymmetric and knows a draw", async (t) => {
  const [there, back] = await Promise.all([eliq.compare(image, other), eliq.compare(other, image)]);
  t.ok(Math.abs(there.quality + back.quality - 1) < 1e-12);
  t.equal((await eliq.compare(image, image)).quality, 0.5);
  t.equal(there.alignment, null);
});

t.test("embeddings have norm 1, the stated dimension, and tell images apart", async (t) => {
  const [a, b, again] = await Promise.all([eliq.embed(image), eliq.embed(other), eliq.embed(image)]);
  for (const { vector, dimension, norm, model } of [a, b]) {
    t.equal(vector.length, eliq.embeddingDimension);
    t.equal(dimension, vector.length);
    t.equal(norm, 1);
    t.equal(model, eliq.model);
    t.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
  }
  t.same(again.vector, a.vector);
  t.ok(a.vector.reduce((sum, value, i) => sum + value * (b.vector[i] ?? 0), 0) < 0.9999);
});

t.test("ESM and CommonJS load one and the same module", async (t) => {
  const required = createRequire(import.meta.url)("eliq");
  t.equal(required.EliqError, EliqError);
  t.equal(required.Eliq, Eliq);
  const error = await required.Eliq.load({ device: "warp-drive", model: modelDirectory }).catch(
    (/** @type {unknown} */ e) => e,
  );
  t.ok(error instanceof EliqError);
  t.match(error, { code: "ERR_DEVICE_UNAVAILABLE", message: /warp-drive/ });
});

t.test("load tells how it goes", async (t) => {
  /** @type {import("eliq").LoadProgress[]} */
  const events = [];
  const second = await Eliq.load({ model: modelDirectory, device: "cpu", onProgress: (event) => events.push(event) });
  t.same(
    events.map(({ stage }) => stage),
    ["model", "addon", "engine", "ready"],
  );
  t.match(events.at(-1), { model: eliq.model, device: "cpu", threads: eliq.threads });
  await second.dispose();
  t.ok((await eliq.score(image)).quality > 0, "the first handle still scores");
});

t.test("a native error has the caller's stack", async (t) => {
  const error = await Eliq.load({ model: modelDirectory, device: "warp-drive" }).catch((/** @type {unknown} */ e) => e);
  t.match(error, { stack: /^EliqError: .*warp-drive.*\n {4}at .*score\.test\.js/ });
});

t.test("abort of a running call", async (t) => {
  const controller = new AbortController();
  const calls = Array.from({ length: 8 }, () => eliq.score(image, { signal: controller.signal }));
  setTimeout(() => controller.abort("stop"), 5);
  const settled = await Promise.allSettled(calls);
  for (const one of settled) if (one.status === "rejected") t.match(one.reason, { code: "ERR_ABORTED", cause: "stop" });
  t.ok(settled.some(({ status }) => status === "rejected"));
  t.ok((await eliq.score(image)).quality > 0, "others go on");
});
