// @ts-check
// Damaged model directories: a named code, a living process, and a good load afterwards.
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EliqError } from "eliq";
import t from "tap";
import { addon, loadEngine } from "../support/addon.js";
import { safetensors, seeded, tinyImage, tinyModel, tinyTensors, writeTinyModel } from "../support/tiny-model.js";

t.setTimeout(300_000);

/** @param {import("tap").Test} t @param {string} directory @param {string} code */
async function failsToLoad(t, directory, code) {
  await t.rejects(loadEngine(directory), { constructor: EliqError, code });
  t.equal(addon.engineCount(), 0);
}

/** @param {string} directory @param {(tensors: ReturnType<typeof tinyTensors>) => void} change */
function withTensors(directory, change) {
  const tensors = tinyTensors();
  change(tensors);
  writeFileSync(join(directory, "model.safetensors"), safetensors(tensors));
}

t.test("files that are missing", async (t) => {
  for (const file of ["config.json", "model.safetensors"]) {
    const directory = tinyModel(t);
    rmSync(join(directory, file));
    await failsToLoad(t, directory, "ERR_MODEL_NOT_FOUND");
  }
});

t.test("a truncated, empty or foreign weights file", async (t) => {
  const directory = tinyModel(t);
  const path = join(directory, "model.safetensors");
  const whole = readFileSync(path);
  for (const length of [0, 4, 8, 100, whole.length >> 1, whole.length - 1]) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    await failsToLoad(t, directory, "ERR_MODEL_CORRUPT");
  }
  writeFileSync(path, Buffer.concat([whole, Buffer.from([0])]));
  await failsToLoad(t, directory, "ERR_MODEL_CORRUPT");
  writeFileSync(path, "not a safetensors file, but long enough to hold a header length and more");
  await failsToLoad(t, directory, "ERR_MODEL_CORRUPT");

  writeFileSync(path, whole);
  const engine = await loadEngine(directory);
  t.ok(Number.isFinite((await engine.score(tinyImage(20, 20)).promise).quality), "the repaired model loads and scores");
  await engine.dispose();
});

t.test("tensors that do not fit the configuration", async (t) => {
  const directory = tinyModel(t);
  const name = "heads.quality.output.weight";
  withTensors(directory, (tensors) => tensors.delete(name));
  await failsToLoad(t, directory, "ERR_MODEL_CORRUPT");
  withTensors(directory, (tensors) => tensors.set("heads.extra", { shape: [1], values: new Float32Array(1) }));
  await failsToLoad(t, directory, "ERR_MODEL_CORRUPT");
  withTensors(directory, (tensors) => tensors.set(name, { shape: [1, 3], values: new Float32Array(3) }));
  await failsToLoad(t, directory, "ERR_MODEL_CORRUPT");
});

t.test("weights that are not numbers load, but give no score", async (t) => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const directory = tinyModel(t);
    withTensors(directory, (tensors) => tensors.get("heads.quality.output.bias")?.values.fill(value));
    const engine = await loadEngine(directory);
    await t.rejects(engine.score(tinyImage(20, 20)).promise, { constructor: EliqError, code: "ERR_MODEL_CORRUPT" });
    await engine.dispose();
  }
});

t.test("configurations that are broken or unknown", async (t) => {
  const directory = tinyModel(t);
  const path = join(directory, "config.json");
  const config = JSON.parse(readFileSync(path, "utf8"));
  for (const text of ["", "{", "[]", "null", '{"format": "eliq-model"}']) {
    writeFileSync(path, text);
    await failsToLoad(t, directory, "ERR_MODEL_CORRUPT");
  }
  writeFileSync(path, JSON.stringify({ ...config, formatVersion: 99 }));
  await failsToLoad(t, directory, "ERR_MODEL_UNSUPPORTED");
  writeFileSync(path, JSON.stringify({ ...config, backbone: { ...config.backbone, family: "unheard-of" } }));
  await failsToLoad(t, directory, "ERR_MODEL_UNSUPPORTED");
});

t.test("five hundred random damages of the header never crash", async (t) => {
  const directory = tinyModel(t);
  const path = join(directory, "model.safetensors");
  const whole = readFileSync(path);
  const header = Number(whole.readBigUInt64LE()) + 8;
  const random = seeded(7);
  const codes = new Map();
  for (let i = 0; i < 500; i++) {
    const damaged = Buffer.from(whole);
    for (let n = 0; n <= i % 3; n++) damaged[Math.floor(random() * header)] = Math.floor(random() * 256);
    writeFileSync(path, damaged);
    const code = await loadEngine(directory).then(
      async (engine) => {
        await engine.dispose();
        return "loaded";
      },
      (error) => error.code,
    );
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  t.strictSame(
    [...codes.keys()].filter((code) => code !== "loaded" && code !== "ERR_MODEL_CORRUPT"),
    [],
  );
  t.ok(codes.get("ERR_MODEL_CORRUPT") > 450, `${codes.get("ERR_MODEL_CORRUPT")} refused`);
  t.equal(addon.engineCount(), 0);
  writeTinyModel(directory);
  await (await loadEngine(directory)).dispose();
});
