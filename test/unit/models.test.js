// @ts-check
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import t from "tap";
import { readModel } from "../../dist/models/directory.js";
import { verifyWeights } from "../../dist/models/weights.js";
import { tinyModel } from "../support/tiny-model.js";

const original = tinyModel(t);

/** A copy of the tiny model that may be spoilt. @param {import("tap").Test} t */
function copy(t) {
  const directory = mkdtempSync(join(tmpdir(), "eliq-model-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(original, directory, { recursive: true });
  return directory;
}

/** @param {string} path @param {(json: any) => unknown} change */
function edit(path, change) {
  const json = JSON.parse(readFileSync(path, "utf8"));
  change(json);
  writeFileSync(path, JSON.stringify(json));
}

t.test("a model directory, by path and by URL", async (t) => {
  for (const location of [original, pathToFileURL(original)]) {
    const model = await readModel(location);
    t.match(model, { directory: original, name: "tiny", alignment: { trained: false, reason: /random/ } });
    t.equal(model.id, `tiny@${model.revision}`);
    t.match(model.revision, /^[0-9a-f]{12}$/);
    t.equal(model.calibration.id, "tiny-2026-01-01");
    await verifyWeights(model);
  }
});

t.test("what is not there", async (t) => {
  const missing = { code: "ERR_MODEL_NOT_FOUND" };
  await t.rejects(readModel("/nowhere/at/all"), { ...missing, message: /no model directory at \/nowhere\/at\/all/ });
  await t.rejects(readModel(join(original, "config.json")), { ...missing, message: /which is a file/ });
  for (const name of ["config.json", "calibration.json", "model.safetensors"]) {
    const directory = copy(t);
    rmSync(join(directory, name));
    await t.rejects(readModel(directory), { ...missing, message: new RegExp(`${name} is missing`) });
  }
});

t.test("what is not a model", async (t) => {
  /** @type {[string, (json: any) => unknown, string, RegExp][]} */
  const cases = [
    ["config.json", (json) => delete json.format, "ERR_MODEL_CORRUPT", /not of format "eliq-model"/],
    ["config.json", (json) => (json.formatVersion = 9), "ERR_MODEL_UNSUPPORTED", /format version 9/],
    ["config.json", (json) => delete json.name, "ERR_MODEL_CORRUPT", /name must be/],
    ["config.json", (json) => (json.revision = 3), "ERR_MODEL_CORRUPT", /revision must be/],
    ["config.json", (json) => delete json.alignment, "ERR_MODEL_CORRUPT", /alignment must be an object/],
    ["config.json", (json) => delete json.alignment.reason, "ERR_MODEL_CORRUPT", /alignment\.reason/],
    ["config.json", (json) => delete json.heads, "ERR_MODEL_UNSUPPORTED", /bare backbone.*eliq train/],
    ["calibration.json", (json) => delete json.scales, "ERR_CALIBRATION", /scales must be an object/],
  ];
  for (const [name, change, code, message] of cases) {
    const directory = copy(t);
    edit(join(directory, name), change);
    await t.rejects(readModel(directory), { code, message });
  }
  const directory = copy(t);
  writeFileSync(join(directory, "config.json"), "{ not json");
  await t.rejects(readModel(directory), { code: "ERR_MODEL_CORRUPT", message: /not valid JSON/ });
  await t.rejects(readModel(""), { code: "ERR_INVALID_ARGUMENT" });
  await t.rejects(readModel(new URL("https://example.org/model")), { code: "ERR_INVALID_ARGUMENT" });
});

t.test("one flipped bit in the weights is found", async (t) => {
  const directory = copy(t);
  const path = join(directory, "model.safetensors");
  const bytes = readFileSync(path);
  bytes[bytes.length - 2] = (bytes[bytes.length - 2] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await t.rejects(verifyWeights(await readModel(directory)), {
    code: "ERR_MODEL_CORRUPT",
    message: /SHA-256 begins with/,
  });
});
