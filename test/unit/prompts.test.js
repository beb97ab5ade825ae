// @ts-check
// The shipped prompts, loading users' prompts, the linter, the guess of categories and the command line over them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import t from "tap";
import { categorisePrompt } from "../../dist/pairs/prompts/categorise.js";
import { DuplicateIndex } from "../../dist/pairs/prompts/duplicates.js";
import { checkText, formatSummary, lintPrompts } from "../../dist/pairs/prompts/lint.js";
import { loadPrompts } from "../../dist/pairs/prompts/load.js";
import { categoryIds, featureIds, wordsOf } from "../../dist/pairs/prompts/prompt.js";
import { shippedPath, shippedPrompts, shippedSet } from "../../dist/pairs/prompts/shipped.js";
import { Random } from "../../dist/pairs/random.js";

/** @typedef {import("../../dist/pairs/prompts/lint.js").Finding} Finding */
/** @typedef {import("../../dist/pairs/prompts/load.js").PromptEntry} PromptEntry */

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const eliq = (/** @type {string[]} */ ...args) => spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });

const folder = mkdtempSync(join(tmpdir(), "eliq-prompts-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} name @param {string | Buffer} contents */
function file(name, contents) {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

setFlagsFromString("--expose-gc");
const collectGarbage = /** @type {() => void} */ (runInNewContext("gc"));

/** @template T @param {AsyncIterable<T>} items */
async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}

/** @param {Iterable<PromptEntry> | AsyncIterable<PromptEntry>} prompts @param {object} [limits] */
async function lint(prompts, limits) {
  /** @type {Finding[]} */
  const findings = [];
  const summary = await lintPrompts(prompts, (finding) => findings.push(finding), limits);
  return { findings, summary, rules: findings.map(({ rule }) => rule) };
}

/** @param {string[]} texts */
const entries = (...texts) => texts.map((text, i) => ({ text, place: `p:${i + 1}`, categories: ["food"] }));

t.test("the shipped set is large, balanced, varied and without fault", async (t) => {
  const prompts = await shippedPrompts();
  t.ok(prompts.length >= 420);
  const { findings, summary } = await lint(loadPrompts(shippedPath), { maxWords: 60 });
  t.same(findings, []);
  for (const category of categoryIds)
    t.ok(summary.categories[category] >= 70, `${category}: ${summary.categories[category]}`);
  for (const feature of featureIds) t.ok(summary.features[feature] >= 40, `${feature}: ${summary.features[feature]}`);
  t.same([summary.words.min, summary.words.max], [3, 60]);
  t.ok(prompts.filter(({ text }) => wordsOf(text).length >= 40).length >= 20, "some are long");
  t.ok(prompts.filter(({ text }) => wordsOf(text).length <= 7).length >= 40, "some are short");
  t.ok(prompts.filter(({ categories }) => categories.length > 1).length >= 150, "many have several categories");
  const openings = new Set(prompts.map(({ text }) => wordsOf(text).slice(0, 3).join(" ")));
  t.ok(openings.size > 0.9 * prompts.length, "no template begins them");
  const numbers = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
  for (const number of numbers)
    t.ok(
      prompts.some(({ text, features }) => features.includes("count") && wordsOf(text).includes(number)),
      number,
    );
});

t.test("labels of the shipped set that the wording decides are right", async (t) => {
  for (const { id, text, features } of await shippedPrompts()) {
    t.equal(features.includes("text-in-image"), text.includes('"'), `${id}: quotes`);
    const said = wordsOf(text.replaceAll(/"[^"]*"/g, " "));
    const negated = ["no", "not", "without", "nobody", "none", "nothing", "neither", "never"].some((word) =>
      said.includes(word),
    );
    if (features.includes("negation")) t.ok(negated || said.includes("except"), `${id}: negation`);
  }
});

t.test("a changed set has a new version", async (t) => {
  const digest = createHash("sha256").update(readFileSync(shippedPath)).digest("hex");
  t.same([shippedSet.name, shippedSet.version, digest.slice(0, 16)], ["eliq-prompts", 1, "9df96d20acd3d57f"]);
});

t.test("the guess of categories", async (t) => {
  t.same(categorisePrompt("An old sailor eats soup in a harbour bar"), ["indoor", "urban", "people", "food"]);
  t.same(categorisePrompt("A beach with no people and without boats"), ["nature"]);
  t.same(categorisePrompt('A kettle with the words "wedding cake"'), ["objects"]);
  t.same(categorisePrompt("Strawberries"), ["food"]);
  t.same(categorisePrompt("qwertz"), []);
  t.same(categorisePrompt(""), []);
  let [right, given, wanted] = [0, 0, 0];
  for (const { text, categories } of await shippedPrompts()) {
    const guess = categorisePrompt(text);
    right += guess.filter((category) => categories.includes(category)).length;
    given += guess.length;
    wanted += categories.length;
  }
  t.ok(right / given > 0.78, `precision ${right / given}`);
  t.ok(right / wanted > 0.79, `recall ${right / wanted}`);
});

t.test("loading: text", async (t) => {
  const path = file("a.txt", "\ufeff# mine\r\nA red cup\r\n\r\n  Two dogs, #1 and #2  \r\nlast");
  t.same(await collect(loadPrompts(path)), [
    { text: "A red cup", place: `${path}:2` },
    { text: "Two dogs, #1 and #2", place: `${path}:4` },
    { text: "last", place: `${path}:5` },
  ]);
});

t.test("loading: JSON Lines", async (t) => {
  const lines = [
    '{"text":"a b c","id":7,"categories":["food"],"features":["count"]}',
    '{"prompt":"d","id":null}',
    '"e"',
    '{"caption":"f","id":"x","extra":1}',
    "{",
    '{"title":"g"}',
    '{"text":"h","categories":"food"}',
    '{"text":"i","id":{}}',
    "null",
    "[]",
  ];
  const path = file("a.jsonl", `\ufeff${lines.join("\r\n")}\r\n`);
  /** @type {string[]} */
  const bad = [];
  const good = await collect(
    loadPrompts(path, {
      onError: (error, place) => {
        t.match(error, { code: "ERR_INVALID_ARGUMENT" });
        t.ok(error.message.startsWith(`${place}: `));
        bad.push(place);
      },
    }),
  );
  t.same(good, [
    { text: "a b c", id: "7", categories: ["food"], features: ["count"], place: `${path}:1` },
    { text: "d", place: `${path}:2` },
    { text: "e", place: `${path}:3` },
    { text: "f", id: "x", place: `${path}:4` },
  ]);
  t.same(
    bad,
    [5, 6, 7, 8, 9, 10].map((line) => `${path}:${line}`),
  );
  await t.rejects(collect(loadPrompts(path)), {
    code: "ERR_INVALID_ARGUMENT",
    message: `${path}:5: the line is not JSON`,
  });
});

t.test("loading: CSV", async (t) => {
  const path = file(
    "a.csv",
    '\ufeffId, Prompt ,categories\r\n1,"a ""b"", c",food;people\r\n2,"two\nlines",\r\n3,x,y,z\r\n4,d, urban | nature\r\n',
  );
  /** @type {string[]} */
  const bad = [];
  t.same(await collect(loadPrompts(path, { onError: ({ message }) => bad.push(message) })), [
    { text: 'a "b", c', id: "1", categories: ["food", "people"], place: `${path}:2` },
    { text: "two\nlines", id: "2", categories: [], place: `${path}:4` },
    { text: "d", id: "4", categories: ["urban", "nature"], place: `${path}:6` },
  ]);
  t.match(bad, [/a\.csv:5: the row has 4 fields and the header 3; a text with commas needs double quotes\.$/]);
  await t.rejects(collect(loadPrompts(file("b.csv", "a,b\n1,2\n"))), {
    message: /no column text, prompt or caption.*a, b/,
  });
  await t.rejects(collect(loadPrompts(file("c.csv", 'text\n"a\n'))), {
    code: "ERR_INVALID_ARGUMENT",
    message: /not valid CSV/,
  });
});

t.test("loading: PartiPrompts", async (t) => {
  const rows = [
    "Prompt\tCategory\tChallenge\tNote",
    'a sign that says "Hi"\tWorld Knowledge\tWriting & Symbols\t',
    "a cup\tArtifacts\tBasic\tx",
    '"a ""b"", c"\tAnimals\tQuantity',
  ];
  const path = file("p.tsv", `\ufeff${rows.join("\r\n")}\r\n`);
  t.same(await collect(loadPrompts(path)), [
    { text: 'a sign that says "Hi"', features: ["text-in-image"], place: `${path}:2` },
    { text: "a cup", categories: ["objects"], place: `${path}:3` },
    { text: 'a "b", c', features: ["count"], place: `${path}:4` },
  ]);
  await t.rejects(collect(loadPrompts(file("q.tsv", "a\tb\nc\td\n"))), {
    message: /q\.tsv:1: the first line.*Prompt, Category/,
  });
});

t.test("loading: files that cannot be read", async (t) => {
  await t.rejects(collect(loadPrompts(join(folder, "none.txt"))), { code: "ERR_IO", message: /cannot be read/ });
  await t.rejects(collect(loadPrompts(folder, { format: "txt" })), { code: "ERR_IO" });
  await t.rejects(collect(loadPrompts(file("a.docx", "x"))), {
    code: "ERR_INVALID_ARGUMENT",
    message: /\.txt, \.jsonl, \.csv/,
  });
  await t.rejects(collect(loadPrompts(file("u.txt", Buffer.from("\ufeffabc", "utf16le")))), { message: /UTF-16/ });
  t.same(await collect(loadPrompts(file("empty.txt", ""))), []);
});

t.test("loading streams, and stops early without a leak", async (t) => {
  const path = join(folder, "large.txt");
  const output = createWriteStream(path);
  for (let i = 0; i < 150_000; i++)
    output.write(`prompt number ${i} of a file that is far larger than one chunk of reading\n`);
  output.end();
  await finished(output);
  let count = 0;
  const heap = [];
  for await (const { text } of loadPrompts(path)) {
    if (text !== "") count++;
    if (count % 50_000 !== 0) continue;
    collectGarbage();
    heap.push(process.memoryUsage().heapUsed);
  }
  t.equal(count, 150_000);
  // 100,000 further prompts kept would be some 20 MiB.
  const growth = (Number(heap[2]) - Number(heap[0])) / 2 ** 20;
  t.ok(growth < 4, `${growth.toFixed(1)} MiB more`);
  for await (const { place } of loadPrompts(path)) {
    t.equal(place, `${path}:1`);
    break;
  }
});

t.test("lint: what is wrong with a text", async (t) => {
  const rules = (/** @type {string} */ text) => checkText(text).map(({ severity, rule }) => `${severity} ${rule}`);
  t.same(rules("A red cup on a table, 3 × 4 – “fine” 🍲👩‍🍳"), []);
  t.same(rules(" \t "), ["error empty"]);
  t.same(rules("one two"), ["warning length"]);
  t.same(rules("w ".repeat(77).trim()), []);
  t.same(rules("w ".repeat(78).trim()), ["warning length"]);
  t.same(rules(`${"w ".repeat(2000)}w`), ["error length"]);
  t.same(rules("a red\u200b cup"), ["error characters"]);
  t.same(rules("a red\u0007 cup"), ["error characters"]);
  t.same(rules("a red \ufffd cup"), ["error characters"]);
  t.same(rules("a red \ud800 cup"), ["error characters"]);
  t.same(rules("!!! ???"), ["error characters", "warning length"]);
  t.same(rules(" a red cup"), ["warning spacing"]);
  t.same(rules("a red  cup"), ["warning spacing"]);
  t.same(rules('a sign "open'), ["warning characters"]);
});

t.test("lint: duplicates, ids, labels, balance", async (t) => {
  const duplicates = await lint(
    entries(
      "A red cup stands on the old table",
      "a RED cup, stands on the old table!",
      "the red cup stands on an old table",
      "a blue bowl of rice",
    ),
  );
  t.match(
    duplicates.findings.filter(({ rule }) => rule.includes("duplicate")),
    [
      { severity: "error", rule: "duplicate", place: "p:2", message: /same as p:1/ },
      { severity: "warning", rule: "near-duplicate", place: "p:3", message: /100 % .* p:1/ },
    ],
  );
  t.match(duplicates.summary, { prompts: 4, errors: 1, unlabelled: 0, words: { min: 5, median: 8, max: 8 } });

  const labels = await lint([
    { text: "a red cup", place: "p:1", id: "x", categories: ["food", "drink"] },
    { text: "a blue bowl", place: "p:2", id: "x", features: ["colour", "taste"] },
  ]);
  t.match(labels.findings.slice(0, 3), [
    { rule: "unknown-label", place: "p:1", message: /"drink"/ },
    { rule: "duplicate-id", place: "p:2", message: /"x"/ },
    { rule: "unknown-label", place: "p:2", message: /"taste"/ },
  ]);
  t.match(labels.summary, { unlabelled: 1, categories: { food: 1 }, features: { colour: 1 } });
  t.match(labels.findings.at(-1), { severity: "warning", rule: "unlabelled", place: undefined, message: /1 of 2/ });

  const many = entries(...Array.from({ length: 40 }, (_, i) => `dish${i} soup${i} spoon${i}`));
  const unbalanced = await lint(many);
  t.same(unbalanced.rules, Array(6).fill("balance"), "every category but food");
  t.match(unbalanced.findings[0], { severity: "warning", message: /"indoor": 0 of 40/ });
  t.match((await lint([])).findings, [{ severity: "error", rule: "empty" }]);
  t.match(
    formatSummary(unbalanced.summary),
    /40 prompts of 3 to 3 words[\s\S]* food +40\n[\s\S]*0 errors, 6 warnings\./,
  );
});

t.test("near-duplicates are exactly those of comparing every pair", async (t) => {
  const random = new Random("near-duplicates");
  const vocabulary = Array.from({ length: 60 }, (_, i) => `word${i}`);
  /** @type {string[]} */
  const texts = [];
  for (let i = 0; i < 1500; i++) {
    const words = texts.length > 0 && random.uniform() < 0.4 ? random.pick(texts).split(" ") : [];
    if (words.length > 0) words[random.integer(words.length)] = random.pick(vocabulary);
    // Cubing makes some words frequent, as in language.
    while (words.length < 4 + (i % 9))
      words.push(/** @type {string} */ (vocabulary[Math.floor(60 * random.uniform() ** 3)]));
    texts.push(words.join(" "));
  }
  const sets = texts.map((text) => new Set(text.split(" ")));
  const index = new DuplicateIndex(0.8);
  let near = 0;
  for (const [i, text] of texts.entries()) {
    const set = /** @type {Set<string>} */ (sets[i]);
    const best = Math.max(0, ...sets.slice(0, i).map((other) => jaccard(set, other)));
    const found = index.add(text);
    if (best >= 0.8) near++;
    if ((found?.similarity ?? 0) !== (best >= 0.8 ? best : 0)) t.fail(`${i}: ${found?.similarity} instead of ${best}`);
  }
  t.ok(near > 200 && near < 1300, `${near} of them`);
  t.equal(index.size, 1500);
});

/** @param {Set<string>} a @param {Set<string>} b */
function jaccard(a, b) {
  const shared = [...a].filter((word) => b.has(word)).length;
  return shared / (a.size + b.size - shared);
}

t.test("eliq prompts: list and lint", async (t) => {
  const overview = eliq("prompts", "--help").stdout;
  for (const subcommand of ["list", "lint", "write"]) {
    t.match(overview, new RegExp(`^Usage: eliq prompts[\\s\\S]*\\n {2}${subcommand} `));
    const help = eliq("prompts", subcommand, "--help");
    t.match(help, { status: 0, stdout: /^Usage: eliq prompts [\s\S]*Examples:\n {2}eliq prompts / });
    if (subcommand === "list") t.equal(eliq("prompts", "help", subcommand).stdout, help.stdout);
  }
  t.match(eliq("prompts"), { status: 2, stderr: /needs a subcommand: list, lint, write/ });
  t.match(eliq("prompts", "toString"), { status: 2, stderr: /no subcommand "eliq prompts toString"/ });

  const prompts = await shippedPrompts();
  t.equal(eliq("prompts", "list").stdout, prompts.map(({ text }) => `${text}\n`).join(""));
  const chosen = eliq("prompts", "list", "--category", "food,events", "--feature", "negation", "--jsonl");
  const expected = prompts.filter(
    ({ categories: c, features: f }) => (c.includes("food") || c.includes("events")) && f.includes("negation"),
  );
  t.same(
    chosen.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
    expected,
  );
  t.match(eliq("prompts", "list", "--category", "drink"), {
    status: 2,
    stderr: /--category must be one of indoor, .*not "drink"/,
  });

  t.match(eliq("prompts", "lint"), { status: 0, stdout: /0 errors, 0 warnings\.\n$/ });
  const path = file("bad.jsonl", '{"text":"a red cup"}\n{\n{"text":"A red cup."}\n');
  const bad = eliq("prompts", "lint", path);
  t.match(bad, {
    status: 1,
    stdout:
      /bad\.jsonl:2: error: .*not JSON.*\[unreadable\]\n.*bad\.jsonl:3: error: .*same as .*bad\.jsonl:1\. \[duplicate\]/,
  });
  const json = eliq("prompts", "lint", "--json", path)
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.match(json.at(-1), { summary: { prompts: 2, errors: 2 } });
  t.match(json[1], { rule: "duplicate", place: `${path}:3` });
  t.match(eliq("prompts", "lint", join(folder, "none.txt")), { status: 3, stderr: /ERR_IO/ });
});
