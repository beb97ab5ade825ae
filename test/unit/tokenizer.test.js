// @ts-check
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { PromptTokenizer } from "../../dist/models/tokenizer.js";

const folder = fileURLToPath(new URL("../fixtures/tokenizer/", import.meta.url));
const original = readFileSync(join(folder, "tokenizer.json"), "utf8");
/** @type {{ text: string, ids: number[] }[]} */
const goldens = JSON.parse(readFileSync(join(folder, "goldens.json"), "utf8"));
const cls = 2;
const sep = 3;
const text = { maxTokens: 6000, vocabulary: 1000 };

/** A tokenizer whose file holds this. @param {import("tap").Test} t @param {string} content */
function tokenizerOf(t, content) {
  const directory = mkdtempSync(join(tmpdir(), "eliq-tokenizer-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, "tokenizer.json"), content);
  return new PromptTokenizer(directory, text);
}

t.test("ids are those of the reference tokenizer", async (t) => {
  const tokenizer = new PromptTokenizer(folder, text);
  t.ok(goldens.length > 190);
  for (const [index, golden] of goldens.entries()) {
    const { ids, truncated, tokens } = await tokenizer.encode(golden.text);
    t.strictSame([...ids], golden.ids, `golden ${index}`);
    t.notOk(truncated);
    t.equal(tokens, golden.ids.length);
  }
});

t.test("names of special tokens in a prompt are text", async (t) => {
  const { ids } = await new PromptTokenizer(folder, text).encode("[CLS] cat [SEP] [MASK] [PAD] [sep]");
  t.equal(ids[0], cls);
  t.equal(ids.at(-1), sep);
  t.notOk([...ids.slice(1, -1)].some((id) => id < 5));
});

t.test("a long prompt is cut, keeps its closing token and says so", async (t) => {
  const tokenizer = new PromptTokenizer(folder, { ...text, maxTokens: 6 });
  const whole = await new PromptTokenizer(folder, text).encode("a red cat on the dog");
  const cut = await tokenizer.encode("a red cat on the dog");
  t.strictSame([...cut.ids], [...whole.ids.slice(0, 5), sep]);
  t.strictSame([cut.truncated, cut.tokens], [true, whole.tokens]);
  const fits = await tokenizer.encode("a red cat on");
  t.strictSame([fits.truncated, fits.tokens, fits.ids.length], [false, 6, 6]);
});

t.test("a huge prompt is not read to its end", async (t) => {
  const tokenizer = new PromptTokenizer(folder, { ...text, maxTokens: 6 });
  const start = "a red cat on the dog ".repeat(1000);
  const some = await tokenizer.encode(start);
  const huge = await tokenizer.encode(start.repeat(100));
  t.strictSame([...huge.ids], [...some.ids]);
  t.ok(huge.tokens < 100_000, `${huge.tokens}`);
  const hidden = await tokenizer.encode(`a red${" ".repeat(20_000)}cat`);
  t.strictSame([hidden.truncated, hidden.tokens], [true, 4], "what was not looked at counts as cut");
});

t.test("an unpaired surrogate is the replacement character", async (t) => {
  const tokenizer = new PromptTokenizer(folder, text);
  t.strictSame(await tokenizer.encode("cat \ud800 dog"), await tokenizer.encode("cat \ufffd dog"));
});

t.test("what is no text is refused", async (t) => {
  const tokenizer = new PromptTokenizer(folder, text);
  for (const prompt of ["", " \n\t ", "\u0000", 7, null, {}])
    await t.rejects(tokenizer.encode(/** @type {any} */ (prompt)), { code: "ERR_INVALID_ARGUMENT" });
});

t.test("a file that is missing, broken or of another kind is found at the first prompt", async (t) => {
  const absent = new PromptTokenizer(join(folder, "nowhere"), text);
  await t.rejects(absent.encode("a"), { code: "ERR_MODEL_NOT_FOUND", message: /tokenizer\.json/ });
  const json = JSON.parse(original);
  for (const broken of [
    "{",
    "[]",
    "{}",
    JSON.stringify({ ...json, model: 3 }),
    JSON.stringify({ ...json, model: { type: "WordPiece" } }),
    JSON.stringify({ ...json, normalizer: { type: "Bertish", lowercase: true } }),
    JSON.stringify({ ...json, post_processor: { type: "TemplateProcessing", single: [] } }),
  ])
    await t.rejects(tokenizerOf(t, broken).encode("a"), { code: "ERR_MODEL_CORRUPT" }, broken.slice(0, 60));
  for (const other of [
    JSON.stringify({ ...json, model: { ...json.model, type: "BPE" } }),
    JSON.stringify({ ...json, normalizer: { ...json.normalizer, lowercase: false } }),
  ])
    await t.rejects(tokenizerOf(t, other).encode("a"), { code: "ERR_MODEL_UNSUPPORTED" });
  const small = new PromptTokenizer(folder, { ...text, vocabulary: 8 });
  await t.rejects(small.encode("cat"), { code: "ERR_MODEL_CORRUPT", message: /vocabulary/ });
});
