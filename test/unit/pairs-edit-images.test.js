// @ts-check
// Good images spoilt by an image-editing model, as files, and as chains of a build.
import { spawn } from "node:child_process";
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import t from "tap";
import { run as runBuild } from "../../dist/cli/commands/pairs/build.js";
import { run } from "../../dist/cli/commands/pairs/edit.js";
import { buildPairs } from "../../dist/pairs/build/build.js";
import { GivenNegatives } from "../../dist/pairs/build/given-negatives.js";
import { defaultBuildOptions } from "../../dist/pairs/build/options.js";
import { editImages, previewEdits } from "../../dist/pairs/editing/edit-images.js";
import { editInstructions, instructionFor } from "../../dist/pairs/editing/instructions.js";
import { allFamilies, familySummary } from "../../dist/pairs/families.js";
import { selectExamples } from "../../dist/pairs/gallery/select.js";
import { PairManifest } from "../../dist/pairs/manifest/read.js";
import { collectStats } from "../../dist/pairs/manifest/stats.js";
import { pixelHash } from "../../dist/pairs/pictures.js";
import { editServer, json } from "../support/image-servers.js";
import { failure, jsonLines as lines } from "../support/outcomes.js";
import { contents, fixturePictures, makeSources } from "../support/sources.js";

/** @typedef {import("../../dist/pairs/editing/edit-images.js").EditImagesOptions} EditImagesOptions */
/** @typedef {import("../../dist/pairs/build/options.js").BuildOptions} BuildOptions */
/** @typedef {import("../../dist/pairs/manifest/schema.js").Unit} Unit */

const quick = { retries: 2, delay: async () => {} };
const folder = await mkdtemp(join(tmpdir(), "eliq-edits-"));
t.teardown(() => rm(folder, { recursive: true, force: true }));

const sources = join(folder, "sources");
await makeSources(sources);
/** Four images that can be read. */
const list = join(sources, "four.jsonl");
const goods = ["good-00.webp", "good-01.webp", "good-02.webp", "good-03.webp"];
await writeFile(list, goods.map((path) => `${JSON.stringify({ path, kind: "photo" })}\n`).join(""));

/**
 * @param {string} url @param {string} out @param {Partial<EditImagesOptions>} [changes]
 * @returns {EditImagesOptions}
 */
const options = (url, out, changes = {}) => ({
  data: list,
  out: join(folder, out),
  server: { endpoint: `${url}/v1`, ...quick },
  ...changes,
});

/** @param {string} name */
const negativesOf = (name) => lines(join(folder, name, "negatives.jsonl"));

t.test("edits each image by different instructions and lists the pictures", async (t) => {
  const server = await editServer();
  t.teardown(server.close);
  t.same(await editImages(options(server.url, "plain", { perImage: 3 })), { made: 12, kept: 0, failed: 0 });
  const negatives = await negativesOf("plain");
  const known = new Map(editInstructions.map((instruction) => [instruction.defect, instruction]));
  t.same(
    negatives.map(({ negativeOf }) => negativeOf),
    goods.flatMap((path) => Array(3).fill(`../sources/${path}`)),
    "in the list's order",
  );
  for (const { path, negativeOf, defect, aspects, instruction, bytes } of negatives) {
    t.same(aspects, ["aesthetic"]);
    t.equal(instruction, instructionFor(/** @type {any} */ (known.get(defect))));
    t.equal((await stat(join(folder, "plain", path))).size, bytes);
    t.ok((await stat(resolve(folder, "plain", negativeOf))).isFile());
  }
  for (const good of goods) {
    const own = negatives.filter(({ negativeOf }) => negativeOf.endsWith(good));
    t.equal(new Set(own.map(({ defect }) => defect)).size, 3);
  }
  t.ok(new Set(negatives.map(({ defect }) => defect)).size > 5, "images get different ones");
  t.same(
    server.calls.map(({ body }) => body.get("prompt")),
    negatives.map(({ instruction }) => instruction),
  );
});

