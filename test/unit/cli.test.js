// @ts-check
// The parts of the command line that need no model.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { overImages, Tally } from "../../dist/cli/images.js";
import { readList } from "../../dist/cli/list-file.js";
import { listImages } from "../../dist/cli/listing.js";
import { NpyWriter } from "../../dist/cli/npy.js";
import { createProgress, progressLine } from "../../dist/cli/progress.js";
import { createReport, toScoreLine } from "../../dist/cli/report.js";
import { exitCodeOf } from "../../dist/cli/usage.js";
import { EliqError } from "../../dist/errors.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const eliq = (/** @type {string[]} */ ...args) => spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });

/** @param {import("tap").Test} t */
function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), "eliq-cli-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** @template T @param {AsyncIterable<T>} items */
async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}

t.test("help of every command, with examples, and version", async (t) => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  t.match(eliq("--version"), { status: 0, stdout: `${version}\n` });
  const overview = eliq("--help");
  t.match(overview, { status: 0, stdout: /Usage: eliq <command>/ });
  for (const command of ["score", "compare", "embed", "explain", "prompts", "train", "setup", "doctor"]) {
    t.ok(overview.stdout.includes(`  ${command} `), `${command} is in the overview`);
    const help = eliq(command, "--help");
    t.match(help, { status: 0, stderr: "" }, command);
    t.match(help.stdout, /^Usage: eliq [\s\S]*Examples:\n {2}eliq /i, command);
    t.equal(eliq("help", command).stdout, help.stdout);
  }
});

t.test("wrong usage exits with 2 and says where help is", async (t) => {
  /** @type {[string[], RegExp][]} */
  const cases = [
    [[], /No command.*\nSee `eliq --help`/],
    [["scroe"], /no command "scroe"/],
    [["toString"], /no command/],
    [["score"], /No image was given.*\nSee `eliq score --help`/],
    [["score", "--bogus"], /--bogus/],
    [["score", "a.png", "--json", "--csv"], /Choose one/],
    [["score", "a.png", "--from", "b.csv"], /not both/],
    [["score", "a.png", "--threads", "two"], /--threads must be a whole number/],
    [["score", "a.png", "--max-pixels", "0"], /--max-pixels/],
    [["compare", "a.png"], /two images/],
    [["explain"], /one image/],
  ];
  for (const [args, message] of cases)
    t.match(eliq(...args), { status: 2, stdout: "", stderr: message }, args.join(" "));
});

t.test("a model that is not there exits with 3", async (t) => {
  t.match(eliq("score", "a.png", "--model", "/nowhere"), { status: 3, stdout: "", stderr: /ERR_MODEL_NOT_FOUND/ });
});

t.test("exit codes by error", async (t) => {
  t.equal(exitCodeOf("ERR_ABORTED"), 130);
  t.equal(exitCodeOf("ERR_INVALID_ARGUMENT"), 2);
  t.equal(exitCodeOf("ERR_ADDON_MISSING"), 3);
  t.equal(exitCodeOf("ERR_DEVICE_UNAVAILABLE"), 3);
  t.equal(exitCodeOf("ERR_IMAGE_DECODE"), 1);
  t.equal(exitCodeOf("ERR_URL_REFUSED"), 1);
});

t.test("listing: files, folders, globs, URLs, in order", async (t) => {
  const root = temporary(t);
  const at = (/** @type {string} */ name) => join(root, name);
  mkdirSync(at("a/deep/.git"), { recursive: true });
  mkdirSync(at("empty"));
  for (const name of [
    "b.PNG",
    "a/z.jpg",
    "a/note.txt",
    "a/c.webp",
    "a/deep/x.tif",
    "a/.hidden.png",
    "a/deep/.git/y.png",
  ]) {
    writeFileSync(at(name), "");
  }
  symlinkSync(at("b.PNG"), at("a/link.png"));
  symlinkSync(at("a"), at("a/deep/circle.png"));
  writeFileSync(at("[odd].png"), "");

  const listed = await collect(
    listImages([at("b.PNG"), at("a"), at("missing.png"), at("empty"), "https://example.org/a?b=*", at("[odd].png")]),
  );
  const names = listed.map((entry) => ("error" in entry ? entry.error.code : relative(root, entry.image)));
  const url = relative(root, "https://example.org/a?b=*");
  t.same(names, [
    "b.PNG",
    ...["a/c.webp", "a/deep/x.tif", "a/link.png", "a/z.jpg"],
    "missing.png",
    "ERR_IMAGE_NOT_FOUND",
    url,
    "[odd].png",
  ]);

  const globbed = await collect(listImages([at("a/{c.webp,deep/*.tif}"), at("a/l*.png"), at("nothing/*.png")]));
  t.match(globbed, [
    { path: at("a/c.webp") },
    { path: at("a/deep/x.tif") },
    { path: at("a/link.png") },
    { path: at("nothing/*.png"), error: { code: "ERR_IMAGE_NOT_FOUND", message: /No file matches/ } },
  ]);
});

