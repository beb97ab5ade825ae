// @ts-check
// The card of the shipped model says what its files say, and nothing else.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { run } from "../../dist/cli/commands/train.js";
import { parseEvaluationReport } from "../../dist/evaluation/report-schema.js";
import { reportTables } from "../../dist/evaluation/report-tables.js";
import { defaultModelDirectory } from "../../dist/models/directory.js";
import { readFigures, renderCard } from "../../dist/training/index.js";
import { failure } from "../support/outcomes.js";

/** @param {string} name @param {string} [directory] @returns {Promise<any>} */
const json = async (name, directory = defaultModelDirectory) =>
  JSON.parse(await readFile(join(directory, name), "utf8"));

/** @param {import("tap").Test} t the shipped model's descriptions, to be changed */
async function copy(t) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-card-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const name of ["config.json", "training.json", "evaluation.json", "notes.json"])
    await cp(join(defaultModelDirectory, name), join(folder, name));
  return folder;
}

t.test("README.md is what config.json, training.json, evaluation.json and notes.json make", async (t) => {
  const config = await json("config.json");
  const figures = await readFigures(defaultModelDirectory, `${config.name}@${config.revision}`);
  const card = renderCard(config, await json("training.json"), figures);
  t.equal(await readFile(join(defaultModelDirectory, "README.md"), "utf8"), card);
});

t.test("the figures are the evaluation of these weights: its tables follow from its numbers", async (t) => {
  const config = await json("config.json");
  const evaluation = await json("evaluation.json");
  t.equal(evaluation.made.model, `${config.name}@${config.revision}`);
  const report = parseEvaluationReport(evaluation, "evaluation.json");
  t.ok(report.controls.passed);
  const tables = JSON.parse(JSON.stringify(reportTables(report)));
  t.strictSame(evaluation.tables.slice(0, tables.length), tables);
});

t.test("--card-only reads the figures beside the model, or others, and refuses those of another model", async (t) => {
  const folder = await copy(t);
  await run(["--out", folder, "--card-only"]);
  const card = await readFile(join(folder, "README.md"), "utf8");
  t.equal(card, await readFile(join(defaultModelDirectory, "README.md"), "utf8"));

  const figures = join(folder, "mine.json");
  await writeFile(
    figures,
    JSON.stringify({ tables: [{ title: "Mine", columns: ["a"], rows: [["1 | 2"], [3]] }], limits: ["None."] }),
  );
  await run(["--out", folder, "--card-only", "--figures", figures]);
  const other = await readFile(join(folder, "README.md"), "utf8");
  t.match(other, /### Mine\n\n\| a \|\n\| --- \|\n\| 1 \\\| 2 \|\n\| 3 \|\n/);
  t.match(other, /- None\./);
  t.match(other, /What was tried on the way/, "the notes stay");

  await writeFile(
    join(folder, "evaluation.json"),
    JSON.stringify({ ...(await json("evaluation.json")), made: { model: "x@1" } }),
  );
  const refused = await failure(run(["--out", folder, "--card-only"]));
  t.equal(refused.code, "ERR_RESULTS");
  t.match(refused.message, /the figures of x@1, not of default@/);
  await writeFile(figures, "{");
  t.match(await failure(run(["--out", folder, "--card-only", "--figures", figures])), { code: "ERR_RESULTS" });
  await writeFile(figures, '{"tables":[{"title":"T"}]}');
  t.match(await failure(run(["--out", folder, "--card-only", "--figures", figures])), {
    code: "ERR_RESULTS",
    message: /tables\.0/,
  });
  const absent = join(folder, "absent.json");
  t.match(await failure(run(["--out", folder, "--card-only", "--figures", absent])), { code: "ERR_IO" });
});
