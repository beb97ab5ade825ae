// @ts-check
// Everything that people throw at an image scorer: a named code and a helpful sentence each, and the good image among them
// is scored.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Eliq } from "eliq";
import t from "tap";
import { bomb, noise, plain } from "../support/images.js";
import { eliq as cli, example, modelDirectory } from "../support/model.js";

const folder = mkdtempSync(join(tmpdir(), "eliq-bad-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const at = (/** @type {string} */ name) => join(folder, name);
const good = example("cat-flux2.webp");
const jpeg = await noise(400, 300).jpeg().toBuffer();

writeFileSync(at("truncated.jpg"), jpeg.subarray(0, jpeg.length >> 1));
writeFileSync(at("zero.png"), "");
writeFileSync(at("text.png"), "This is not a picture.\n");
writeFileSync(at("drawing.svg"), '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>');
writeFileSync(at("pixel.png"), await plain(1, 1, [200, 100, 50]).png().toBuffer());
writeFileSync(at("bomb.png"), await bomb(20_000, 20_000));
writeFileSync(at("panorama.jpg"), await noise(30_000, 200).jpeg().toBuffer());
writeFileSync(at("column.png"), await plain(200, 30_000, [200, 100, 50]).png().toBuffer());
mkdirSync(at("folder"));

/** @type {[string, string | undefined, RegExp?][]} */
const inputs = [
  [at("truncated.jpg"), "ERR_IMAGE_DECODE", /damaged|cut short/],
  [at("zero.png"), "ERR_IMAGE_DECODE", /0 bytes/],
  [good, undefined],
  [at("text.png"), "ERR_IMAGE_DECODE", /looks like text/],
  [at("drawing.svg"), "ERR_IMAGE_DECODE", /SVG/],
  [at("pixel.png"), undefined],
  [at("bomb.png"), "ERR_IMAGE_TOO_LARGE", /20000 x 20000.*maxPixels/],
  [at("panorama.jpg"), undefined],
  [at("column.png"), undefined],
  [at("folder"), "ERR_IMAGE_DECODE", /folder/],
  [at("missing.png"), "ERR_IMAGE_NOT_FOUND", /no file/],
  ["https://example.org/image.png", "ERR_URL_REFUSED", /allowUrls/],
  ["", "ERR_INVALID_ARGUMENT", /empty/],
  [good, undefined],
];

t.test("one batch of all of it", async (t) => {
  const eliq = await Eliq.load({ model: modelDirectory });
  t.teardown(() => eliq.dispose());
  const results = await eliq.scoreBatch(inputs.map(([path]) => path));
  results.forEach((result, i) => {
    const [path = "", code, message] = inputs[i] ?? [];
    if (code === undefined)
      t.ok(result.ok && result.score.quality >= 0 && result.score.quality <= 1, `${path} is scored`);
    else t.match(result, { ok: false, error: { name: "EliqError", code, message } }, path);
  });
  t.same(results[2], results.at(-1), "the good image is not touched by its neighbours");
  for (const [path, code] of inputs) if (code) await t.rejects(eliq.score(path), { code });
});

t.test("an image above maxPixels is refused before memory rises by 50 MB", async (t) => {
  const eliq = await Eliq.load({ model: modelDirectory });
  t.teardown(() => eliq.dispose());
  await eliq.score(good);
  const before = process.memoryUsage().rss;
  await t.rejects(eliq.score(at("bomb.png")), { code: "ERR_IMAGE_TOO_LARGE" });
  const after = process.memoryUsage().rss;
  t.ok(after - before < 50e6, `rose by ${(after - before) / 1e6} MB`);
});

t.test("the command line: one line each, the others scored, exit code 1", async (t) => {
  const paths = inputs.map(([path]) => path).filter((path) => path !== at("folder") && path !== "");
  const { status, stdout, stderr } = await cli(["score", "--jsonl", ...paths, at("folder")]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.equal(status, 1);
  t.match(stderr, /Scored 5 images, \d+ failed/);
  t.same(
    lines.map(({ path }) => path),
    [...paths, at("folder")],
  );
  for (const line of lines) {
    const keys = line.ok
      ? ["path", "ok", "quality", "alignment", "aspects", "raw", "percentiles", "model", "calibration"]
      : ["path", "ok", "code", "message"];
    t.same(Object.keys(line), keys);
  }
  t.match(lines.at(-1), { code: "ERR_IMAGE_NOT_FOUND", message: /holds no images/ }, "an empty folder says so");
});

/** A copy of the model. @param {string} name */
function copyModel(name) {
  cpSync(modelDirectory, at(name), { recursive: true });
  return at(name);
}

t.test("a model folder that is none, and damaged weights", async (t) => {
  await t.rejects(Eliq.load({ model: folder }), { code: "ERR_MODEL_NOT_FOUND", message: /config\.json/ });
  await t.rejects(Eliq.load({ model: at("nowhere") }), { code: "ERR_MODEL_NOT_FOUND", message: /no model directory/ });
  await t.rejects(Eliq.load({ model: good }), { code: "ERR_MODEL_NOT_FOUND", message: /is a file/ });

  const weights = readFileSync(join(modelDirectory, "model.safetensors"));
  /** @type {Record<string, (bytes: Buffer) => Uint8Array>} */
  const damages = {
    cut: (bytes) => bytes.subarray(0, bytes.length / 2),
    empty: () => new Uint8Array(),
    garbage: (bytes) => bytes.fill(0xa5),
    "garbled header": (bytes) => bytes.fill(0x20, 8, 40),
    "one bit": (bytes) => {
      bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 0x40;
      return bytes;
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    const directory = copyModel(`model ${name}`);
    writeFileSync(join(directory, "model.safetensors"), damage(Buffer.from(weights)));
    await t.rejects(Eliq.load({ model: directory }), { code: "ERR_MODEL_CORRUPT" }, name);
  }
  const newer = copyModel("model newer");
  const config = JSON.parse(readFileSync(join(newer, "config.json"), "utf8"));
  writeFileSync(
    join(newer, "config.json"),
    JSON.stringify({ ...config, backbone: { ...config.backbone, family: "vast" } }),
  );
  await t.rejects(Eliq.load({ model: newer }), { code: "ERR_MODEL_UNSUPPORTED", message: /vast/ });
});

t.test("an unknown device, and a number of threads that the process does not use", async (t) => {
  await t.rejects(Eliq.load({ model: modelDirectory, device: "quantum" }), {
    code: "ERR_DEVICE_UNAVAILABLE",
    message: /quantum/,
  });
  await t.rejects(Eliq.load({ model: modelDirectory, device: "cuda" }), { code: "ERR_DEVICE_UNAVAILABLE" });
  const eliq = await Eliq.load({ model: modelDirectory });
  t.teardown(() => eliq.dispose());
  await t.rejects(Eliq.load({ model: modelDirectory, threads: eliq.threads + 1 }), { code: "ERR_INVALID_ARGUMENT" });
  t.match(await cli(["score", good, "--device", "quantum"]), { status: 3, stderr: /quantum.*ERR_DEVICE_UNAVAILABLE/ });
});
