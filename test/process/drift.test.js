// @ts-check
// `eliq drift` as people run it, on the tiny model.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import t from "tap";
import { parseReference } from "../../dist/drift/reference.js";
import { eliq, plainEnvironment, root } from "../support/model.js";
import { tinyImage, tinyModel } from "../support/tiny-model.js";

const folder = mkdtempSync(join(tmpdir(), "eliq-drift-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const model = tinyModel(t);

/** @param {string} name @param {number} count @param {number} first @param {number} [brightness] */
async function folderOf(name, count, first, brightness = 1) {
  mkdirSync(join(folder, name));
  for (let i = 0; i < count; i++) {
    const { data, width, height } = tinyImage(64, 64, first + i);
    const image = sharp(data, { raw: { width, height, channels: 3 } }).modulate({ brightness });
    await image.png().toFile(join(folder, name, `${String(i).padStart(3, "0")}.png`));
  }
}

/** The support's `eliq` names the default model; what follows wins. @param {string[]} args */
const drift = (...args) => eliq(["drift", "--model", model, ...args], { cwd: folder });

await folderOf("march", 120, 1);
await folderOf("april", 40, 500);
await folderOf("dark", 40, 900, 0.4);

t.test("a reference is saved, and says no drift or drift", async (t) => {
  const saved = await drift("march", "--save-reference", "march.json", "--description", "renders of March");
  t.match(saved, { status: 0, stdout: "", stderr: /Wrote march\.json: 90 members, drawn from 120 images/ });
  const reference = parseReference(readFileSync(join(folder, "march.json"), "utf8"), "march.json");
  t.match(reference, { description: "renders of March", size: 120, model: /^tiny@/ });

  const same = await drift("april", "--reference", "march.json");
  t.match(same, { status: 0, stdout: /^No drift seen\.\n/ });
  t.match(same.stdout, /40 images against 90 of the 120 of "renders of March"/);
  t.match(same.stdout, /With 40 images only large changes/);

  const dark = await drift("dark", "--reference", "march.json", "--json");
  t.equal(dark.status, 4, "drift has an exit code of its own");
  const report = JSON.parse(dark.stdout);
  t.match(report, { format: "eliq-drift", drift: true, model: reference.model, batch: { size: 40 } });
  t.ok(report.moved.includes("embeddings"));
  const told = await drift("dark", "--reference", "march.json");
  t.match(told.stdout, /^Drift: .*moved/);
  t.match(told.stdout, /not that the critic is wrong about them/);
  t.match(told.stdout, /energy distance, embeddings .* alarm\n/);
});

t.test("the model's own reference, and images that fail", async (t) => {
  t.match(await drift("april"), { status: 3, stderr: /no reference population at .*--save-reference.*\[ERR_IO\]/ });
  copyFileSync(join(folder, "march.json"), join(model, "reference.json"));
  writeFileSync(join(folder, "broken.png"), "not a picture");
  t.match(await drift("april", "broken.png"), {
    status: 1,
    stdout: /^No drift seen/,
    stderr: /broken\.png is left out/,
  });
});

t.test("results files on both sides", async (t) => {
  for (const name of ["march", "april"]) {
    const { stdout } = await eliq(["score", "--model", model, name, "--jsonl"], { cwd: folder });
    writeFileSync(join(folder, `${name}.jsonl`), stdout);
  }
  const report = await drift("april.jsonl", "--reference", "march.jsonl");
  t.match(report, { status: 0, stdout: /The reference has no embeddings, so only scores were compared/ });
});

t.test("refusals", async (t) => {
  const other = tinyModel(t, { seed: 2 });
  const foreign = await eliq(["drift", "--model", other, "april", "--reference", "march.json"], { cwd: folder });
  t.match(foreign, { status: 3, stdout: "", stderr: /nothing in common.*\[ERR_CALIBRATION_MISMATCH\]/ });
  t.notMatch(foreign.stderr, /Scored/, "before any image is scored");
  writeFileSync(
    join(folder, "few.jsonl"),
    readFileSync(join(folder, "april.jsonl"), "utf8").split("\n").slice(0, 5).join("\n"),
  );
  t.match(await drift("few.jsonl", "--reference", "march.json"), {
    status: 2,
    stderr: /batch of 5 images is too small/,
  });
  /** @type {[string[], RegExp][]} */
  const cases = [
    [[], /No image was given/],
    [["april", "--from", "list.csv"], /not both/],
    [["april", "--description", "x"], /--description belongs to/],
    [["april", "--save-reference", "x.json", "--json"], /leave --reference, --json and --ungrouped away/],
    [["april.jsonl", "march"], /one results file, or images/],
  ];
  for (const [args, message] of cases) t.match(await drift(...args), { status: 2, stderr: message });
  t.match(await drift("april", "--save-reference", "none/x.json"), { status: 2, stderr: /too small/ });
  t.match(await drift("march.jsonl", "--save-reference", "april.jsonl/x.json"), {
    status: 3,
    stderr: /x\.json cannot be written.*ERR_IO/,
  });
});

t.test("Ctrl-C while scoring says nothing of a part of the batch", async (t) => {
  const list = join(folder, "long.jsonl");
  const line = (/** @type {string} */ image) => `${JSON.stringify({ image })}\n`;
  writeFileSync(list, line("broken.png") + line("march/000.png").repeat(20_000));
  const main = join(root, "dist", "cli", "main.js");
  const args = [main, "drift", "--model", model, "--from", list, "--reference", join(folder, "march.json")];
  const child = spawn(process.execPath, args, { env: plainEnvironment() });
  let stdout = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  // The image that cannot be read is reported once scoring is under way.
  child.stderr.once("data", () => child.kill("SIGINT"));
  const [status] = await once(child, "close");
  t.equal(status, 130);
  t.equal(stdout, "");
});