t.test("a large folder is listed as a stream", async (t) => {
  const root = temporary(t);
  for (let i = 0; i < 10_050; i++) writeFileSync(join(root, `${i}.png`), "");
  const listed = await collect(listImages([root]));
  t.equal(new Set(listed.map(({ path }) => path)).size, 10_050);
});

t.test("lists: CSV", async (t) => {
  const root = temporary(t);
  const list = join(root, "list.csv");
  writeFileSync(
    list,
    '\ufeffid, image ,prompt\n1,a.png,"a ""cat"", sitting"\n2,/b.png,\n3,https://example.org/c.png,x\n4,,y\n',
  );
  t.match(await collect(readList(list)), [
    { path: "a.png", image: join(root, "a.png"), prompt: 'a "cat", sitting' },
    { path: "/b.png", image: "/b.png", prompt: undefined },
    { path: "https://example.org/c.png", image: "https://example.org/c.png" },
    { error: { code: "ERR_INVALID_ARGUMENT" } },
  ]);
  writeFileSync(list, "file,prompt\na.png,x\n");
  await t.rejects(collect(readList(list)), { name: "UsageError", message: /no column "image".*file, prompt/ });
  writeFileSync(list, 'image,prompt\na.png,"x\n');
  await t.rejects(collect(readList(list)), { name: "UsageError", message: /not valid CSV/ });
  await t.rejects(collect(readList(join(root, "list.txt"))), { name: "UsageError", message: /\.csv or \.jsonl/ });
  await t.rejects(collect(readList(join(root, "none.csv"))), { name: "UsageError", message: /cannot be read/ });
});

t.test("lists: JSON Lines", async (t) => {
  const root = temporary(t);
  const list = join(root, "list.jsonl");
  const lines = ['{"image":"a.png","prompt":"x"}', "", '{"image":"b.png","prompt":null}', "{", '{"prompt":"x"}', "7"];
  writeFileSync(list, lines.join("\r\n"));
  const bad = { error: { code: "ERR_INVALID_ARGUMENT" } };
  t.match(await collect(readList(list)), [
    { path: "a.png", image: join(root, "a.png"), prompt: "x" },
    { path: "b.png", image: join(root, "b.png") },
    { path: `${list}:4`, ...bad },
    { path: `${list}:5`, ...bad },
    { path: `${list}:6`, ...bad },
  ]);
});

const score = {
  quality: 0.75,
  alignment: null,
  alignmentReason: "untrained",
  aspects: { technical: 0.5, aesthetic: 0.25 },
  percentiles: { quality: 60, alignment: null, technical: 40, aesthetic: 20 },
  raw: { quality: 1, alignment: null, technical: 2, aesthetic: 3 },
  model: "default@0123456789ab",
  calibration: "default-2026-01-01",
};
const lines = [
  toScoreLine("a, b.png", { ok: true, value: score }),
  toScoreLine("c.png", { ok: false, error: new EliqError("ERR_IMAGE_DECODE", 'a "bad" file') }),
];

/** @param {import("../../dist/cli/report.js").ReportFormat} format @param {typeof lines} some */
function print(format, some) {
  let text = "";
  const report = createReport(format, (part) => {
    text += part;
  });
  for (const line of some) report.line(line);
  report.end();
  return text;
}

