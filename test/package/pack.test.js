// @ts-check
// The packed package in an empty folder: installing runs nothing, one command sets it up, and it scores an image for ES
// modules and for CommonJS.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { builtRecord, environment, root, script, temporaryFolder } from "../support/package-copy.js";

t.setTimeout(900_000);

const folder = temporaryFolder(t);
const project = join(folder, "project");
const installed = join(project, "node_modules", "eliq");
const cache = join(folder, "cache");
const { prefix } = builtRecord();
const setupEnvironment = environment({ ELIQ_CACHE: cache, ELIQ_LIBTORCH: prefix });

/** Size limits of the tarball and of what it unpacks to, in bytes; the default model is most of both. */
const limits = { packed: 25e6, unpacked: 40e6 };

/**
 * @param {string} command
 * @param {string[]} parameters
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(command, parameters, env = setupEnvironment) {
  return spawnSync(command, parameters, { cwd: project, encoding: "utf8", env });
}

mkdirSync(project);
// The addon that the repository has built is put in the test's own cache, where set-up finds it.
const store = `
const { storeAddon } = await import(dist + "native/addon-cache.js");
const { readBuildRecord } = await import(dist + "native/build-record.js");
storeAddon(readBuildRecord(${JSON.stringify(join(root, "build", "Release", "eliq.build.json"))}));
`;
t.equal(script(root, store, { ELIQ_CACHE: cache }).status, 0);

/** Data that is read where it lies; the rest of lib/ is shipped compiled. */
const shippedData = [
  "lib/evaluation/peers/peer_metrics.py",
  "lib/pairs/prompts/prompts.jsonl",
  "lib/pairs/sources/evaluation-images.txt",
  "lib/report/assets/report.css",
  "lib/report/assets/report.js",
];

t.test("npm pack", async (t) => {
  const packed = spawnSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    env: environment({}),
  });
  t.equal(packed.status, 0, packed.stderr);
  const parsed = JSON.parse(packed.stdout);
  const [description] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  /** @type {string[]} */
  const files = description.files.map((/** @type {{ path: string }} */ { path }) => path);
  for (const file of [
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli/main.js",
    "dist/native/libtorch-prefix.js",
    "native/CMakeLists.txt",
    "native/cmake/BuildRecord.cmake",
    "models/default/model.safetensors",
    "models/default/README.md",
    "models/default/reference.json",
    "CMakeLists.txt",
    "binding.gyp",
    "LICENSE",
    "NOTICE",
    "README.md",
  ]) {
    t.ok(files.includes(file), file);
  }
  t.same(
    files.filter((file) =>
      /^(test|native\/test|native\/fuzz|build|lib|scripts|node_modules|docs\/pairs\/|\.)/.test(file),
    ),
    shippedData,
  );
  t.ok(description.size < limits.packed, `${description.size} bytes packed`);
  t.ok(description.unpackedSize < limits.unpacked, `${description.unpackedSize} bytes unpacked`);
});

t.test("installing it as a dependency fetches and compiles nothing", async (t) => {
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", version: "1.0.0", private: true }));
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  const result = run("npm", ["install", "--no-audit", "--no-fund", "--foreground-scripts", join(folder, tarball)]);
  t.equal(result.status, 0, result.stderr);
  t.notOk(existsSync(join(installed, "build")));
  t.notMatch(result.stdout + result.stderr, /node-gyp|cmake|LibTorch|eliq@\S+ (pre|post)?install/i);
  const lock = JSON.parse(execFileSync("cat", [join(project, "package-lock.json")], { encoding: "utf8" }));
  t.not(lock.packages["node_modules/eliq"].hasInstallScript, true);
});

const image = readdirSync(join(root, "examples")).find((name) => /\.(jpe?g|png|webp)$/.test(name)) ?? "";
const scoreAndReport = `
  const model = await Eliq.load();
  const score = await model.score(${JSON.stringify(join(installed, "examples", image))});
  await model.dispose();
  console.log(JSON.stringify({ quality: score.quality, model: score.model }));
`;

