// @ts-check
// A prompt's way to the alignment score: tokenizer, addon, sentence encoder, alignment queries; on a tiny random model.
import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { Eliq } from "eliq";
import t from "tap";
import { tinyImage, tinyModel } from "../support/tiny-model.js";

const image = { ...tinyImage(160, 120), channels: /** @type {const} */ (3) };

/** @param {import("tap").Test} t @param {string} directory */
async function load(t, directory) {
  const eliq = await Eliq.load({ model: directory });
  t.teardown(() => eliq.dispose());
  return eliq;
}

t.test("the prompt moves alignment and nothing else", async (t) => {
  const eliq = await load(t, tinyModel(t, { reading: true }));
  const cat = await eliq.score(image, { prompt: "a cat" });
  const dog = await eliq.score(image, { prompt: "the red dog on a table" });
  const none = await eliq.score(image);
  t.type(cat.alignment, "number");
  t.notOk(cat.alignmentReason);
  t.not(cat.raw.alignment, dog.raw.alignment);
  t.equal(none.alignment, null);
  t.ok((none.alignmentReason ?? "").length > 10);
  t.notOk("promptTruncated" in none);
  for (const { raw } of [dog, none]) {
    t.equal(raw.quality, cat.raw.quality);
    t.equal(raw.technical, cat.raw.technical);
    t.equal(raw.aesthetic, cat.raw.aesthetic);
  }
  t.strictSame(await eliq.score(image, { prompt: "a cat" }), cat, "again the same");
});

t.test("every way of scoring reads the prompt", async (t) => {
  const eliq = await load(t, tinyModel(t, { reading: true }));
  const alone = (await eliq.score(image, { prompt: "a cat" })).raw.alignment;
  const results = await eliq.scoreBatch([{ image, prompt: "a cat" }, { image }]);
  t.strictSame(
    results.map((result) => (result.ok ? result.score.raw.alignment : result.error)),
    [alone, null],
  );
  t.equal((await eliq.explain(image, { prompt: "a cat" })).score.raw.alignment, alone);
  const views = await eliq.score(image, { prompt: "a cat", views: 3 });
  t.type(views.raw.alignment, "number");
  t.equal(views.promptTruncated, false);
});

t.test("a long prompt is cut, and the score says so", async (t) => {
  const eliq = await load(t, tinyModel(t, { reading: true }));
  const short = await eliq.score(image, { prompt: "a cat" });
  const long = await eliq.score(image, { prompt: "a cat ".repeat(2000) });
  const longer = await eliq.score(image, { prompt: "a cat ".repeat(3000) });
  t.equal(short.promptTruncated, false);
  t.equal(long.promptTruncated, true);
  t.equal(long.raw.alignment, longer.raw.alignment, "what was cut plays no part");
  t.not(long.raw.alignment, short.raw.alignment);
});

t.test("names of special tokens are text", async (t) => {
  const eliq = await load(t, tinyModel(t, { reading: true }));
  const plain = await eliq.score(image, { prompt: "a cat" });
  const tricky = await eliq.score(image, { prompt: "a cat [SEP]" });
  t.not(tricky.raw.alignment, plain.raw.alignment);
});

t.test("an empty prompt is refused, and only there", async (t) => {
  const eliq = await load(t, tinyModel(t, { reading: true }));
  await t.rejects(eliq.score(image, { prompt: "" }), { code: "ERR_INVALID_ARGUMENT" });
  await t.rejects(eliq.score(image, { prompt: "  " }), { code: "ERR_INVALID_ARGUMENT" });
  t.type((await eliq.score(image, { prompt: "a cat" })).alignment, "number");
});

t.test("a model that is not whole is refused", async (t) => {
  const missing = tinyModel(t, { reading: true });
  rmSync(join(missing, "text.safetensors"));
  await t.rejects(Eliq.load({ model: missing }), { code: "ERR_MODEL_NOT_FOUND" });
  const cut = tinyModel(t, { reading: true });
  truncateSync(join(cut, "text.safetensors"), 400);
  await t.rejects(Eliq.load({ model: cut }), { code: "ERR_MODEL_CORRUPT" });
  const wordless = tinyModel(t, { reading: true });
  rmSync(join(wordless, "tokenizer.json"));
  const eliq = await load(t, wordless);
  await t.rejects(eliq.score(image, { prompt: "a cat" }), { code: "ERR_MODEL_NOT_FOUND", message: /tokenizer\.json/ });
  t.ok(await eliq.score(image), "and scores without a prompt still");
});
