// @ts-check
// From a list of images to a manifest, and back: what is in it, what is left out, what a reader refuses.
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import t from "tap";
import { buildPairs } from "../../dist/pairs/build/build.js";
import { defaultBuildOptions } from "../../dist/pairs/build/options.js";
import { allFamilies } from "../../dist/pairs/families.js";
import { PairManifest } from "../../dist/pairs/manifest/read.js";
import { collectStats, emptyCells } from "../../dist/pairs/manifest/stats.js";
import { pixelHash } from "../../dist/pairs/pictures.js";
import { normalisePrompt } from "../../dist/pairs/prompts/normalise.js";
import { contents, makeSources } from "../support/sources.js";

/** @typedef {import("../../dist/pairs/manifest/schema.js").Unit} Unit */
/** @typedef {import("../../dist/pairs/build/options.js").BuildOptions} BuildOptions */

const folder = await mkdtemp(join(tmpdir(), "eliq-build-"));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const sources = join(folder, "sources");
const made = await makeSources(sources);

/** @param {string} name @param {Partial<BuildOptions>} options @returns {BuildOptions} */
const options = (name, options = {}) => ({
  ...defaultBuildOptions,
  data: sources,
  out: join(folder, name),
  maxPixels: 128 * 128,
  perImage: 3,
  pairings: 4,
  testShare: 0.3,
  workers: 2,
  ...options,
});

/** @param {PairManifest} manifest */
async function unitsOf(manifest) {
  /** @type {Unit[]} */
  const units = [];
  for await (const unit of manifest.units()) units.push(unit);
  return units;
}

const built = await buildPairs(options("pairs"));
const manifest = await PairManifest.open(join(folder, "pairs"));
const units = await unitsOf(manifest);

t.test("every good image is a unit; the others are listed with reasons", async (t) => {
  t.equal(built.end.units, made.good);
  t.equal(units.length, made.good);
  const skipped = (await readFile(join(folder, "pairs", "skipped.jsonl"), "utf8")).trim().split("\n");
  const reasons = Object.fromEntries(
    skipped.map((line) => {
      const { path, findings } = JSON.parse(line);
      return [path, findings[0].reason];
    }),
  );
  t.match(reasons, { "copy.webp": "near-duplicate", "broken.webp": "unreadable", "missing.webp": "unreadable" });
  t.ok(reasons["flat.png"], "a flat picture is no positive");
  t.equal(skipped.length, made.bad);
  t.equal(
    Object.values(built.end.skipped).reduce((a, b) => a + b),
    made.bad,
  );
});

t.test("chains, relations and margins fit together", async (t) => {
  const known = new Map(allFamilies.map((family) => [family.name, family]));
  for (const { images, prompts, chains, relations } of units) {
    t.same(images[0]?.steps, [], "the first picture is the clean one");
    for (const [index, chain] of chains.entries()) {
      const own = relations.filter((relation) => relation.chain === index);
      t.equal(own.length, chain.levels.length * chain.aspects.length);
      for (const aspect of chain.aspects) {
        const path = own.filter((relation) => relation.aspect === aspect);
        t.equal(path[0]?.better.image, 0);
        for (const [i, { better, worse, margin }] of path.entries()) {
          if (i > 0) t.same(better, path[i - 1]?.worse, "each level is worse than the one before");
          t.same(worse, chain.levels[i]?.side);
          t.ok(margin > 0 && margin <= 1);
        }
        const span = path.reduce((sum, { margin }) => sum + margin, 0);
        t.ok(
          Math.abs(span - (1 + 4 * Number(chain.levels.at(-1)?.severity)) / 5) < 1e-9,
          "margins add up to the last level",
        );
      }
      for (const name of chain.families) {
        const family = known.get(name);
        if (!family) throw new Error(name);
        for (const aspect of family.aspects) t.ok(chain.aspects.includes(aspect), `${name} orders ${aspect}`);
      }
      if (chain.families.length > 1) t.ok(chain.families.length <= 3);
      const visual = chain.aspects.includes("technical") || chain.aspects.includes("aesthetic");
      t.equal(chain.aspects.includes("quality"), visual || chain.families[0] === "weaker-generator");
      if (chain.aspects.includes("alignment"))
        t.ok(
          chain.levels.every(({ side }) => side.prompt !== undefined),
          "alignment is of an image and a prompt",
        );
    }
    const edited = prompts.filter(({ edits }) => edits !== undefined);
    for (const { text, edits = [] } of edited) {
      t.not(normalisePrompt(text), normalisePrompt(prompts[0]?.text ?? ""));
      t.ok(edits.length >= 1 && edits.length <= 5);
    }
  }
});