t.test("pairs are made without the addon", async (t) => {
  t.match(run("npx", ["--no-install", "eliq", "prompts", "list", "--jsonl"]), { status: 0, stdout: /"p0001"/ });
  const args = [
    "--data",
    join(installed, "examples"),
    "--out",
    join(project, "pairs"),
    "--per-image",
    "1",
    "--max-pixels",
    "4096",
  ];
  t.match(run("npx", ["--no-install", "eliq", "pairs", "build", ...args]), { status: 0, stdout: /\d pictures/ });
});

t.test("before set-up, loading says what to run", async (t) => {
  writeFileSync(
    join(project, "early.mjs"),
    `import { Eliq } from "eliq"; await Eliq.load().catch((e) => console.log(e.code, e.message));`,
  );
  t.match(run(process.execPath, ["early.mjs"]).stdout, /^ERR_ADDON_MISSING .*`npx eliq setup`/);
});

t.test("npx eliq setup", async (t) => {
  const result = run("npx", ["--no-install", "eliq", "setup"]);
  t.equal(result.status, 0, result.stdout + result.stderr);
  t.match(result.stdout, /Native addon: copied from/, "an addon of the same sources is not compiled again");
  t.equal(run("npx", ["--no-install", "eliq", "doctor"]).status, 0);
});

t.test("an image is scored from ES modules and from CommonJS, with one EliqError", async (t) => {
  t.ok(image, "examples/ has an image");
  writeFileSync(join(project, "score.mjs"), `import { Eliq } from "eliq";\n${scoreAndReport}`);
  writeFileSync(join(project, "score.cjs"), `const { Eliq } = require("eliq");\n(async () => {${scoreAndReport}})();`);
  const scores = ["score.mjs", "score.cjs"].map((file) => {
    const { stdout, stderr, status } = run(process.execPath, [file]);
    t.equal(status, 0, stderr);
    return JSON.parse(stdout);
  });
  t.ok(scores[0].quality > 0 && scores[0].quality < 1, `quality ${scores[0].quality}`);
  t.match(scores[0].model, /^default@[0-9a-f]{12}$/);
  t.same(scores[0], scores[1]);

  writeFileSync(
    join(project, "class.mjs"),
    `import { createRequire } from "node:module";
import { Eliq, EliqError } from "eliq";
const required = createRequire(import.meta.url)("eliq");
const error = await required.Eliq.load({ model: "/nowhere" }).catch((e) => e);
console.log(required.EliqError === EliqError, required.Eliq === Eliq, error instanceof EliqError, error.code);`,
  );
  t.equal(run(process.execPath, ["class.mjs"]).stdout.trim(), "true true true ERR_MODEL_NOT_FOUND");
});

t.test("the command scores it too", async (t) => {
  const result = run("npx", ["--no-install", "eliq", "score", "--jsonl", join(installed, "examples", image)]);
  t.equal(result.status, 0, result.stderr);
  const line = JSON.parse(result.stdout);
  t.match(line, { ok: true, alignment: null });
  t.ok(line.quality > 0 && line.quality < 1);
});

t.test("types are found by a TypeScript project", async (t) => {
  writeFileSync(
    join(project, "use.mts"),
    `import { Eliq, EliqError } from "eliq";\nconst load: typeof Eliq.load = Eliq.load;\nexport { EliqError, load };\n`,
  );
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--skipLibCheck",
    "--types",
    "node",
  ];
  const result = run(process.execPath, [
    tsc,
    ...options,
    "--typeRoots",
    join(root, "node_modules", "@types"),
    "use.mts",
  ]);
  t.equal(result.status, 0, result.stdout);
  t.ok(statSync(join(installed, "dist", "index.d.ts")).size > 0);
});