t.test("formats of score", async (t) => {
  const good =
    '{"path":"a, b.png","ok":true,"quality":0.75,"alignment":null,"aspects":{"technical":0.5,"aesthetic":0.25},"raw":{"quality":1,"alignment":null,"technical":2,"aesthetic":3},"percentiles":{"quality":60,"alignment":null,"technical":40,"aesthetic":20},"model":"default@0123456789ab","calibration":"default-2026-01-01"}';
  const bad = '{"path":"c.png","ok":false,"code":"ERR_IMAGE_DECODE","message":"a \\"bad\\" file"}';
  t.equal(print("jsonl", lines), `${good}\n${bad}\n`);
  t.same(JSON.parse(print("json", lines)), [JSON.parse(good), JSON.parse(bad)]);
  t.same(JSON.parse(print("json", [])), []);
  const [header = "", first = "", second = ""] = print("csv", lines).split("\n");
  t.equal(first, '"a, b.png",true,0.75,,0.5,0.25,1,,2,3,default@0123456789ab,default-2026-01-01,,');
  t.equal(second, 'c.png,false,,,,,,,,,,,ERR_IMAGE_DECODE,"a ""bad"" file"');
  t.equal(header.split(",").length, 14);
  t.equal(second.split(",").length, 14);
  t.match(
    print("table", lines),
    /quality.*\n {2}0\.750 {6}0\.500 {6}0\.250 {10}- {2}a, b\.png\nfailed +c\.png: .*ERR_IMAGE_DECODE/,
  );
});

t.test("overImages keeps order, and stops at an abort", async (t) => {
  async function* listed() {
    for (let i = 0; i < 50; i++) yield { path: `${i}`, image: `${i}` };
  }
  const work = async (/** @type {{ path: string }} */ { path }) => {
    if (path === "3") throw new EliqError("ERR_IMAGE_DECODE", "bad");
    if (path === "10") throw new EliqError("ERR_ABORTED", "stop");
    return path;
  };
  const tally = new Tally();
  const seen = [];
  for await (const { path, result } of overImages(listed(), work)) {
    seen.push(path);
    tally.add(result);
  }
  t.same(seen, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  t.match(tally, { done: 9, failed: 1, total: 10 });
  t.same([tally.exitCode(false), tally.exitCode(true), new Tally().exitCode(false)], [1, 130, 0]);
});

t.test("progress: text, and silence where there is no terminal", async (t) => {
  t.equal(
    progressLine({ label: "Scoring", total: 60, done: 15, seconds: 5 }),
    `Scoring [${"=".repeat(6)}${" ".repeat(18)}]  15/60  3.0/s  ETA 15 s`,
  );
  t.equal(progressLine({ label: "Scoring", done: 20, seconds: 1, note: "x" }), "Scoring  20  20/s  x");
  const stream = (/** @type {boolean} */ isTTY) => {
    let text = "";
    const write = (/** @type {string} */ part) => {
      text += part;
      return true;
    };
    const fake = /** @type {NodeJS.WriteStream} */ (/** @type {unknown} */ ({ isTTY, columns: 60, write }));
    return { fake, text: () => text };
  };
  const quiet = stream(false);
  const silent = createProgress({ label: "x", total: 2, stream: quiet.fake });
  silent.update(1);
  silent.finish({ keep: true });
  t.equal(quiet.text(), "");
  const terminal = stream(true);
  const bar = createProgress({ label: "x", stream: terminal.fake });
  bar.setTotal(2);
  bar.update(2, "a note that is far too long for the sixty columns of this terminal");
  bar.finish();
  t.ok(terminal.text().endsWith("\r\x1b[K"), "taken away at the end");
  t.ok(
    terminal
      .text()
      .split("\x1b[K")
      .every((part) => part.length < 62),
    "never wider than the terminal",
  );
});

t.test("npy: what NumPy reads", async (t) => {
  const path = join(temporary(t), "x.npy");
  const writer = await NpyWriter.create(path, 3);
  t.equal(await writer.append(Float32Array.of(1, 2, 3)), 0);
  t.equal(await writer.append(Float32Array.of(4, 5, 6)), 1);
  await writer.close();
  const bytes = readFileSync(path);
  t.equal(bytes.length, 128 + 24);
  t.equal(bytes.subarray(0, 8).toString("latin1"), "\x93NUMPY\x01\x00");
  t.equal(bytes.readUInt16LE(8), 118);
  const header = bytes.subarray(10, 128).toString("latin1");
  t.match(header, /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3\), \} +\n$/);
  t.same(
    [0, 1, 2, 3, 4, 5].map((i) => bytes.readFloatLE(128 + 4 * i)),
    [1, 2, 3, 4, 5, 6],
  );
});