t.test("sends an upright PNG on white of at most 1,048,576 pixels", async (t) => {
  const server = await editServer();
  t.teardown(server.close);
  const large = join(folder, "large");
  await mkdir(large);
  const [path = ""] = await fixturePictures();
  // Turned by EXIF, and wide enough that rounding the sides would give more pixels than are allowed.
  await sharp(await readFile(path))
    .resize(1999, 1303, { fit: "fill" })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toFile(join(large, "a.jpg"));
  await sharp({ create: { width: 40, height: 30, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .png()
    .toFile(join(large, "b.png"));
  await editImages(options(server.url, "large-edits", { data: large, perImage: 1 }));
  const sent = await Promise.all(
    server.calls.map(async ({ body }) => sharp(Buffer.from(await body.get("image").arrayBuffer()))),
  );
  const [turned, small] = await Promise.all(sent.map((image) => image.metadata()));
  t.match(turned, { format: "png", channels: 3 });
  const [width, height] = [Number(turned?.width), Number(turned?.height)];
  t.ok(height > width && width * height <= 1_048_576 && width * height > 1_040_000, `${width} x ${height}`);
  t.match(small, { width: 40, height: 30, channels: 3 });
  t.same([...((await sent[1]?.raw().toBuffer()) ?? Buffer.alloc(0)).subarray(0, 3)], [255, 255, 255]);
});

t.test("asks for nothing twice", async (t) => {
  const server = await editServer();
  t.teardown(server.close);
  await editImages(options(server.url, "twice"));
  const before = await contents(join(folder, "twice"));
  t.equal(server.calls.length, 8);
  t.same(await editImages(options(server.url, "twice")), { made: 0, kept: 8, failed: 0 });
  t.equal(server.calls.length, 8);
  t.same(await contents(join(folder, "twice")), before);
  const doubled = join(sources, "doubled.jsonl");
  await writeFile(doubled, `${await readFile(list, "utf8")}${await readFile(list, "utf8")}`);
  t.same(await editImages(options(server.url, "twice", { data: doubled, perImage: 3, concurrency: 4 })), {
    made: 4,
    kept: 8,
    failed: 0,
  });
  const other = options(server.url, "twice", { server: { endpoint: `${server.url}/v1`, model: "other" } });
  t.match(await editImages(other), { made: 8 }, "another model's pictures are others");
  t.match(await editImages(options(server.url, "seed", { seed: 7 })), { made: 8 });
  const drawn = (/** @type {any[]} */ entries) => entries.map(({ negativeOf, defect }) => `${negativeOf} ${defect}`);
  t.notSame(drawn(await negativesOf("seed")), drawn((await negativesOf("twice")).slice(0, 8)));
});

t.test("killed at any moment, it goes on and ends the same", async (t) => {
  const server = await editServer(async () => {
    await new Promise((done) => setTimeout(done, 40));
    return false;
  });
  t.teardown(server.close);
  const child = fileURLToPath(new URL("../support/edit-child.js", import.meta.url));
  /** @param {string} out @param {number} [killAfter] requests */
  const start = (out, killAfter) =>
    new Promise((done) => {
      const from = server.calls.length;
      const args = [child, `${server.url}/v1`, list, join(folder, out)];
      const running = spawn(process.execPath, args, { stdio: "inherit" });
      const timer = setInterval(() => {
        if (killAfter !== undefined && server.calls.length - from >= killAfter) running.kill("SIGKILL");
      }, 2);
      running.on("exit", (code, signal) => {
        clearInterval(timer);
        done(signal ?? code);
      });
    });
  t.equal(await start("whole"), 0);
  t.equal(server.calls.length, 12);
  for (const after of [3, 5]) t.equal(await start("killed", after), "SIGKILL");
  t.equal(await start("killed"), 0);
  t.ok(
    server.calls.length <= 12 + 12 + 2 * 2,
    `only what was under way is asked for again: ${server.calls.length - 24}`,
  );
  t.same(await contents(join(folder, "killed")), await contents(join(folder, "whole")));

  const torn = join(folder, "killed", "negatives.jsonl");
  await truncate(torn, (await stat(torn)).size - 30);
  server.calls.length = 0;
  t.equal(await start("killed"), 0);
  t.equal(server.calls.length, 0, "a torn line's picture is there");
  t.same(await contents(join(folder, "killed")), await contents(join(folder, "whole")));
});

t.test("an abort ends it, and what was made stays", async (t) => {
  const controller = new AbortController();
  const server = await editServer((_, __, count) => {
    if (count === 3) controller.abort();
    return false;
  });
  t.teardown(server.close);
  const { signal } = controller;
  t.match(await failure(editImages(options(server.url, "aborted"), { signal })), { code: "ERR_ABORTED" });
  t.equal((await negativesOf("aborted")).length, 3);
  t.same(await editImages(options(server.url, "aborted")), { made: 5, kept: 3, failed: 0 });
});

t.test("lists failures and makes the others", async (t) => {
  let healed = false;
  const server = await editServer((_, reply, count) => {
    if (healed) return false;
    const answers = [
      () => json(reply, { error: { code: "moderation_blocked", message: "safety" } }, 400),
      () => json(reply, { data: [{ b64_json: Buffer.from("no picture").toString("base64") }] }),
      () => json(reply, {}, 500),
    ];
    const answer = count % 6 < 3 && answers[count % 6];
    if (answer) answer();
    return Boolean(answer);
  });
  t.teardown(server.close);
  const withBroken = join(sources, "broken.jsonl");
  const paths = [...goods, "broken.webp", "missing.webp"];
  await writeFile(withBroken, paths.map((path) => `${JSON.stringify({ path })}\n`).join(""));
  const wanted = options(server.url, "failing", {
    data: withBroken,
    failuresInARow: 4,
    server: { endpoint: `${server.url}/v1`, ...quick, retries: 0 },
  });
  /** @type {any[]} */
  const heard = [];
  const summary = await editImages(wanted, { onFailure: (it) => heard.push(it) });
  const failures = await lines(join(folder, "failing", "failures.jsonl"));
  t.same(failures, heard);
  const messages = (/** @type {string} */ path) =>
    failures.filter(({ negativeOf }) => negativeOf.endsWith(path)).map(({ code, message }) => `${code} ${message}`);
  t.match(messages("good-00.webp").join(), /refuses.*not an image file/s);
  t.match(messages("good-01.webp").join(), /status 500/);
  for (const path of ["broken.webp", "missing.webp"]) {
    t.equal(messages(path).length, 2);
    t.match(messages(path)[0], new RegExp(`ERR_IMAGE_DECODE.*${path}`));
  }
  t.same(summary, { made: 12 - failures.length, kept: 0, failed: failures.length });
  healed = true;
  t.match(await editImages(wanted), { failed: 4 }, "only what cannot be read fails for ever");
  t.equal((await negativesOf("failing")).length, 8);
});

t.test("stops when nothing can succeed", async (t) => {
  const wrongKey = await editServer((_, reply) => {
    json(reply, { error: { message: "no" } }, 401);
    return true;
  });
  t.teardown(wrongKey.close);
  t.match(await failure(editImages(options(wrongKey.url, "no-key"))), {
    code: "ERR_INVALID_ARGUMENT",
    message: /API key/,
  });
  t.equal(wrongKey.calls.length, 1);
  const down = await editServer((_, reply) => {
    json(reply, {}, 503);
    return true;
  });
  t.teardown(down.close);
  const wanted = options(down.url, "down", { failuresInARow: 3, server: { endpoint: `${down.url}/v1`, retries: 0 } });
  t.match(await failure(editImages(wanted)), { code: "ERR_URL_FETCH", message: /3 requests failed one after another/ });
});

t.test("senseless options", async (t) => {
  const server = await editServer();
  t.teardown(server.close);
  const invalid = { code: "ERR_INVALID_ARGUMENT" };
  for (const [changes, message] of /** @type {[Partial<EditImagesOptions>, RegExp][]} */ ([
    [{ defects: ["ugliness"] }, /no instruction for the defect "ugliness".*tilted-horizon/],
    [{ defects: ["bad-crop"], perImage: 2 }, /from 1 to 1/],
    [{ perImage: 0 }, /from 1 to 17/],
    [{ limit: 0 }, /limit/],
    [{ seed: -1 }, /seed/],
    [{ concurrency: 0 }, /Counts/],
    [{ data: join(folder, "large"), out: join(folder, "large", "edits") }, /pass for good/],
    [{ data: join(folder, "large"), out: join(folder, "large") }, /pass for good/],
  ])) {
    t.match(await failure(editImages(options(server.url, "senseless", changes))), { ...invalid, message });
    t.match(await failure(previewEdits(options(server.url, "senseless", changes))), { ...invalid, message });
  }
  const bad = join(sources, "bad.jsonl");
  await writeFile(bad, `${JSON.stringify({ path: goods[0] })}\n{"path": 7}\n`);
  t.match(await failure(editImages(options(server.url, "bad", { data: bad }))), {
    ...invalid,
    message: /bad\.jsonl:2/,
  });
});

t.test("eliq pairs edit", async (t) => {
  const server = await editServer();
  t.teardown(server.close);
  /** @type {string[]} */
  const printed = [];
  const write = process.stderr.write;
  t.teardown(() => {
    process.stderr.write = write;
  });
  process.stderr.write = /** @type {any} */ ((/** @type {string} */ text) => Boolean(printed.push(text)));
  const args = ["--data", list, "--endpoint", `${server.url}/v1`, "--out", join(folder, "command")];
  const preview = ["--preview", "--price", "0.5", "--requests-per-minute", "60"];
  t.equal(await run([...args, ...preview]), 0);
  t.match(printed.join(""), /8 pictures of 4 good images.*\n.*8 requests.*price 4\.00.*at least 8/);
  t.match(await failure(run(args)), { name: "UsageError", message: /--yes/ });
  t.equal(server.calls.length, 0);
  process.env.ELIQ_TEST_KEY = "my-key";
  t.teardown(() => delete process.env.ELIQ_TEST_KEY);
  const chosen = [
    "--defects",
    "bad-crop, flat-light",
    "--limit",
    "2",
    "--model",
    "edit-1",
    "--key-from",
    "ELIQ_TEST_KEY",
  ];
  t.equal(await run([...args, ...chosen, "--parameters", '{"quality":"low"}', "--yes"]), 0);
  t.same((await negativesOf("command")).map(({ defect }) => defect).sort(), [
    "bad-crop",
    "bad-crop",
    "flat-light",
    "flat-light",
  ]);
  t.equal(server.calls[0]?.headers.authorization, "Bearer my-key");
  t.same(
    ["model", "quality", "n"].map((name) => server.calls[0]?.body.get(name)),
    ["edit-1", "low", "1"],
  );
  for (const wrong of [["--per-image", "0"], ["--price=-1"], ["--parameters", "[]"], ["--key-from", "NO_SUCH"]])
    t.match(await failure(run([...args, ...wrong])), { name: "UsageError" }, wrong.join(" "));
  t.match(await failure(run(args.slice(2))), { name: "UsageError", message: /--data/ });
});

/** @param {string} out @param {Partial<BuildOptions>} [changes] @returns {BuildOptions} */
const building = (out, changes = {}) => ({
  ...defaultBuildOptions,
  data: sources,
  out: join(folder, out),
  maxPixels: 96 * 96,
  perImage: 1,
  combinations: 0,
  pairings: 1,
  testShare: 0.3,
  workers: 2,
  negatives: join(folder, "plain", "negatives.jsonl"),
  ...changes,
});

/** @param {string} out @returns {Promise<Unit[]>} */
async function unitsOf(out) {
  const units = [];
  for await (const unit of (await PairManifest.open(join(folder, out))).units()) units.push(unit);
  return units;
}

/** Chains of given negatives. @param {Unit} unit */
const givenChains = ({ chains }) => chains.filter(({ families }) => families[0] === "editing-model");

t.test("a build takes the list: a chain of one level for each picture", async (t) => {
  const { end } = await buildPairs(building("pairs"));
  await buildPairs(building("without", { negatives: undefined }));
  const [units, without] = [await unitsOf("pairs"), await unitsOf("without")];
  const negatives = await negativesOf("plain");
  const manifest = await PairManifest.open(join(folder, "pairs"));
  t.notOk(end.skipped["unreadable-negative"]);
  for (const [i, unit] of units.entries()) {
    const own = negatives.filter(({ negativeOf }) => negativeOf === `../sources/${unit.source.path}`);
    const chains = givenChains(unit);
    t.equal(chains.length, own.length, unit.source.path);
    for (const [place, chain] of chains.entries()) {
      t.same(chain.aspects, ["quality", "aesthetic"]);
      t.match(chain.levels, [{ severity: 0.5, side: { prompt: undefined } }]);
      const image = Number(chain.levels[0]?.side.image);
      t.match(unit.images[image], { source: `../plain/${own[place].path}`, steps: [] });
      t.same(
        [unit.images[image]?.width, unit.images[image]?.height],
        [unit.images[0]?.width, unit.images[0]?.height],
        "of the good picture's size",
      );
      const index = unit.chains.indexOf(chain);
      t.same(
        unit.relations.filter((relation) => relation.chain === index),
        ["quality", "aesthetic"].map((aspect) => ({
          better: { image: 0 },
          worse: { image },
          aspect,
          margin: 0.6,
          chain: index,
        })),
      );
      t.equal(pixelHash(await manifest.picture(unit, image)), unit.images[image]?.pixels);
    }
    t.same(unit.chains.slice(0, unit.chains.length - chains.length), without[i]?.chains, "the others are as they were");
  }
  t.equal(units.flatMap(givenChains).length, 12);
});

t.test("its family is in header, statistics and gallery when a list is given", async (t) => {
  const [manifest, without] = await Promise.all(
    ["pairs", "without"].map((name) => PairManifest.open(join(folder, name))),
  );
  if (!manifest || !without) throw new Error("no manifest");
  t.same(manifest.header.families.slice(0, -1), without.header.families);
  t.same(manifest.header.families.at(-1), {
    name: "editing-model",
    cell: { origin: "conventional", dimension: "aesthetic" },
    aspects: ["quality", "aesthetic"],
  });
  t.ok(familySummary("editing-model").length > 20);
  t.notOk(
    allFamilies.some(({ name }) => name === "editing-model"),
    "a build does not draw it",
  );
  const { families } = await collectStats(manifest);
  t.match(families.at(-1), { name: "editing-model", chains: 12, levels: 12, combined: 0 });
  const shown = (await selectExamples(manifest, 2)).families.at(-1);
  t.match(shown, { name: "editing-model", summary: /image-editing model/ });
  t.equal(shown?.examples.length, 2);
  t.match(await failure(buildPairs(building("named", { families: ["editing-model"] }))), {
    message: /list of negatives/,
  });
});

t.test("negatives that cannot be read are left out and listed", async (t) => {
  await cp(join(folder, "plain"), join(folder, "spoilt"), { recursive: true });
  const path = join(folder, "spoilt", "negatives.jsonl");
  const [first, second, third] = await negativesOf("spoilt");
  await rm(join(folder, "spoilt", first.path));
  await truncate(join(folder, "spoilt", third.path), 3000);
  // Of an image that is left out itself: not looked at.
  await appendFile(path, `${JSON.stringify({ path: "nothing.png", negativeOf: "../sources/flat.png" })}\n`);
  const { end } = await buildPairs(building("left-out", { negatives: path }));
  t.equal(end.skipped["unreadable-negative"], 2);
  const skipped = await lines(join(folder, "left-out", "skipped.jsonl"));
  const listed = skipped.filter(({ findings }) => findings[0].reason === "unreadable-negative");
  t.same(
    listed.map((line) => line.path),
    [first, third].map((line) => `../spoilt/${line.path}`),
  );
  t.same(
    listed.map(({ findings }) => findings[0].message),
    ["There is no such file.", "It is no image, or damaged, or cut off."],
  );
  t.equal(
    skipped.length,
    Object.values(end.skipped).reduce((a, b) => a + b),
  );
  const units = await unitsOf("left-out");
  t.equal(units.flatMap(givenChains).length, 10);
  const own = givenChains(/** @type {Unit} */ (units[0]));
  t.same(
    own.map(({ levels }) => units[0]?.images[Number(levels[0]?.side.image)]?.source),
    [`../spoilt/${second.path}`],
  );
});

t.test("the same bytes from any number of workers, and after aborts", async (t) => {
  const negatives = join(folder, "spoilt", "negatives.jsonl");
  for (const [phase, at] of /** @type {const} */ ([
    ["scan", 2],
    ["scan", 9],
    ["render", 2],
  ])) {
    const controller = new AbortController();
    const onProgress = (/** @type {import("../../dist/pairs/build/context.js").BuildProgress} */ progress) => {
      if (progress.phase === phase && progress.done >= at) controller.abort();
    };
    const { signal } = controller;
    const stopped = buildPairs(building("stopped", { negatives, workers: 1 }), { signal, onProgress });
    t.match(await failure(stopped), { code: "ERR_ABORTED" });
  }
  const { end } = await buildPairs(building("stopped", { negatives, workers: 1 }));
  t.same(await contents(join(folder, "stopped")), await contents(join(folder, "left-out")));
  t.match(await buildPairs(building("stopped", { negatives })), { unchanged: true, end });
  const refused = { code: "ERR_INVALID_ARGUMENT", message: /other images/ };
  t.match(await failure(buildPairs(building("stopped", { negatives: undefined }))), refused);
  t.match(await failure(buildPairs(building("stopped"))), refused, "the same lines but one");
  await appendFile(negatives, "\n");
  t.match(await failure(buildPairs(building("stopped", { negatives }))), refused, "another list at the same place");
});

t.test("refuses lists that make no sense, with the line", async (t) => {
  const path = join(folder, "plain", "tampered.jsonl");
  const [first, second] = await negativesOf("plain");
  const attempt = async (/** @type {unknown[]} */ ...values) => {
    const text = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n");
    await writeFile(path, text);
    return failure(buildPairs(building("tampered", { negatives: path })));
  };
  const place = (/** @type {string} */ rest) => ({
    code: "ERR_INVALID_ARGUMENT",
    message: new RegExp(`tampered\\.jsonl:3.*${rest}`),
  });
  t.match(await attempt(first, "", '{"path": "x'), place("not a line of JSON"));
  t.match(await attempt(first, "", [1]), place("not a line of negatives"));
  t.match(await attempt(first, "", { path: "a.png" }), place("negativeOf"));
  t.match(await attempt(first, "", { ...second, aspects: ["alignment"] }), place("aspects"));
  t.match(await attempt(first, "", { ...second, mos: 3 }), place("human scores"));
  t.match(await attempt(first, second, { ...second, negativeOf: "x.png" }), place("negative of two images"));
  t.match(await attempt({ ...first, path: "sd1.5_normal_1.jpg" }), { message: /AGIQA-3K/ });
  t.match(await attempt({ ...first, negativeOf: "good-00.webp" }), { message: /relative to the list of negatives/ });
  t.match(await attempt({ ...first, path: "../sources/good-05.webp" }), { message: /good images and in that of neg/ });
  t.match(await failure(buildPairs(building("tampered", { negatives: join(folder, "none.jsonl") }))), {
    code: "ERR_IO",
  });
});

t.test("lines of any length, in any order, with any line break, are found by their image", async (t) => {
  const path = join(folder, "long.jsonl");
  const note = "ä\u2028".repeat(9000);
  const entries = Array.from({ length: 30 }, (_, i) => ({
    path: `n${i}.png`,
    negativeOf: `g${i % 3}.png`,
    ...(i % 2 ? { aspects: ["technical", "aesthetic", "technical"] } : {}),
    note: i % 4 ? note : "",
  }));
  await writeFile(path, entries.map((entry, i) => `${JSON.stringify(entry)}${i % 5 ? "\n" : "\r\n"}`).join(""));
  // A line that is there twice counts once.
  await appendFile(path, JSON.stringify(entries[4]));
  const negatives = await GivenNegatives.open(path);
  t.teardown(() => negatives.close());
  t.same(
    await negatives.of(join(folder, "g1.png")),
    entries
      .filter((_, i) => i % 3 === 1)
      .map(({ path: name, aspects }) => ({
        path: join(folder, name),
        aspects: aspects ? ["technical", "aesthetic"] : ["aesthetic"],
      })),
  );
  t.same(await negatives.of(join(folder, "g9.png")), []);
});

t.test("eliq pairs build --negatives", async (t) => {
  const out = join(folder, "by-command");
  const write = process.stdout.write;
  t.teardown(() => {
    process.stdout.write = write;
  });
  process.stdout.write = () => true;
  const small = [
    "--max-pixels",
    "4096",
    "--per-image",
    "1",
    "--combinations",
    "0",
    "--pairings",
    "1",
    "--workers",
    "2",
  ];
  const negatives = join(folder, "plain", "negatives.jsonl");
  t.equal(await runBuild(["--data", list, "--out", out, "--negatives", negatives, ...small]), 0);
  t.equal((await unitsOf("by-command")).flatMap(givenChains).length, 12);
});
