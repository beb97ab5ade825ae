// @ts-check
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import t from "tap";
import { editKinds, editPrompt, gradedEdits, isExactEdit } from "../../dist/pairs/prompts/edit.js";
import {
  articleFor,
  infinitiveOf,
  numberText,
  numberValue,
  pluralOf,
  singularOf,
  verbForm,
  withCaseOf,
} from "../../dist/pairs/prompts/grammar.js";
import { nounForms } from "../../dist/pairs/prompts/lexicon/nouns.js";
import { parsePrompt } from "../../dist/pairs/prompts/parse.js";
import { nearIdenticalSimilarity, PromptPool, stem, swapLevels } from "../../dist/pairs/prompts/similarity.js";
import { overlaps, quotedSpans } from "../../dist/pairs/prompts/tokens.js";
import { Random } from "../../dist/pairs/random.js";

/** @typedef {import("../../dist/pairs/prompts/edit.js").PromptEdit} PromptEdit */
/** @typedef {import("../../dist/pairs/prompts/edit.js").EditKind} EditKind */
/** @typedef {{prompt: string, kind: EditKind, seed: number, text: string, before: string, after: string, verdict: "good" | "bad", note: string}} Judged */

/** @param {URL} url */
async function jsonLines(url) {
  const text = await readFile(fileURLToPath(url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** @type {string[]} */
const shipped = (await jsonLines(new URL("../../lib/pairs/prompts/prompts.jsonl", import.meta.url))).map(
  ({ text }) => text,
);

/** Kind, subkind and text of each slot that is no single article. @param {string} text */
function slotsOf(text) {
  return parsePrompt(text)
    .slots.filter(({ kind, subkind }) => kind !== "count" || subkind !== "article")
    .map(({ kind, subkind, text: own }) => (kind === "object" ? `object:${own}` : `${kind}.${subkind ?? ""}:${own}`));
}

t.test("parsing", async (t) => {
  /** @type {[prompt: string, slots: string[]][]} */
  const table = [
    ["a red apple", ["attribute.colour:red", "object:apple"]],
    ["two black dogs", ["count.number:two", "attribute.colour:black", "object:dogs"]],
    ["12 balloons", ["count.number:12", "object:balloons"]],
    ["a pair of boots", ["count.quantifier:a pair of", "object:boots"]],
    ["several birds on a fence", ["count.quantifier:several", "object:birds", "relation.spatial:on", "object:fence"]],
    ["a single rose", ["count.quantifier:a single", "object:rose"]],
    ["a dark blue door", ["attribute.colour:dark blue", "object:door"]],
    ["a wooden table", ["attribute.material:wooden", "object:table"]],
    ["a house made of glass", ["object:house", "attribute.material:glass"]],
    [
      "a tiny house next to a huge tree",
      ["attribute.size:tiny", "object:house", "relation.spatial:next to", "attribute.size:huge", "object:tree"],
    ],
    ["a fluffy white cat", ["attribute.texture:fluffy", "attribute.colour:white", "object:cat"]],
    ["an old man", ["attribute.age:old", "object:man"]],
    ["an empty bowl", ["attribute.state:empty", "object:bowl"]],
    ["a round mirror", ["attribute.shape:round", "object:mirror"]],
    ["the door is red", ["object:door", "attribute.colour:red"]],
    ["a man riding a horse", ["object:man", "relation.action:riding", "object:horse"]],
    ["a chef holds a knife", ["object:chef", "relation.action:holds", "object:knife"]],
    ["children play in a park", ["object:children", "relation.action:play", "relation.spatial:in", "object:park"]],
    ["a cup to the left of a plate", ["object:cup", "relation.spatial:to the left of", "object:plate"]],
    ["a cat in front of a mirror", ["object:cat", "relation.spatial:in front of", "object:mirror"]],
    ["a lamp on top of a piano", ["object:lamp", "relation.spatial:on top of", "object:piano"]],
    ["a coffee cup", ["object:coffee cup"]],
    ["a fire truck beside a school bus", ["object:fire truck", "relation.spatial:beside", "object:school bus"]],
    ["wolves under the moon", ["object:wolves", "relation.spatial:under", "object:moon"]],
    ["a watercolour painting of a fox", ["style.medium:watercolour painting", "object:fox"]],
    ["a fox, oil painting", ["object:fox", "style.medium:oil painting"]],
    ["a painting on the wall", ["object:painting", "relation.spatial:on", "object:wall"]],
    ["a fox in the style of ukiyo-e", ["object:fox", "relation.spatial:in", "style.manner:ukiyo-e"]],
    ["a castle in comic book style", ["object:castle", "relation.spatial:in", "style.style:comic book"]],
    ["close-up of a bee", ["style.look:close-up", "object:bee"]],
    ["a bedroom without windows", ["object:bedroom", "negation.without:without", "object:windows"]],
    ["a street with no people", ["object:street", "negation.no:no", "object:people"]],
    ["a woman not wearing a hat", ["object:woman", "negation.not:not", "relation.action:wearing", "object:hat"]],
    ['a sign that says "RED DOGS"', ["object:sign", 'quoted.:"RED DOGS"']],
    ["a cake with the words 'two cats'", ["object:cake", "object:words", "quoted.:'two cats'"]],
    ["a mug reading GOOD DAY", ["object:mug", "relation.action:reading", "quoted.:GOOD DAY"]],
    ["a black and white photograph of a boat", ["style.medium:black and white photograph", "object:boat"]],
    ["a glass of red wine", ["object:glass", "object:red wine"]],
    ["a glass vase", ["attribute.material:glass", "object:vase"]],
    [
      "an orange on an orange plate",
      ["object:orange", "relation.spatial:on", "attribute.colour:orange", "object:plate"],
    ],
    ["the dog's red ball", ["attribute.colour:red", "object:ball"]],
    ["A view of Long Island", ["object:Long Island"]],
  ];
  for (const [prompt, slots] of table) t.same(slotsOf(prompt), slots, prompt);

  t.test("gives exact UTF-16 offsets", async (t) => {
    for (const text of [...shipped, "😀 a café’s red sign — “naïve 🐈 cat” under a Ä tree 👩‍🚀 riding a horse"])
      for (const { start, end, text: own } of parsePrompt(text).slots)
        if (text.slice(start, end) !== own || own === "") t.fail(`${text}: [${start}, ${end}) is not ${own}`);
    const text = "🐈🐈 a red door “🚪 blue door”";
    const red = parsePrompt(text).slots.find(({ kind }) => kind === "attribute");
    t.equal(text.slice(red?.start, red?.end), "red");
    t.equal(red?.start, 7);
  });

  t.test("survives any text", async (t) => {
    for (const text of [
      "",
      " ",
      "…",
      '"',
      "'",
      '""',
      "a",
      "the",
      ",,,",
      "a a a an",
      "no",
      "😀",
      "12",
      "not not",
      "A\nB",
    ])
      t.ok(Array.isArray(parsePrompt(text).slots), JSON.stringify(text));
  });
});

t.test("quotation marks", async (t) => {
  /** @param {string} text */
  const quoted = (text) => quotedSpans(text).map(({ start, end }) => text.slice(start, end));
  t.same(quoted(`a sign "A B" and ‘C’ and “D”`), ['"A B"', "‘C’", "“D”"]);
  t.same(quoted("the dog's ball and the boys' room"), [], "apostrophes are none");
  t.same(quoted("a shirt with 'don't panic' on it"), ["'don't panic'"]);
});

t.test("grammar", async (t) => {
  for (const word of [
    "hour",
    "apple",
    "8-bit render",
    "honest man",
    "umbrella",
    "SUV",
    "X-ray",
    "unusual hat",
    "orange",
  ])
    t.equal(articleFor(word), "an", word);
  for (const word of [
    "unicorn",
    "one-eyed cat",
    "European city",
    "ukulele",
    "house",
    "3D render",
    "uniform",
    "yacht",
    "UFO",
  ])
    t.equal(articleFor(word), "a", word);
  const plurals = {
    wolf: "wolves",
    knife: "knives",
    child: "children",
    bus: "buses",
    "loaf of bread": "loaves of bread",
    box: "boxes",
    tomato: "tomatoes",
    cherry: "cherries",
  };
  for (const [one, many] of Object.entries(plurals)) {
    t.equal(pluralOf(one), many, many);
    t.equal(singularOf(many), one, one);
  }
  t.same(
    [verbForm("lie", "ing"), verbForm("carry", "third"), verbForm("run", "ing"), verbForm("sit", "past")],
    ["lying", "carries", "running", "sat"],
  );
  t.same(["capsizes", "files", "drifts", "watches", "flies"].map(infinitiveOf), [
    "capsize",
    "file",
    "drift",
    "watch",
    "fly",
  ]);
  t.same([numberValue("Seven"), numberValue("12"), numberValue("cat")], [7, 12, undefined]);
  t.same([numberText(5, "3"), numberText(5, "three")], ["5", "five"]);
  t.same([withCaseOf("Dog", "cat"), withCaseOf("DOG", "cat"), withCaseOf("dog", "cat")], ["Cat", "CAT", "cat"]);
});

t.test("the lexicon of things", async (t) => {
  t.ok(nounForms.size > 1500, `${nounForms.size} forms`);
  for (const [form, { noun, plural }] of nounForms) {
    if (!/^[\p{L}\p{N}' -]+$/u.test(form)) t.fail(form);
    if (plural && noun.countability === "count" && noun.plural !== noun.singular && form === noun.singular)
      t.fail(form);
  }
});

t.test("edits of shipped prompts", async (t) => {
  const began = performance.now();
  let made = 0;
  for (const kind of editKinds) {
    let editable = 0;
    for (const [i, prompt] of shipped.entries()) {
      const edit = editPrompt(prompt, kind, new Random("property", kind, i));
      if (!edit) continue;
      editable++;
      checkEdit(t, prompt, edit, kind);
    }
    made += editable;
    t.comment(`${kind}: ${editable} of ${shipped.length} shipped prompts allow an edit`);
    t.ok(editable >= 0.08 * shipped.length, `${kind} edits are possible for ${editable} prompts`);
  }
  const seconds = (performance.now() - began) / 1000;
  t.comment(`${Math.round((shipped.length * editKinds.length) / seconds)} prompts parsed and edited a second`);
  t.ok(made > 1.5 * shipped.length, `${made} edits`);
});

/** @param {import("tap").Test} t @param {string} prompt @param {PromptEdit} edit @param {EditKind} kind */
function checkEdit(t, prompt, edit, kind) {
  const quoted = quotedSpans(prompt).map(({ start, end }) => prompt.slice(start, end));
  const kept = quotedSpans(edit.text).map(({ start, end }) => edit.text.slice(start, end));
  const sound =
    edit.kind === kind &&
    edit.text !== prompt &&
    edit.before.toLowerCase() !== edit.after.toLowerCase() &&
    isExactEdit(prompt, edit) &&
    JSON.stringify(quoted) === JSON.stringify(kept) &&
    !/ {2}|\ba (?:[aeio](?!ne)|un(?!i))|\ban [bcdfgjklmnpqrtvwyz]/.test(edit.text.replace(/"[^"]*"/g, "Q")) &&
    /^\P{Ll}/u.test(edit.text) === /^\P{Ll}/u.test(prompt);
  if (!sound) t.fail(`${kind}: ${prompt} -> ${edit.text}`);
}

t.test("an exact edit is told from others", async (t) => {
  const prompt = 'A red kite over a sign "red kite"';
  const edit = /** @type {PromptEdit} */ (editPrompt(prompt, "attribute", new Random(1)));
  t.ok(isExactEdit(prompt, edit));
  t.notOk(isExactEdit(prompt, { ...edit, text: `${edit.text} today` }), "a change outside the slot");
  t.notOk(isExactEdit(prompt, { ...edit, start: edit.start + 1 }), "another place");
  t.notOk(isExactEdit(prompt, { ...edit, after: edit.before, text: prompt }), "no change");
  const inside = prompt.lastIndexOf("red");
  const text = `${prompt.slice(0, inside)}blue${prompt.slice(inside + 3)}`;
  t.notOk(
    isExactEdit(prompt, { ...edit, start: inside, before: "red", after: "blue", text, repairs: [] }),
    "quoted text",
  );
});

t.test("single edits", async (t) => {
  /** @param {string} prompt @param {EditKind} kind */
  const texts = (prompt, kind) =>
    new Set(Array.from({ length: 40 }, (_, seed) => editPrompt(prompt, kind, new Random(seed))?.text));
  t.same(
    [...texts("A cat sleeping", "object")].filter((text) => /kitten|tabby/.test(String(text))),
    [],
    "no synonym",
  );
  t.ok(
    [...texts("A bird in flight", "object")].every((text) => !/owl|duck|swan|eagle/.test(String(text))),
    "no hyponym",
  );
  t.ok([...texts("An elephant", "object")].includes("A horse"), "article repaired");
  t.same([...texts("a cup to the left of a plate", "relation")], ["a cup to the right of a plate"]);
  t.ok([...texts("A dog sits on a sofa", "count")].includes("Three dogs sit on a sofa"), "verb and noun agree");
  t.ok([...texts("A dog is asleep", "count")].includes("Four dogs are asleep"));
  t.same([...texts("a woman with her dog", "count")], [undefined], "a pronoun would be left behind");
  t.same([...texts("six marbles, one of them red", "count")], [undefined], "counted again later");
  t.same([...texts("a black man", "attribute")], [undefined], "no colours of people");
  t.same(
    [...texts("a table in a room without chairs", "object")].filter((text) => !/ without chairs$/.test(String(text))),
    [],
    "what is denied stays",
  );
  t.same([...texts("a bedroom without windows", "negation")], ["a bedroom with windows"]);
  t.same([...texts("a street with no people", "negation")], ["a street with people"]);
  t.same([...texts("a dog with a hat", "negation")], ["a dog without a hat"]);
  t.same([...texts("A cat sits on a mat", "negation")], ["A cat does not sit on a mat"]);
  t.same([...texts('"BLUE DOGS"', "object")], [undefined], "quoted text is out of reach");
  t.same(
    [...texts("a photograph of an owl", "object")].filter((text) => !/^a photograph of an? /.test(String(text))),
    [],
  );
});

t.test("the same seed gives the same edit", async (t) => {
  const texts = () =>
    editKinds.map((kind) => shipped.slice(0, 30).map((prompt) => editPrompt(prompt, kind, new Random(7))?.text));
  t.same(texts(), texts());
});

t.test("graded edits", async (t) => {
  let deepest = 0;
  for (const kind of editKinds)
    for (const [i, prompt] of shipped.entries()) {
      if (i % 8) continue;
      const levels = gradedEdits(prompt, kind, 5, new Random("graded", kind, i));
      deepest = Math.max(deepest, levels.length);
      const first = editPrompt(prompt, kind, new Random("graded", kind, i));
      if (levels.length > 5 || levels.length > 0 !== (first !== undefined)) t.fail(`${kind}: ${prompt}`);
      if (!levels.every((edits, level) => edits.length === level + 1)) t.fail(`sizes: ${prompt}`);
      if (!isNested(levels) || !isChain(prompt, levels.at(-1) ?? [], kind)) t.fail(`${kind}: ${prompt}`);
    }
  t.equal(deepest, 5);
  t.throws(() => gradedEdits("a cat", "object", 0, new Random(1)), { code: "ERR_INVALID_ARGUMENT" });
});

/** @param {PromptEdit[][]} levels */
function isNested(levels) {
  return levels.every((edits, level) => level === 0 || levels[level - 1]?.every((edit, i) => edit === edits[i]));
}

/** Each edit is exact on the text before it, and none touches what an earlier one wrote. @param {string} prompt @param {PromptEdit[]} edits @param {EditKind} kind */
function isChain(prompt, edits, kind) {
  let text = prompt;
  /** @type {{start: number, end: number}[]} */
  let written = [];
  for (const [i, edit] of edits.entries()) {
    if ((i === 0 && edit.kind !== kind) || !isExactEdit(text, edit)) return false;
    const changes = [edit, ...edit.repairs].sort((a, b) => a.start - b.start);
    const spans = changes.map(({ start, before }) => ({ start, end: start + before.length }));
    if (written.some((old) => spans.some((span) => overlaps(old, span)))) return false;
    /** @param {number} at */
    const shift = (at) =>
      changes.reduce((sum, { start, before, after }) => (start < at ? sum + after.length - before.length : sum), at);
    written = [
      ...written.map(({ start, end }) => ({ start: shift(start), end: shift(start) + end - start })),
      ...changes.map(({ start, after }) => ({ start: shift(start), end: shift(start) + after.length })),
    ];
    text = edit.text;
  }
  return true;
}

t.test("judged edits", async (t) => {
  /** @type {Judged[]} */
  const judged = await jsonLines(new URL("../fixtures/pairs/prompt-edits.jsonl", import.meta.url));
  t.equal(judged.length, 200);
  for (const kind of editKinds) t.ok(judged.filter((row) => row.kind === kind).length >= 25, `${kind}: at least 25`);
  for (const { prompt, kind, seed, text, before, after } of judged) {
    const edit = editPrompt(prompt, kind, new Random(seed, kind));
    t.same(
      edit && { text: edit.text, before: edit.before, after: edit.after },
      { text, before, after },
      "a changed edit must be read and judged anew",
    );
  }
  const good = judged.filter(({ verdict }) => verdict === "good").length;
  t.ok(judged.every(({ verdict }) => verdict === "good" || verdict === "bad"));
  t.ok(
    judged.every(({ verdict, note }) => verdict === "good" || note.length > 0),
    "each fault is named",
  );
  t.ok(good / judged.length >= 0.95, `${good} of ${judged.length} are good`);
});

t.test("similarity", async (t) => {
  const pool = new PromptPool(shipped);
  t.test("stems bring the forms of a word together", async (t) => {
    for (const [a, b] of [
      ["dogs", "dog"],
      ["running", "run"],
      ["cherries", "cherry"],
      ["boxes", "box"],
      ["riding", "ride"],
      ["horses", "horse"],
    ])
      t.equal(stem(String(a)), stem(String(b)), `${a}, ${b}`);
    t.not(stem("glass"), stem("glas s"));
  });
  t.test("ranks by falling similarity, without the prompt and what follows from it", async (t) => {
    const small = new PromptPool([
      "A dog runs on a beach",
      "a dog runs on a beach.",
      "A dog on a beach",
      "A dog chases a red ball on a beach",
      "A bowl of soup",
      "Two dogs sleep in a park",
    ]);
    const ranked = small.ranked("A dog runs on a beach");
    t.same(
      ranked.map(({ index }) => index),
      [3, 5, 4],
    );
    t.equal(ranked.at(-1)?.similarity, 0);
    for (const prompt of shipped.slice(0, 40)) {
      const all = pool.ranked(prompt);
      if (all.some(({ text }) => text === prompt)) t.fail("the prompt itself");
      if (all.some(({ similarity }, i) => i > 0 && similarity > Number(all[i - 1]?.similarity))) t.fail("not sorted");
      if (all.some(({ similarity }) => similarity >= nearIdenticalSimilarity)) t.fail("near-identical");
    }
  });
  t.test("swap levels fall strictly and repeat under a seed", async (t) => {
    for (const [i, prompt] of shipped.slice(0, 60).entries()) {
      const levels = swapLevels(prompt, pool, 5, new Random(i));
      if (levels.length !== 5) t.fail(`${levels.length} levels: ${prompt}`);
      if (levels.some(({ similarity }, k) => k > 0 && similarity >= Number(levels[k - 1]?.similarity))) t.fail(prompt);
      if (levels.some(({ text }) => text === prompt)) t.fail("the prompt itself");
      t.same(levels, swapLevels(prompt, pool, 5, new Random(i)));
    }
  });
  t.test("an empty pool, and a senseless number of levels", async (t) => {
    t.same(swapLevels("a cat", new PromptPool([]), 5, new Random(1)), []);
    t.throws(() => swapLevels("a", pool, 1.5, new Random(1)), { code: "ERR_INVALID_ARGUMENT" });
  });
  const began = performance.now();
  for (const prompt of shipped) swapLevels(prompt, pool, 5, new Random(1));
  t.comment(
    `${Math.round((1000 * shipped.length) / (performance.now() - began))} swap rankings a second over ${pool.size} prompts`,
  );
});
