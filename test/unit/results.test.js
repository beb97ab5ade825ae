// @ts-check
// Results files: lines, going on with a file, Parquet.
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import t from "tap";
import { EliqError } from "../../dist/errors.js";
import { decodeEmbedding, encodeEmbedding } from "../../dist/results/embedding-text.js";
import { toFailedLine, toScoredLine } from "../../dist/results/line.js";
import { writeParquet } from "../../dist/results/parquet.js";
import { ResultsFile } from "../../dist/results/read.js";
import { failedLineSchema, resultsVersion, scoredLineSchema } from "../../dist/results/schema.js";
import { ResultsWriter } from "../../dist/results/write.js";
import { failure, jsonLines } from "../support/outcomes.js";

/** @typedef {import("../../dist/results/schema.js").ResultLine} ResultLine @typedef {import("../../dist/results/schema.js").ResultsHeader} ResultsHeader */

/** @type {ResultsHeader} */
const header = {
  type: "header",
  format: "eliq-results",
  version: resultsVersion,
  model: "m@1",
  calibration: "c-1",
  folder: "../images",
  created: "2026-01-02",
  run: { images: 3, baselines: ["Sharpness"], peers: { pyiqa: "0.1" } },
};

const raw = { quality: 1.25, alignment: null, technical: -0.1, aesthetic: 1 / 3 };
const score = {
  quality: 0.7,
  alignment: null,
  alignmentReason: "No prompt was given.",
  aspects: { technical: 0.4, aesthetic: 0.6 },
  percentiles: { quality: 88, alignment: null, technical: 40, aesthetic: 60 },
  raw,
  model: "m@1",
  calibration: "c-1",
};

/** @param {import("tap").Test} t */
async function temporary(t) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-results-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** @param {number} i @returns {ResultLine} */
function line(i) {
  if (i % 7 === 3) return toFailedLine(`${i}.png`, new EliqError("ERR_IMAGE_DECODE", `${i}.png is "broken", ümlaut.`));
  return {
    ...toScoredLine(`${i}.png`, { ...score, raw: { ...raw, quality: i / 3, alignment: i % 2 ? null : -i / 7 } }),
    prompt: `a, "b"\n${i}`,
    group: `g${i % 5}`,
    opinions: i % 3 ? { quality: 1 + i / 9 } : { quality: 2, alignment: 3 },
    baselines: { "NIQE (photographs)": i % 4 ? -3.25 - i : null },
    critics: { other: { quality: i, alignment: null } },
    alignmentControls: { shuffled: i % 2 ? null : 0.5, blind: 0.25 },
    embedding: encodeEmbedding(Float32Array.of(0.6, 0.8, i / 3)),
    embeddingNorm: 5 + i / 11,
  };
}

t.test("a score becomes a line that the schema knows in every field", async (t) => {
  const plain = toScoredLine("a.png", score);
  t.strictSame(scoredLineSchema.strict().parse(plain), plain);
  t.notOk("alignmentReason" in plain, "a reason is no measurement");
  const uncertainty = {
    views: 4,
    standardError: { quality: 0.1, alignment: null, technical: 0.2, aesthetic: 0.3 },
    interval: {
      quality: /** @type {const} */ ([0.6, 0.8]),
      alignment: null,
      technical: /** @type {const} */ ([0.3, 0.5]),
      aesthetic: /** @type {const} */ ([0.5, 0.7]),
    },
  };
  const full = toScoredLine("a.png", { ...score, uncertainty, ranges: { quality: { low: 1, high: 5 } } });
  t.strictSame(scoredLineSchema.strict().parse(full), full);
  const failed = toFailedLine("b.png", new EliqError("ERR_IO", "It is gone."));
  t.strictSame(failedLineSchema.strict().parse(failed), failed);
});

t.test("embeddings keep every bit", async (t) => {
  const vector = Float32Array.of(1 / 3, -0, 1e-40, 3e38);
  t.strictSame(decodeEmbedding(encodeEmbedding(vector)), vector);
  t.throws(() => decodeEmbedding("AAA="), { code: "ERR_RESULTS" });
});

t.test("a file goes on where it ended, and only for the same run", async (t) => {
  const path = join(await temporary(t), "results.jsonl");
  const first = await ResultsWriter.open(path, header);
  await first.append(line(0));
  await first.append(line(1));
  await first.close();
  await appendFile(path, '{"path":"2.png","ok":tr');
  const second = await ResultsWriter.open(path, { ...header, created: "2027-01-01" });
  t.equal(second.lines, 2, "the torn line does not count");
  await second.append(line(2));
  t.equal(second.lines, 3);
  const bad = /** @type {ResultLine} */ ({ path: "3.png", ok: true, quality: Number.NaN });
  t.match(await failure(second.append(bad)), { code: "ERR_INTERNAL" });
  await second.close();
  t.strictSame(await jsonLines(path), [header, line(0), line(1), line(2)]);

  const other = { ...header, model: "m@2", run: { ...header.run, baselines: [], seed: 4 } };
  const refusal = await failure(ResultsWriter.open(path, other));
  t.equal(refusal.code, "ERR_RESULTS");
  t.match(
    refusal.message,
    /model was "m@1", now "m@2"; run\.baselines was \["Sharpness"\], now \[\]; run\.seed was absent, now 4/,
  );
  t.match(refusal.message, /delete the file/);
  await writeFile(path, "something else\n");
  t.match(await failure(ResultsWriter.open(path, header)), { code: "ERR_RESULTS", message: /Move it away/ });
  t.equal(await readFile(path, "utf8"), "something else\n", "what is no results file is left alone");
});