t.test("no pair has two equal sides", async (t) => {
  let dropped = 0;
  for (const { images, chains, relations } of units) {
    for (const { better, worse } of relations)
      if (better.prompt === worse.prompt) t.not(images[better.image]?.pixels, images[worse.image]?.pixels);
    const members = new Set(chains.flatMap(({ levels }) => levels.map(({ side }) => side.image)));
    dropped += images.length - 1 - [...members].filter((image) => image > 0).length;
  }
  t.comment(`${dropped} pictures were equal to the level before`);
});

t.test("weaker generators of a prompt follow in order of strength", async (t) => {
  const strongest = units.find(({ source }) => source.path === "good-00.webp");
  const chain = strongest?.chains.find(({ families }) => families[0] === "weaker-generator");
  t.same(
    chain?.levels.map(({ side }) => strongest?.images[side.image]?.source),
    ["weak-2.webp", "weak-1.webp"],
  );
  t.same(chain?.aspects, ["quality", "alignment"]);
  const weakest = units.find(({ source }) => source.path === "weak-1.webp");
  t.notOk(weakest?.chains.some(({ families }) => families[0] === "weaker-generator"));
});

t.test("what belongs together is on one side of the split", async (t) => {
  const sides = new Map();
  for (const { group, split, prompts, source, images } of units) {
    const keys = [group, source.path, ...images.flatMap((image) => image.source ?? [])];
    for (const { text, edits } of prompts) if (!edits) keys.push(`prompt ${normalisePrompt(text)}`);
    for (const { steps } of images) for (const { partner } of steps) if (partner) keys.push(partner);
    for (const key of keys) {
      t.equal(sides.get(key) ?? split, split, key);
      sides.set(key, split);
    }
  }
  t.same(new Set(units.map(({ split }) => split)), new Set(["train", "test"]), "both splits are there");
  const same = units.filter(
    ({ prompts }) =>
      prompts[0]?.text === "a portrait photo of a smiling woman in an orange space suit next to a white helmet",
  );
  t.equal(new Set(same.map(({ group }) => group)).size, 1);
  t.equal(same.length, 3);
});

t.test("pictures made again are those that were recorded", async (t) => {
  const warnings = /** @type {unknown[]} */ ([]);
  const quiet = await PairManifest.open(join(folder, "pairs"), { onWarning: (warning) => warnings.push(warning) });
  for (const unit of units.slice(0, 3)) {
    const picture = quiet.pictures(unit);
    for (const [i, { pixels, width, height }] of unit.images.entries()) {
      const raster = await picture(i);
      t.equal(pixelHash(raster), pixels);
      t.same([raster.width, raster.height], [width, height]);
    }
  }
  t.same(warnings, []);
  t.ok(
    units.some(({ images }) => images.some(({ source }) => source)),
    "some are borrowed",
  );
  const sizes = new Set(
    units.flatMap(({ id, images }) => images.map(({ width, height }) => `${id} ${width}x${height}`)),
  );
  t.equal(sizes.size, units.length, "all pictures of a unit have one size");
});

t.test("with files: lossless, equally long within a unit, and the recorded pixels", async (t) => {
  await buildPairs(options("files", { files: true, limit: 4, perImage: 2, combinations: 0 }));
  const written = await PairManifest.open(join(folder, "files"));
  for await (const unit of written.units()) {
    const lengths = new Set();
    for (const [i, { file, pixels }] of unit.images.entries()) {
      const bytes = await readFile(join(folder, "files", String(file)));
      lengths.add(bytes.length);
      t.equal(pixelHash(await written.picture(unit, i)), pixels);
    }
    t.equal(lengths.size, 1);
  }
  await buildPairs(
    options("jpeg", {
      files: true,
      limit: 1,
      perImage: 1,
      encoding: { format: "jpeg", quality: 90, chromaSubsampling: "4:4:4" },
    }),
  );
  const jpeg = await PairManifest.open(join(folder, "jpeg"));
  for await (const unit of jpeg.units()) {
    const { format } = await sharp(join(folder, "jpeg", String(unit.images[1]?.file))).metadata();
    t.equal(format, "jpeg");
    t.equal(pixelHash(await jpeg.picture(unit, 1)), unit.images[1]?.pixels);
  }
});

