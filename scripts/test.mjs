// `npm test`: runs the rings of tests, from plain TypeScript to the packed package, and ends with one line of totals.
//
//   npm test                        every ring
//   npm test -- --ring unit         one ring (may be repeated)
//   npm test -- test/unit/x.test.js only these files
//   npm test -- --skip-build        do not build first
//   npm test -- --coverage          every ring, with V8 coverage of dist/ printed at the end
//
// A test file is run as a plain process and its TAP is read here. What is counted are the tests of a file (its outermost
// test points), not the assertions in them. docs/building.md says why the tap command is not used.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Parser } from "tap-parser";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

// Rings in order. "cpp" is the native test binary; the others are folders of test/. Rings whose tests measure time or
// memory, or compile, run one file at a time.
const rings = ["cpp", "unit", "native", "model", "parity", "process", "package"];
const serial = new Set(["process", "package"]);
const fileLimit = 15 * 60_000;

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    ring: { type: "string", multiple: true },
    "skip-build": { type: "boolean", default: false },
    coverage: { type: "boolean", default: false },
  },
});
const chosen = options.ring ?? (files.length > 0 ? [] : rings);
const unknown = chosen.filter((ring) => !rings.includes(ring));
if (unknown.length > 0) {
  console.error(`There is no ring ${unknown.join(", ")}. The rings: ${rings.join(", ")}.`);
  process.exit(2);
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const coverage = options.coverage ? mkdtempSync(join(tmpdir(), "eliq-coverage-")) : undefined;

// dump_taps, which the parity ring runs, is built with the native tests.
if (!options["skip-build"]) build(chosen.includes("cpp") || chosen.includes("parity"));
for (const ring of chosen) await runRing(ring);
if (files.length > 0)
  await runFiles(
    files.map((file) => resolve(file)),
    1,
  );
if (coverage) reportCoverage(coverage);

const { passed, failed, skipped } = totals;
if (passed + failed === 0) console.error("No test ran.");
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** TypeScript, the addon, and the native test binary when it will be run. Each does nothing when up to date. */
function build(withNativeTests) {
  const run = (...args) => {
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
    if (status !== 0) process.exit(status || 1);
  };
  run(join(dirname(require.resolve("typescript/package.json")), "bin", "tsc"), "-p", "tsconfig.json");
  run(join(root, "dist", "cli", "main.js"), "setup", ...(withNativeTests ? ["--tests"] : []));
}

async function runRing(ring) {
  const started = Date.now();
  const before = { ...totals };
  console.log(`\n# ring ${ring}`);
  if (ring === "cpp") {
    await runFile(join(root, "build", "eliq_tests"), []);
  } else {
    const folder = join(root, "test", ring);
    const found = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
    const tests = found.filter((name) => name.endsWith(".test.js")).sort();
    await runFiles(
      tests.map((name) => join(folder, name)),
      serial.has(ring) ? 1 : availableParallelism(),
    );
  }
  const count = (key) => totals[key] - before[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `# ring ${ring}: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped, ${seconds} s`,
  );
}

async function runFiles(paths, atOnce) {
  const queue = [...paths];
  const worker = async () => {
    for (let path = queue.shift(); path; path = queue.shift()) await runFile(process.execPath, [path]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Runs one file, adds up its tests, and prints its name, its skipped tests with their reasons, and all of a failure. */
async function runFile(command, args) {
  const name = args.length > 0 ? relative(root, args[0]) : basename(command);
  const started = Date.now();
  const points = [];
  let output = "";
  const parser = new Parser();
  parser.on("assert", (point) => points.push(point));
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      TAP_TIMEOUT: String(fileLimit / 1000),
      ...(coverage ? { NODE_V8_COVERAGE: coverage } : {}),
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  child.stdout.on("data", (text) => parser.write(text));
  const timer = setTimeout(() => child.kill("SIGKILL"), fileLimit);
  const ended = await new Promise((done) => {
    child.once("error", (error) => done(error.message));
    child.once("close", (status, signal) =>
      done(status === 0 ? undefined : signal ? `signal ${signal}` : `exit status ${status}`),
    );
  });
  clearTimeout(timer);
  await new Promise((done) => {
    parser.once("complete", done);
    parser.end();
  });
  tally(name, points, parser.results, ended, output, (Date.now() - started) / 1000);
}

function tally(name, points, results, ended, output, seconds) {
  const skipped = points.filter((point) => point.skip);
  const bad = points.filter((point) => !point.ok && !point.skip && !point.todo);
  const good = points.length - skipped.length - bad.length;
  const skippedFile = points.length === 0 && results?.plan?.skipAll;
  // A crash, a missing plan or an empty file is a failure even when every point that was printed is fine.
  const broken = bad.length === 0 && (ended !== undefined || !results?.ok || (points.length === 0 && !skippedFile));
  totals.passed += good;
  totals.failed += bad.length + (broken ? 1 : 0);
  totals.skipped += skipped.length + (skippedFile ? 1 : 0);
  const failed = bad.length > 0 || broken;
  const verdict = failed ? "FAIL" : skippedFile ? "skip" : "ok  ";
  console.log(`${verdict} ${name}  ${good}/${points.length - skipped.length}  ${seconds.toFixed(1)} s`);
  for (const point of skipped) console.log(`     skipped: ${point.name}${reason(point.skip)}`);
  if (skippedFile) console.log(`     skipped${reason(results.plan.comment)}`);
  if (!failed) return;
  console.log(output.trimEnd());
  console.log(
    `FAIL ${name}: ${broken ? (ended ?? "it is not whole TAP, or it is empty") : bad.map((point) => point.name).join("; ")}`,
  );
}

function reason(text) {
  return typeof text === "string" && text !== "" ? ` (${text})` : "";
}

function reportCoverage(folder) {
  const c8 = require.resolve("c8/bin/c8.js");
  const args = ["report", "--temp-directory", folder, "--include", "dist/**/*.js", "--reporter", "text"];
  spawnSync(process.execPath, [c8, ...args], { cwd: root, stdio: "inherit" });
  rmSync(folder, { recursive: true, force: true });
}