t.test("what is no results file is left alone without a line feed too; a torn header is written anew", async (t) => {
  const folder = await temporary(t);
  const path = join(folder, "results.jsonl");
  for (const text of ["my only notes", '{"path":"a.png","ok":true}\n{"path":"b.png"', "{}"]) {
    await writeFile(path, text);
    t.match(await failure(ResultsWriter.open(path, header)), { code: "ERR_RESULTS" });
    t.equal(await readFile(path, "utf8"), text);
  }
  for (const length of [1, 10, 40, JSON.stringify(header).length]) {
    await writeFile(path, JSON.stringify(header).slice(0, length));
    const writer = await ResultsWriter.open(path, header);
    t.equal(writer.lines, 0);
    await writer.close();
    t.strictSame(await jsonLines(path), [header], `killed after ${length} bytes`);
  }
  t.match(await failure(ResultsWriter.open(folder, header)), { code: "ERR_IO", message: /cannot be written/ });
});

t.test("Parquet holds what the lines hold, in groups of rows", async (t) => {
  const folder = await temporary(t);
  const [path, parquet] = [join(folder, "results.jsonl"), join(folder, "results.parquet")];
  const writer = await ResultsWriter.open(path, header);
  const count = 2105;
  for (let i = 0; i < count; i++) await writer.append(line(i));
  await writer.close();
  t.equal(await writeParquet(path, parquet), count);

  const file = await asyncBufferFromFile(parquet);
  const metadata = await parquetMetadataAsync(file);
  t.same(
    metadata.row_groups.map(({ num_rows }) => Number(num_rows)),
    [1000, 1000, 105],
  );
  const kept = metadata.key_value_metadata?.find(({ key }) => key === "eliq-results");
  t.strictSame(JSON.parse(kept?.value ?? ""), header);

  const rows = await parquetReadObjects({ file });
  t.equal(rows.length, count);
  const expected = [];
  for await (const read of (await ResultsFile.open(path)).lines()) expected.push(row(read));
  t.strictSame(rows.map(plainRow), expected);

  await writeFile(path, `${JSON.stringify(header)}\n{"path":"a","ok":true}\n`);
  t.match(await failure(writeParquet(path, join(folder, "bad.parquet"))), { code: "ERR_RESULTS" });
  t.match(await failure(readFile(join(folder, "bad.parquet"))), { code: "ENOENT" });
  t.match(await failure(readFile(join(folder, "bad.parquet.new"))), { code: "ENOENT" });
  await writeFile(path, `${JSON.stringify(header)}\n`);
  t.match(await failure(writeParquet(path, join(folder, "none", "a.parquet"))), { code: "ERR_IO" });
});

/** A row as hyparquet gives it: lists as arrays, nothing as null. @param {Record<string, any>} read */
function plainRow(read) {
  return Object.fromEntries(
    Object.entries(read).map(([name, value]) => [
      name,
      value == null ? null : ArrayBuffer.isView(value) ? [.../** @type {any} */ (value)] : value,
    ]),
  );
}

/** The row that a line should become. @param {ResultLine} read */
function row(read) {
  const scored = read.ok ? read : undefined;
  const aspects = /** @type {const} */ (["quality", "alignment", "technical", "aesthetic"]);
  /** @param {string} name @param {(aspect: (typeof aspects)[number]) => unknown} value */
  const each = (name, value) =>
    Object.fromEntries(aspects.map((aspect) => [name.replace("*", aspect), value(aspect) ?? null]));
  return {
    path: read.path,
    ok: read.ok,
    quality: scored?.quality ?? null,
    alignment: scored?.alignment ?? null,
    technical: scored?.aspects.technical ?? null,
    aesthetic: scored?.aspects.aesthetic ?? null,
    ...each("raw_*", (aspect) => scored?.raw[aspect]),
    ...each("percentile_*", (aspect) => scored?.percentiles?.[aspect]),
    views: null,
    ...each("standard_error_*", () => null),
    ...each("interval_*_low", () => null),
    ...each("interval_*_high", () => null),
    model: scored?.model ?? null,
    calibration: scored?.calibration ?? null,
    prompt: scored?.prompt ?? null,
    generator: null,
    group: scored?.group ?? null,
    mos_quality: scored?.opinions?.quality ?? null,
    mos_align: scored?.opinions?.alignment ?? null,
    alignment_shuffled: scored?.alignmentControls?.shuffled ?? null,
    alignment_blind: scored?.alignmentControls?.blind ?? null,
    embedding_norm: scored?.embeddingNorm ?? null,
    code: read.ok ? null : read.code,
    message: read.ok ? null : read.message,
    "baseline_NIQE (photographs)": scored?.baselines?.["NIQE (photographs)"] ?? null,
    critic_other_quality: scored?.critics?.other?.quality ?? null,
    critic_other_alignment: null,
    embedding: scored?.embedding === undefined ? null : [...decodeEmbedding(scored.embedding)],
  };
}
