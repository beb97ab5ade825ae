// @ts-check
// Loading the addon: what does not fit is refused with the command to build it again, before it could crash the process.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { builtRecord, copyPackage, eliq, fakeLibTorch, script, temporaryFolder } from "../support/package-copy.js";

t.setTimeout(300_000);

const loadText = `
const { loadAddon } = await import(dist + "native/load.js");
const { EliqError } = await import(dist + "errors.js");
try {
  const addon = loadAddon();
  console.log("loaded " + addon.buildInfo().libtorch + " " + (loadAddon() === addon));
} catch (error) {
  console.log((error instanceof EliqError) + " " + error.code + ": " + error.message);
}
`;

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} [changes]
 */
const load = (folder, changes = {}) => {
  const { stdout, status, signal, stderr } = script(folder, loadText, changes);
  return status === 0 ? stdout.trim() : `crashed: ${status} ${signal} ${stderr}`;
};

/**
 * @param {string} folder
 * @param {Partial<import("../../dist/native/build-record.js").BuildRecord>} changes
 */
function changeRecord(folder, changes) {
  const path = join(folder, "build", "Release", "eliq.build.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
}

t.test("an addon that fits is loaded once", async (t) => {
  t.equal(load(copyPackage(t, { addon: true })), `loaded ${builtRecord().libtorch} true`);
});

t.test("not built", async (t) => {
  const folder = copyPackage(t);
  t.match(load(folder), /^true ERR_ADDON_MISSING: .*Run `npm run setup`/);
  rmSync(join(folder, "native", "test"), { recursive: true });
  t.match(load(folder), /Run `npx eliq setup`/, "in an installed package");
});

t.test("another LibTorch where it was built", async (t) => {
  const folder = copyPackage(t, { addon: true });
  const { prefix } = builtRecord();
  const upgraded = fakeLibTorch(join(temporaryFolder(t), "upgraded"), "2.14.1");
  changeRecord(folder, { prefix: upgraded });
  t.match(
    load(folder),
    /^true ERR_ADDON_MISMATCH: .*2\.13\.0 at \S*upgraded, where there is now LibTorch 2\.14\.1\. Run `npm run setup`/,
  );
  changeRecord(folder, { prefix: `${prefix}-gone` });
  t.match(load(folder), /^true ERR_ADDON_MISMATCH: .*where there is none any more/);
});

t.test("ELIQ_LIBTORCH of another version", async (t) => {
  const folder = copyPackage(t, { addon: true });
  const { libtorch, prefix } = builtRecord();
  const other = fakeLibTorch(join(temporaryFolder(t), "other"), "2.12.0");
  t.match(
    load(folder, { ELIQ_LIBTORCH: other }),
    /^true ERR_ADDON_MISMATCH: .*ELIQ_LIBTORCH is \S*other, which has LibTorch 2\.12\.0/,
  );
  t.match(load(folder, { ELIQ_LIBTORCH: "/nowhere" }), /which has no LibTorch/);
  t.equal(load(folder, { ELIQ_LIBTORCH: prefix }), `loaded ${libtorch} true`, "the same one is fine");
});

t.test("another version of eliq, another machine, no record", async (t) => {
  const folder = copyPackage(t, { addon: true });
  changeRecord(folder, { eliq: "9.9.9" });
  t.match(load(folder), /^true ERR_ADDON_MISMATCH: .*built for eliq 9\.9\.9/);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  rmSync(join(folder, "package.json"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, version: "9.9.9" }));
  t.match(
    load(folder),
    /^true ERR_ADDON_MISMATCH: The native addon is of eliq \d+\.\d+\.\d+/,
    "the addon itself is asked too",
  );
  const elsewhere = copyPackage(t, { addon: true });
  changeRecord(elsewhere, { arch: "s390x" });
  t.match(load(elsewhere), /^true ERR_ADDON_MISMATCH: .*built for linux s390x/);
  rmSync(join(elsewhere, "build", "Release", "eliq.build.json"));
  t.match(load(elsewhere), /^true ERR_ADDON_MISMATCH: .*no readable build record/);
});

t.test("a file that is no library", async (t) => {
  const folder = copyPackage(t, { addon: true });
  writeFileSync(join(folder, "build", "Release", "eliq.node"), "not a library");
  t.match(load(folder), /^true ERR_ADDON_MISMATCH: The native addon does not load: .*Run `npm run setup`/);
});

t.test("doctor survives an addon that kills its process", async (t) => {
  const folder = copyPackage(t, { addon: true });
  const source = join(temporaryFolder(t), "crash.cc");
  writeFileSync(source, "#include <cstdlib>\n__attribute__((constructor)) static void crash() { std::abort(); }\n");
  const addon = join(folder, "build", "Release", "eliq.node");
  rmSync(addon);
  execFileSync("c++", ["-shared", "-fPIC", "-o", addon, source]);
  const { status, stdout } = eliq(folder, ["doctor", "--json"], { ELIQ_CACHE: temporaryFolder(t) });
  t.equal(status, 3);
  const { ok, addon: seen, problems } = JSON.parse(stdout);
  t.equal(ok, false);
  t.equal(seen.state, "broken");
  t.match(problems[0], { what: "addon", message: /was killed by SIGABRT.*Run `npm run setup`/ });
});

t.test("doctor on a package that works, and on one that is not set up", async (t) => {
  const cache = temporaryFolder(t);
  const healthy = eliq(copyPackage(t, { addon: true }), ["doctor", "--json"], { ELIQ_CACHE: cache });
  const report = JSON.parse(healthy.stdout);
  t.equal(healthy.status, 0, healthy.stdout);
  t.match(report, { ok: true, addon: { state: "ok" }, problems: [], devices: [{ name: "cpu", available: true }] });
  t.match(report.model.id, /^default@[0-9a-f]{12}$/);
  const bare = eliq(copyPackage(t), ["doctor"], { ELIQ_CACHE: cache });
  t.equal(bare.status, 3);
  t.match(bare.stdout, /addon +not built/);
  t.match(bare.stdout, /Problem with the addon \[ERR_ADDON_MISSING\]: .*npm run setup/);
});

t.test("doctor finds damaged weights", async (t) => {
  const folder = copyPackage(t, { addon: true });
  const source = join(folder, "models");
  const kept = ["config.json", "calibration.json", "model.safetensors"].map((name) =>
    readFileSync(join(source, "default", name)),
  );
  rmSync(source);
  mkdirSync(join(source, "default"), { recursive: true });
  const [config, calibration, weights] = /** @type {[Buffer, Buffer, Buffer]} */ (kept);
  weights.writeUInt8(weights.readUInt8(weights.length - 1) ^ 1, weights.length - 1);
  writeFileSync(join(source, "default", "config.json"), config);
  writeFileSync(join(source, "default", "calibration.json"), calibration);
  writeFileSync(join(source, "default", "model.safetensors"), weights);
  const { status, stdout } = eliq(folder, ["doctor"], { ELIQ_CACHE: temporaryFolder(t) });
  t.equal(status, 3);
  t.match(stdout, /Problem with the model \[ERR_MODEL_CORRUPT\]/);
});
