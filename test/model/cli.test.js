// @ts-check
// `eliq` as people run it: processes, pipes, signals.
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { eliq, example, modelDirectory, plainEnvironment, root } from "../support/model.js";

const flux = example("cat-flux2.webp");
const sd = example("cat-sd15.webp");

/** @param {import("tap").Test} t */
function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), "eliq-cli-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A list with the example image many times. @param {import("tap").Test} t @param {number} count */
function longList(t, count) {
  const list = join(temporary(t), "list.jsonl");
  writeFileSync(list, `${JSON.stringify({ image: flux })}\n`.repeat(count));
  return list;
}

t.test("score: table, JSON, JSON Lines and CSV say the same", async (t) => {
  const table = await eliq(["score", flux, sd]);
  t.match(table, { status: 0, stderr: /Scored 2 images in/ });
  const [header = "", first = "", second = ""] = table.stdout.split("\n");
  t.match(header, /^quality +technical +aesthetic +alignment +image$/);
  t.ok(first.endsWith(flux) && second.endsWith(sd));
  const json = JSON.parse((await eliq(["score", flux, sd, "--json"])).stdout);
  const jsonl = (await eliq(["score", flux, sd, "--jsonl"])).stdout.trimEnd().split("\n");
  t.same(
    jsonl.map((line) => JSON.parse(line)),
    json,
  );
  const csv = (await eliq(["score", flux, sd, "--csv"])).stdout.split("\n");
  t.equal(csv[1]?.split(",")[2], String(json[0].quality));
  t.equal(first.trim().split(/ +/)[0], json[0].quality.toFixed(3));
  t.equal((await eliq(["score", flux])).stderr, "", "one image needs no summary");
});

t.test("score: folders, and lists with paths relative to the list", async (t) => {
  const folder = temporary(t);
  copyFileSync(flux, join(folder, "b.webp"));
  copyFileSync(sd, join(folder, "a.webp"));
  writeFileSync(join(folder, "list.csv"), "image,prompt\nb.webp,a cat\nnone.webp,\n");
  const scored = await eliq(["score", ".", "--jsonl"], { cwd: folder });
  t.same(
    scored.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).path),
    ["a.webp", "b.webp"],
  );
  const listed = await eliq(["score", "--from", join(folder, "list.csv"), "--jsonl"]);
  t.equal(listed.status, 1);
  t.match(
    listed.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [
      { path: "b.webp", ok: true, alignment: null },
      { path: "none.webp", ok: false, code: "ERR_IMAGE_NOT_FOUND" },
    ],
  );
  t.match(listed.stderr, /No alignment: .+/, "a prompt that was not used is mentioned");
});

t.test("compare and embed", async (t) => {
  const table = await eliq(["compare", flux, sd]);
  t.match(table, { status: 0, stdout: /P\(A better\)[\s\S]*quality +0\.\d{3}[\s\S]*alignment +-/ });
  const json = JSON.parse((await eliq(["compare", flux, sd, "--json"])).stdout);
  t.ok(json.quality > 0 && json.quality < 1 && json.a.model === json.model);
  t.match(await eliq(["compare", flux, "missing.png"]), { status: 1, stderr: /ERR_IMAGE_NOT_FOUND/ });

  const lines = (await eliq(["embed", flux, sd])).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.match(lines, [
    { path: flux, ok: true },
    { path: sd, ok: true },
  ]);
  t.ok(Math.abs(Math.hypot(...lines[0].embedding) - 1) < 1e-5);
  const npy = join(temporary(t), "x.npy");
  const rows = await eliq(["embed", flux, "missing.png", sd, "--npy", npy]);
  t.equal(rows.status, 1);
  t.match(
    rows.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [{ row: 0 }, { ok: false }, { row: 1 }],
  );
  const bytes = readFileSync(npy);
  t.equal(bytes.length, 128 + 2 * 4 * lines[0].embedding.length);
  t.equal(bytes.readFloatLE(128 + 4 * lines[0].embedding.length), Math.fround(lines[1].embedding[0]));
});

t.test("Ctrl-C keeps what was done: whole lines, a summary, exit code 130", async (t) => {
  const list = longList(t, 100_000);
  for (const [format, whole] of /** @type {[string, (text: string) => number][]} */ ([
    [
      "--jsonl",
      (text) =>
        text
          .trimEnd()
          .split("\n")
          .filter((line) => JSON.parse(line).ok).length,
    ],
    ["--json", (text) => JSON.parse(text).length],
  ])) {
    let interrupted = false;
    const run = await eliq(["score", "--from", list, format], {
      onOutput(_, child) {
        if (!interrupted) child.kill("SIGINT");
        interrupted = true;
      },
    });
    t.equal(run.status, 130);
    const count = whole(run.stdout);
    t.ok(count >= 1, `${count} lines`);
    t.match(run.stderr, new RegExp(`Interrupted\\. Scored ${count} images`));
  }
});

t.test("a reader that stops reading ends the program quietly", async (t) => {
  const args = [
    join(root, "dist", "cli", "main.js"),
    "score",
    "--model",
    modelDirectory,
    "--from",
    longList(t, 100_000),
  ];
  const child = spawn(process.execPath, [...args, "--jsonl"], { env: plainEnvironment() });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const status = await new Promise((resolve) => child.on("close", resolve));
  t.match({ status, stderr }, { status: 0, stderr: "" });
});