t.test("the same options give the same bytes, on any number of workers; others are refused", async (t) => {
  await buildPairs(options("again", { workers: 1 }));
  const again = await contents(join(folder, "again"));
  t.same(Object.keys(again).sort(), ["build.json", "manifest.jsonl", "skipped.jsonl"]);
  t.same(again, await contents(join(folder, "pairs")));
  t.match(await buildPairs(options("again")), { unchanged: true, end: built.end });
  await t.rejects(buildPairs(options("again", { seed: 2 })), { code: "ERR_INVALID_ARGUMENT", message: /other images/ });
  await buildPairs(options("seed", { seed: 2 }));
  t.not((await contents(join(folder, "seed")))["manifest.jsonl"], again["manifest.jsonl"]);
});

t.test("an aborted build goes on where it ended", async (t) => {
  const stopped = { scan: 0, render: 0 };
  for (const phase of /** @type {const} */ (["scan", "render"])) {
    const controller = new AbortController();
    const onProgress = (/** @type {import("../../dist/pairs/build/context.js").BuildProgress} */ progress) => {
      stopped[progress.phase] = progress.done;
      if (progress.phase === phase && progress.done >= 5) controller.abort();
    };
    await t.rejects(buildPairs(options("aborted"), { signal: controller.signal, onProgress }), { code: "ERR_ABORTED" });
    t.ok(stopped[phase] >= 5);
  }
  let first = -1;
  await buildPairs(options("aborted"), {
    onProgress: ({ phase, done }) => {
      if (phase === "render" && first < 0) first = done;
    },
  });
  t.ok(first >= 5, `rendering went on at ${first}`);
  t.same(await contents(join(folder, "aborted")), await contents(join(folder, "pairs")));
});

t.test("without the filter everything readable is used", async (t) => {
  const { end } = await buildPairs(options("unfiltered", { filter: false, perImage: 1, combinations: 0, pairings: 1 }));
  t.same(end.skipped, { unreadable: 2 });
  t.equal(end.units, made.good + 2);
});

t.test("the grid, and its empty cells", async (t) => {
  const stats = await collectStats(manifest);
  t.equal(stats.units.train + stats.units.test, made.good);
  t.equal(stats.withPrompt, made.prompts);
  await buildPairs(options("few", { families: ["gaussian-blur", "tilt"] }));
  const few = await collectStats(await PairManifest.open(join(folder, "few")));
  t.same(
    emptyCells(few).map(({ origin, dimension }) => `${origin} ${dimension}`),
    ["conventional alignment", "aigc technical", "aigc aesthetic", "aigc alignment"],
  );
  await buildPairs(options("all", { perImage: 0, pairings: 0, maxPixels: 64 * 64 }));
  const all = await collectStats(await PairManifest.open(join(folder, "all")));
  t.same(emptyCells(all), []);
  t.same(
    all.families.filter(({ chains }) => chains === 0).map(({ name }) => name),
    [],
    "every family has a chain",
  );
});

t.test("senseless options", async (t) => {
  /** @type {[Partial<BuildOptions>, RegExp][]} */
  const cases = [
    [{ families: ["nonsense"] }, /no family "nonsense"/],
    [{ families: [] }, /at least one family/],
    [{ testShare: 1 }, /test split/],
    [{ maxPixels: 10 }, /1024/],
    [{ perImage: -1 }, /Chains per image/],
    [{ seed: 0.5 }, /seed/],
    [{ workers: 0 }, /worker/],
  ];
  for (const [wrong, message] of cases)
    await t.rejects(buildPairs(options("wrong", wrong)), { code: "ERR_INVALID_ARGUMENT", message });
  await t.rejects(buildPairs(options("nothing", { data: join(folder, "nowhere") })), { code: "ERR_IO" });
});

