// @ts-check
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import t from "tap";
import { degrade, isVisual, members, planImage, renderMember } from "../../dist/pairs/chains.js";
import { families, familyByName } from "../../dist/pairs/degradations/index.js";
import { boxMean } from "../../dist/pairs/kernels/box-mean.js";
import { displace } from "../../dist/pairs/kernels/displacement.js";
import { smoothField } from "../../dist/pairs/kernels/fields.js";
import { Random } from "../../dist/pairs/random.js";
import { decode, encode, readRaster } from "../../dist/pairs/raster.js";
import { allPairs, PairSampler } from "../../dist/pairs/sampler.js";
import { hashOfList, isHeldOut, readImages, streamImages } from "../../dist/pairs/sources/read.js";

/** @typedef {import("../../dist/pairs/raster.js").Raster} Raster */

const fixtures = fileURLToPath(new URL("../fixtures/train/", import.meta.url));

/** @param {number} count */
async function pictures(count) {
  const { images } = await readImages(join(fixtures, "learn"));
  const step = Math.floor(images.length / count);
  return Promise.all(
    images
      .filter((_, i) => i % step === 0)
      .slice(0, count)
      .map(({ path }) => readRaster(path, 224 * 224)),
  );
}

t.test("random streams", async (t) => {
  t.test("are the same on every machine", async (t) => {
    const random = new Random(1, "fixed");
    t.same([random.uint32(), random.uint32(), random.uint32()], [217902459, 154921997, 3792701952]);
  });
  t.test("depend on every key", async (t) => {
    const first = new Set(
      [new Random(1, "a"), new Random(1, "b"), new Random(2, "a"), new Random("1", "a")].map((r) => r.uint32()),
    );
    t.equal(first.size, 4);
  });
  t.test("are uniform and normal", async (t) => {
    const random = new Random("moments");
    const uniform = Array.from({ length: 20000 }, () => random.uniform());
    t.ok(uniform.every((value) => value >= 0 && value < 1));
    t.ok(Math.abs(average(uniform) - 0.5) < 0.01);
    const normal = [...random.fillNormal(new Float32Array(40001))];
    t.ok(Math.abs(average(normal)) < 0.02);
    t.ok(Math.abs(average(normal.map((value) => value ** 2)) - 1) < 0.03);
    t.ok(Math.abs(normal.filter((value) => Math.abs(value) < 1.96).length / normal.length - 0.95) < 0.005);
  });
  t.test("shuffle keeps the elements and the argument", async (t) => {
    const list = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new Random(3).shuffle(list);
    t.not(shuffled.join(), list.join());
    t.same([...shuffled].sort(), list);
    t.same(list, [1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

/** @param {number[]} values */
function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

t.test("kernels", async (t) => {
  const [width, height] = [37, 23];
  const plane = new Random("plane").fillNormal(new Float32Array(width * height));
  t.test("boxMean equals the plain sum over the window", async (t) => {
    for (const radius of [1, 4]) {
      const fast = boxMean(plane, width, height, radius);
      let worst = 0;
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          let sum = 0;
          for (let dy = -radius; dy <= radius; dy++)
            for (let dx = -radius; dx <= radius; dx++) {
              const yy = Math.min(height - 1, Math.max(0, y + dy));
              sum += Number(plane[yy * width + Math.min(width - 1, Math.max(0, x + dx))]);
            }
          worst = Math.max(worst, Math.abs(sum / (2 * radius + 1) ** 2 - Number(fast[y * width + x])));
        }
      t.ok(worst < 1e-5, `radius ${radius}: ${worst}`);
    }
  });
  t.test("a smooth field has unit variance and is smooth", async (t) => {
    const field = smoothField(300, 200, 8, new Random("field"));
    t.ok(Math.abs(average([...field].map((value) => value ** 2)) - 1) < 0.15);
    let step = 0;
    for (let i = 1; i < 300; i++) step = Math.max(step, Math.abs(Number(field[i]) - Number(field[i - 1])));
    t.ok(step < 0.5, `${step}`);
  });
  t.test("displacement by whole pixels moves pixels, mirrored at the border", async (t) => {
    const data = Uint8Array.from({ length: 3 * 5 }, (_, i) => 10 * Math.floor(i / 3));
    const moved = displace({ data, width: 5, height: 1 }, new Float32Array(5).fill(2), new Float32Array(5));
    t.same(
      [0, 3, 6, 9, 12].map((i) => moved.data[i]),
      [20, 30, 40, 30, 20],
    );
  });
});

t.test("a family by its name", async (t) => {
  t.equal(familyByName("gaussian-blur").name, "gaussian-blur");
  t.throws(() => familyByName("nonsense"), { code: "ERR_INVALID_ARGUMENT", message: /gaussian-blur/ });
});

const chainOptions = {
  seed: 5,
  families: families.filter(isVisual),
  singles: 3,
  combinations: 2,
  severities: /** @type {[number, number][]} */ ([
    [0.1, 0.4],
    [0.5, 1],
  ]),
};

t.test("chains", async (t) => {
  const recipe = planImage("a/b.webp", chainOptions);
  t.same(planImage("a/b.webp", chainOptions), recipe, "a function of key and options");
  t.notSame(planImage("a/c.webp", chainOptions).chains, recipe.chains);
  t.equal(recipe.chains.length, 5);
  t.same(
    recipe.chains.map(({ steps }) => steps.length),
    [1, 1, 1, 2, 2],
  );
  t.ok(recipe.chains.every(({ severities: [mild, severe] }) => Number(mild) < Number(severe)));
  t.ok(recipe.encoding.format === "jpeg" && recipe.encoding.quality >= 75 && recipe.encoding.quality <= 92);
  t.ok(
    recipe.chains.every(({ steps, seeds }) => steps.length === seeds.length),
    "a seed for each step",
  );

  const [picture] = await pictures(1);
  if (!picture) throw new Error("no fixtures");
  t.test("all members end in the same JPEG encoding and size", async (t) => {
    const tables = new Set();
    const qualities = new Set();
    for (const { chain, level } of members(recipe)) {
      const file = await encode(await degrade(picture, recipe, chain, level), recipe.encoding);
      const at = file.indexOf(Buffer.from([0xff, 0xdb]));
      tables.add(file.subarray(at, at + 2 + file.readUInt16BE(at + 2)).toString("hex"));
      const { width, height, chromaSubsampling } = await sharp(file).metadata();
      qualities.add(`${width}x${height} ${chromaSubsampling}`);
      const rendered = await renderMember(picture, recipe, chain, level);
      const decoded = await sharp(file).raw().toBuffer();
      t.ok(decoded.equals(Buffer.from(rendered.data)), `${chain}.${level} is what a reader of the file sees`);
    }
    t.equal(tables.size, 1);
    t.equal(qualities.size, 1);
  });
});

t.test("pairs", async (t) => {
  /** @type {import("../../dist/pairs/sampler.js").PoolImage[]} */
  const pool = [0, 1, 2, 3].map((i) => ({
    clean: 10 * i,
    chains: [
      { steps: ["gaussian-blur"], aspects: ["technical"], severities: [0.2, 0.8], samples: [10 * i + 1, 10 * i + 2] },
      {
        steps: ["tilt", "noise"],
        aspects: ["aesthetic", "technical"],
        severities: [0.3, 0.6],
        samples: [10 * i + 3, 10 * i + 4],
      },
    ],
  }));
  const shape = { images: 3, chains: 1, across: 2 };
  const sampler = new PairSampler(pool, 7, shape);

  t.test("a batch is a function of seed and step", async (t) => {
    t.same(sampler.batch(3), new PairSampler(pool, 7, shape).batch(3));
    t.notSame(sampler.batch(3), sampler.batch(4));
    t.notSame(sampler.batch(3), new PairSampler(pool, 8, shape).batch(3));
  });

  t.test("the better side is less damaged; the aspects are the family's", async (t) => {
    const [quality, technical, aesthetic] = [1, 4, 8];
    const kinds = { clean: 0, ordered: 0, across: 0 };
    const seen = new Set();
    for (let step = 0; step < 200; step++) {
      const { better, worse, target, rank, invariant } = sampler.batch(step);
      const images = new Set([...better, ...worse].map((sample) => Math.floor(sample / 10)));
      if (images.size !== 3) t.fail(`${images.size} images in a step`);
      for (const [i, b] of better.entries()) {
        const [w, r, v] = [Number(worse[i]), Number(rank[i]), Number(invariant[i])];
        const sameImage = Math.floor(b / 10) === Math.floor(w / 10);
        const kind = !sameImage ? "across" : b % 10 === 0 ? "clean" : "ordered";
        kinds[kind]++;
        seen.add(w);
        const blur = w % 10 <= 2;
        if (kind === "ordered" && w !== b + 1) t.fail(`${b} > ${w} is not an order of one chain`);
        if (kind === "across" && (b % 10 !== 0 || w % 2 !== 0))
          t.fail(`${b} > ${w}: across contents only clean above strong`);
        if (kind === "clean" && w % 10 === 0) t.fail("clean above clean");
        if (r !== (blur ? quality | technical : quality | technical | aesthetic)) t.fail(`rank ${r} of ${w}`);
        if (v !== (kind !== "across" && blur ? aesthetic : 0)) t.fail(`invariant ${v} of ${b} > ${w}`);
        if (target[i] !== 1) t.fail("target");
      }
    }
    t.same(kinds, { clean: 200 * 3 * 2, ordered: 200 * 3, across: 200 * 3 * 3 * 2 });
    t.equal(seen.size, 16, "every damaged sample has its turn");
  });

  t.test("a pool of one image, and a shape larger than the pool", async (t) => {
    t.equal(new PairSampler(pool.slice(0, 1), 1, { images: 8, chains: 9, across: 3 }).batch(0).better.length, 6);
    t.equal(new PairSampler(pool, 1, { images: 8, chains: 9, across: 0 }).batch(0).better.length, 24);
  });

  t.test("all pairs of a pool, once", async (t) => {
    const pairs = [...allPairs(pool)];
    t.equal(pairs.length, 4 * 2 * 3);
    t.equal(new Set(pairs.map(({ better, worse }) => `${better}>${worse}`)).size, pairs.length);
    t.same(new Set(pairs.map(({ family }) => family)), new Set(["gaussian-blur", "tilt + noise"]));
  });

  t.throws(() => new PairSampler([{ clean: 0, chains: [] }], 1), RangeError);
});

t.test("image lists", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-pairs-"));
  t.teardown(() => rm(folder, { recursive: true }));
  /** @param {string} name @param {object[]} lines */
  const manifest = async (name, lines) => {
    const path = join(folder, name);
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return path;
  };

  t.test("a manifest's fields, and the filter for publishing", async (t) => {
    const path = await manifest("provenance.jsonl", [
      { path: "a.png", provenance: "author-generated", licence: "MIT", kind: "ai", group: "g", source_repo: "o/r" },
      { path: "b.png", provenance: "third-party credited", licence: "CC BY 4.0; photo: CC-BY" },
      { path: "c.png", provenance: "aggregator (entry names a third party)" },
      { path: "d.png", provenance: "Unsplash via Google", licence: "Unsplash licence" },
      { path: "e.png", provenance: "repository, origin of image not stated" },
      { path: "f.png", licence: "CC0-1.0", provenance: "contributors of unknown pictures" },
    ]);
    const all = await readImages(path);
    t.equal(all.images.length, 6);
    t.match(all.images[0], {
      path: join(folder, "a.png"),
      key: "a.png",
      group: "g",
      kind: "ai",
      licence: "MIT",
      collection: "o/r",
    });
    t.match(all.images[4], { group: "e.png", kind: "unknown", licence: "not stated" });
    const open = await readImages(path, { publishable: true });
    t.same(
      open.images.map(({ key }) => key),
      ["a.png", "b.png"],
    );
    t.equal(open.leftOut["Unsplash via Google"], 1);
    t.equal(
      Object.values(open.leftOut).reduce((a, b) => a + b),
      4,
    );
    t.same(
      (await readImages(path, { publishable: true, unsplash: true })).images.map(({ key }) => key),
      ["a.png", "b.png", "d.png"],
    );
    t.equal(open.hash, all.hash);
  });

  t.test("each accepted provenance, and none else", async (t) => {
    const line = (/** @type {string} */ provenance) => ({ path: "a.png", licence: "CC BY 4.0", provenance });
    const passes = async (/** @type {object} */ entry, filter = {}) => {
      const path = await manifest("one.jsonl", [entry, { path: "b.png", provenance: "authors", licence: "MIT" }]);
      return (await readImages(path, { publishable: true, ...filter })).images.length === 2;
    };
    for (const provenance of [
      "author-generated; the image files are the workflows",
      "contributors",
      "authors",
      "third-party credited",
      "COCO/Flickr",
      "Debian package, credited",
    ])
      t.ok(await passes(line(provenance)), provenance);
    for (const provenance of [
      "aggregator",
      "Unsplash",
      "Unsplash via Google",
      "authors unknown",
      "Debian package",
      "web",
    ])
      t.notOk(await passes(line(provenance)), provenance);
    t.ok(await passes(line("Unsplash, credited by name"), { unsplash: true }));
    t.notOk(await passes(line("Unsplash"), { unsplash: true }), "nobody is credited");
  });

  t.test("licences that a published model may rest on", async (t) => {
    const passes = async (/** @type {string | undefined} */ licence, filter = {}, provenance = "contributors") => {
      const lines = [
        { path: "a.png", provenance, ...(licence === undefined ? {} : { licence }) },
        { path: "b.png", provenance: "authors", licence: "MIT" },
      ];
      return (
        (await readImages(await manifest("licence.jsonl", lines), { publishable: true, ...filter })).images.length === 2
      );
    };
    for (const licence of [
      "CC0-1.0",
      "CC BY 2.0",
      "CC-BY-4.0",
      "Unlicense (public domain)",
      "Apache-2.0",
      "0BSD-style",
    ])
      t.ok(await passes(licence), licence);
    for (const licence of ["CC BY-SA 2.0", "CC BY 4.0 (book); photo: CC BY-SA 4.0", "GPL-2+", "LGPL-3"]) {
      t.notOk(await passes(licence), licence);
      t.ok(await passes(licence, { shareAlike: true }), licence);
    }
    const every = { shareAlike: true, unsplash: true };
    for (const licence of [
      "CC BY-NC 4.0",
      "CC-BY-NC-SA-4.0",
      "CC BY-ND 2.0",
      "CC BY 4.0; photo: CC BY-NC-ND 2.0",
      "non-commercial use",
    ])
      t.notOk(await passes(licence, every), licence);
    t.notOk(await passes("Unsplash licence"));
    t.ok(await passes("Unsplash licence", { unsplash: true }));
    t.notOk(await passes(undefined, every), "other people's pictures need a licence");
    t.ok(await passes(undefined, {}, "author-generated"));
    const path = await manifest("counted.jsonl", [
      { path: "a.png", provenance: "COCO/Flickr", licence: "CC BY-SA 2.0" },
      { path: "b.png", provenance: "authors", licence: "MIT" },
    ]);
    t.same((await readImages(path, { publishable: true })).leftOut, { "COCO/Flickr; licence: CC BY-SA 2.0": 1 });
    t.same((await readImages(path)).leftOut, {}, "nothing is left out when nothing is published");
  });

  t.test("a line without provenance is refused, with what to do", async (t) => {
    for (const line of [
      { path: "a.png", licence: "MIT" },
      { path: "a.png", provenance: "not stated" },
    ]) {
      const path = await manifest("silent.jsonl", [{ path: "b.png", provenance: "authors", licence: "MIT" }, line]);
      await t.rejects(readImages(path, { publishable: true }), {
        code: "ERR_INVALID_ARGUMENT",
        message: /a\.png states no provenance.*"provenance" and "licence".*--publishable/,
      });
      t.equal((await readImages(path)).images.length, 2, "one may train on it for oneself");
    }
  });

  t.test("prompts are kept where they describe the picture", async (t) => {
    const path = await manifest("prompts.jsonl", [
      { path: "a.png", prompt: "a red barn", generator: "G", strength: 3, categories: ["nature"] },
      { path: "b.png", caption: "a dog", text_kind: "caption", released: "1970-01-11" },
      { path: "c.png", prompt: "make it blue", text_kind: "edit" },
      { path: "d.png", prompt: "ein Haus", language: "de" },
    ]);
    const { images } = await readImages(path);
    t.match(images[0], { prompt: "a red barn", generator: "G", strength: 3, categories: ["nature"] });
    t.match(images[1], { prompt: "a dog", strength: 10 });
    t.same([images[2]?.prompt, images[3]?.prompt], [undefined, undefined]);
    await manifest("strength.jsonl", [{ path: "a.png", strength: "strong" }]);
    await t.rejects(readImages(join(folder, "strength.jsonl")), { code: "ERR_INVALID_ARGUMENT", message: /strength/ });
  });

  t.test("a long list is a stream", async (t) => {
    const path = await manifest(
      "long.jsonl",
      Array.from({ length: 5000 }, (_, i) => ({ path: `${i}.png` })),
    );
    let count = 0;
    for await (const { key } of streamImages(path)) {
      t.equal(key, `${count}.png`);
      if (++count === 3) break;
    }
    t.equal(await hashOfList(path), (await readImages(path)).hash);
  });

  t.test("a plain folder", async (t) => {
    const plain = join(folder, "plain");
    await mkdir(join(plain, "sub"), { recursive: true });
    for (const name of ["z.png", "a.JPG", "sub/m.webp", "notes.txt"]) await writeFile(join(plain, name), name);
    const { images } = await readImages(plain);
    t.same(
      images.map(({ key }) => key),
      ["a.JPG", "sub/m.webp", "z.png"],
    );
    await t.rejects(readImages(plain, { publishable: true }), { code: "ERR_INVALID_ARGUMENT", message: /publishable/ });
  });

  t.test("human scores and evaluation sets are refused", async (t) => {
    for (const column of [
      "mos",
      "mos_quality",
      "MOS_align",
      "std_quality",
      "z_mos",
      "DMOS",
      "MOS_zscore",
      "mosz1",
      "quality_mos",
      "Score",
      "score_mean",
      "mean opinion score",
    ]) {
      const path = await manifest("scored.jsonl", [{ path: "a.png", [column]: 3.5 }]);
      await t.rejects(
        readImages(path),
        { code: "ERR_INVALID_ARGUMENT", message: new RegExp(`scored.jsonl:1.*human scores \\("${column}"`) },
        column,
      );
    }
    const nested = await manifest("nested.jsonl", [{ path: "a.png", labels: [{ mos: 3 }] }]);
    await t.rejects(readImages(nested), { code: "ERR_INVALID_ARGUMENT", message: /"mos"/ });
    for (const [name, table] of [
      ["comma.csv", '"image","MOS_zscore"\n'],
      ["semicolon.csv", "\ufeffDMOS;image\n"],
      ["tab.tsv", "image\tscore_mean\n"],
    ]) {
      const path = join(folder, String(name));
      await writeFile(path, String(table));
      await t.rejects(readImages(path), { code: "ERR_INVALID_ARGUMENT", message: /human scores/ }, String(name));
    }
    for (const file of ["mosz1.mat", "AllMOS_release.mat", "mos_with_names.txt"]) {
      const set = join(folder, `set-${file}`);
      await mkdir(set);
      await writeFile(join(set, "a.png"), "");
      await writeFile(join(set, file), "");
      await t.rejects(readImages(set), { code: "ERR_INVALID_ARGUMENT", message: new RegExp(file) }, file);
    }
    const scored = join(folder, "scored");
    await mkdir(scored);
    await writeFile(join(scored, "a.png"), "");
    await writeFile(join(scored, "data.csv"), "name,prompt,mos_quality\na.png,x,1\n");
    await t.rejects(readImages(scored), { code: "ERR_INVALID_ARGUMENT", message: /mos_quality/ });
    for (const name of [
      "AttnGAN_normal_001.jpg",
      "images/sd1.5_lowcorr_120.jpg",
      "midjourney_lowstep_003.png",
      "DALLE2_normal_000.jpg",
    ]) {
      const path = await manifest("agiqa.jsonl", [{ path: name }]);
      await t.rejects(readImages(path), { code: "ERR_INVALID_ARGUMENT", message: /AGIQA-3K/ }, name);
    }
    const fine = await manifest("fine.jsonl", [
      { path: "almost.png", cosmos: 1, glide: true, mosaic: 2, std: 1, underscore: 3, aesthetics: 4 },
      { path: "my_glide_normal.jpg" },
    ]);
    t.equal((await readImages(fine)).images.length, 2);
  });

  t.test("what is wrong is named", async (t) => {
    await t.rejects(readImages(join(folder, "nothing")), { code: "ERR_IO" });
    const path = join(folder, "bad.jsonl");
    await writeFile(path, '{"path": "a.png"}\n{"path": \n');
    await t.rejects(readImages(path), { code: "ERR_INVALID_ARGUMENT", message: /bad\.jsonl:2/ });
    await writeFile(path, '{"file": "a.png"}\n');
    await t.rejects(readImages(path), { code: "ERR_INVALID_ARGUMENT", message: /"path"/ });
    const empty = join(folder, "empty");
    await mkdir(empty);
    await t.rejects(readImages(empty), { code: "ERR_INVALID_ARGUMENT", message: /no images/ });
  });

  t.test("groups are held out as a whole, in about the share asked for", async (t) => {
    const groups = Array.from({ length: 3000 }, (_, i) => `group ${i}`);
    const share = groups.filter((group) => isHeldOut(group, 0.1)).length / groups.length;
    t.ok(Math.abs(share - 0.1) < 0.02, `${share}`);
    t.ok(
      groups.every((group) => isHeldOut(group, 0.1) <= isHeldOut(group, 0.3)),
      "a larger share holds out a superset",
    );
  });

  t.test("the committed fixtures: 40 to learn from, 20 unseen, no group in both", async (t) => {
    const learn = await readImages(join(fixtures, "learn"), { publishable: true });
    const unseen = await readImages(join(fixtures, "unseen"), { publishable: true });
    t.equal(learn.images.length, 40);
    t.equal(unseen.images.length, 20);
    const groups = new Set(learn.images.map(({ group }) => group));
    t.notOk(unseen.images.some(({ group }) => groups.has(group)));
    for (const { path } of [...learn.images, ...unseen.images]) t.ok((await readFile(path)).length < 12 * 1024, path);
  });
});

t.test("reading pictures", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-raster-"));
  t.teardown(() => rm(folder, { recursive: true }));
  t.test("orientation, transparency and size", async (t) => {
    const turned = join(folder, "turned.jpg");
    await sharp({ create: { width: 64, height: 32, channels: 3, background: "#203040" } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toFile(turned);
    t.match(await readRaster(turned, 1e6), { width: 32, height: 64 });
    t.match(await readRaster(turned, 512), { width: 16, height: 32 });
    const clear = join(folder, "clear.png");
    await sharp({ create: { width: 4, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toFile(clear);
    t.ok([...(await readRaster(clear, 100)).data].every((value) => value === 255));
    const grey = join(folder, "grey.png");
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "#808080" } })
      .toColourspace("b-w")
      .png()
      .toFile(grey);
    t.equal((await readRaster(grey, 100)).data.length, 192);
  });
  t.test("lossless files are equally long, whatever they show", async (t) => {
    const random = new Random("noise");
    const noise = { data: Uint8Array.from({ length: 3 * 60 * 40 }, () => random.integer(256)), width: 60, height: 40 };
    const flat = { data: new Uint8Array(3 * 60 * 40), width: 60, height: 40 };
    const files = await Promise.all([noise, flat].map((raster) => encode(raster, { format: "lossless" })));
    t.equal(files[0]?.length, files[1]?.length);
    t.ok(Buffer.from((await decode(/** @type {Buffer} */ (files[0]))).data).equals(Buffer.from(noise.data)));
  });
  t.test("damage is named", async (t) => {
    const text = join(folder, "text.png");
    await writeFile(text, "not a picture");
    await t.rejects(readRaster(text, 100), { code: "ERR_IMAGE_DECODE", message: /text\.png/ });
    await t.rejects(readRaster(join(folder, "missing.png"), 100), { code: "ERR_IMAGE_DECODE" });
  });
});