t.test("a reader refuses what is not whole, not as documented, or leaks", async (t) => {
  const lines = (await readFile(manifest.path, "utf8")).trim().split("\n");
  const [header, ...rest] = lines.map((line) => JSON.parse(line));
  const path = join(folder, "pairs", "tampered.jsonl");
  /** @param {unknown[]} values */
  const attempt = async (values) => {
    await writeFile(
      path,
      values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n"),
    );
    return unitsOf(await PairManifest.open(path, { onWarning: () => {} }));
  };
  t.equal((await attempt([header, ...rest])).length, made.good, "as it was");
  const [unit, other] = rest;
  const damaged = { code: "ERR_MANIFEST" };
  await t.rejects(attempt([header, ...rest.slice(0, -1)]), { ...damaged, message: /not finished/ });
  await t.rejects(attempt([header, ...rest.slice(1)]), { ...damaged, message: /counts/ });
  await t.rejects(attempt([header, lines[1]?.slice(0, 50)]), { ...damaged, message: /:2 is not JSON/ });
  await t.rejects(attempt([{ ...header, version: 2 }, ...rest]), { ...damaged, message: /version 2/ });
  await t.rejects(attempt([unit, ...rest]), { ...damaged, message: /no pair manifest/ });
  await t.rejects(attempt([header, { ...unit, surprise: 1 }, ...rest.slice(1)]), { ...damaged, message: /surprise/ });
  await t.rejects(attempt([header, { ...unit, group: 7 }, ...rest.slice(1)]), { ...damaged, message: /group/ });
  const dangling = { ...unit, relations: [{ ...unit.relations[0], worse: { image: 999 } }] };
  await t.rejects(attempt([header, dangling, ...rest.slice(1)]), { ...damaged, message: /refers to/ });

  const leaks = { code: "ERR_SPLIT_LEAK" };
  const flipped = { ...unit, split: unit.split === "train" ? "test" : "train" };
  const elsewhere = { ...flipped, group: "0", images: [unit.images[0]], chains: [], relations: [], prompts: [] };
  const moved = { ...elsewhere, source: { ...unit.source, path: "x.webp", sha256: "0".repeat(64) } };
  await t.rejects(attempt([header, unit, { ...elsewhere, group: unit.group }]), { ...leaks, message: /group/ });
  await t.rejects(attempt([header, unit, elsewhere]), { ...leaks, message: /source/ });
  await t.rejects(attempt([header, unit, { ...elsewhere, source: { ...unit.source, path: "x.webp" } }]), {
    ...leaks,
    message: /file/,
  });
  await t.rejects(attempt([header, unit, moved]), { ...leaks, message: /looks like it/ });
  const near = (BigInt(`0x${unit.source.hash}`) ^ 9n).toString(16).padStart(16, "0");
  await t.rejects(attempt([header, unit, { ...moved, source: { ...moved.source, hash: near } }]), leaks);
  const far = (BigInt(`0x${unit.source.hash}`) ^ 0xffffn).toString(16).padStart(16, "0");
  const apart = { ...moved, source: { ...moved.source, hash: far } };
  await t.rejects(attempt([header, unit, { ...apart, prompts: [{ text: `${unit.prompts[0].text} ` }] }]), {
    ...leaks,
    message: /prompt/,
  });
  t.ok(other);
  const end = { ...rest.at(-1), units: 2 };
  t.equal((await attempt([header, unit, apart, end])).length, 2, "another picture in the other split is no leak");
});

t.test("other versions and changed sources are warned of by name", async (t) => {
  const lines = (await readFile(manifest.path, "utf8")).trim().split("\n");
  const header = JSON.parse(lines[0] ?? "");
  const path = join(folder, "pairs", "old.jsonl");
  header.environment.libvips = "8.0.0";
  await writeFile(path, [JSON.stringify(header), ...lines.slice(1)].join("\n"));
  /** @type {import("../../dist/pairs/manifest/environment.js").ManifestWarning[]} */
  const warnings = [];
  await PairManifest.open(path, { onWarning: (warning) => warnings.push(warning) });
  t.match(warnings, [{ code: "WARN_ENVIRONMENT", message: /libvips 8\.0\.0/ }]);

  await makeSources(join(folder, "changed", "sources"));
  await buildPairs(options("changed/pairs", { data: join(folder, "changed", "sources"), limit: 2, perImage: 1 }));
  await copyFile(join(sources, "good-05.webp"), join(folder, "changed", "sources", "good-00.webp"));
  const changed = await PairManifest.open(join(folder, "changed", "pairs"), { onWarning: (w) => warnings.push(w) });
  const [unit] = await unitsOf(changed);
  if (!unit) throw new Error("no unit");
  await changed.picture(unit, 0);
  t.match(warnings[1], { code: "WARN_PIXELS", message: /good-00\.webp/ });
});
