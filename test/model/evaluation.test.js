// @ts-check
// One figure of the model card, measured again: scores of today's weights on the images that it was measured on.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { dataDirectory } from "../../benchmarks/support/paths.js";
import { toCritic } from "../../dist/evaluation/critic.js";
import { datasetNamed } from "../../dist/evaluation/datasets/index.js";
import { readColumns } from "../../dist/evaluation/read-columns.js";
import { runEvaluation } from "../../dist/evaluation/run.js";
import { spearman } from "../../dist/evaluation/statistics.js";
import { Eliq } from "../../dist/index.js";
import { defaultModelDirectory } from "../../dist/models/directory.js";

const data = join(dataDirectory, "agiqa-3k-dev");
const skip = existsSync(data) ? false : `there is no ${data}`;
const generator = "AttnGAN";

t.test("the SRCC of one generator is the one that evaluation.json states", { skip, timeout: 600_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-figure-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const evaluation = JSON.parse(await readFile(join(defaultModelDirectory, "evaluation.json"), "utf8"));
  const stated = evaluation.quality.scores[0].generators.find((/** @type {any} */ row) => row.generator === generator);

  const set = await datasetNamed("agiqa-3k").read(data);
  const items = set.items.filter((item) => item.generator === generator);
  const critic = toCritic(await Eliq.load({ model: defaultModelDirectory }));
  t.teardown(() => critic.dispose());
  t.equal(critic.model, evaluation.made.model);
  const results = join(folder, "results.jsonl");
  await runEvaluation({
    dataset: set.name,
    items,
    folder: data,
    critic: { name: "eliq", critic },
    others: [],
    peers: undefined,
    baselines: false,
    embeddings: false,
    seed: 1,
    maxPixels: 1e8,
    results,
  });
  const { images, scores, opinions } = await readColumns(results, { dataset: set.name, problems: [] });
  t.equal(images, stated.images);
  const srcc = spearman(scores.get("eliq") ?? [], opinions.quality ?? []);
  t.ok(Math.abs(srcc - stated.srcc) < 1e-3, `now ${srcc.toFixed(4)}, stated ${stated.srcc.toFixed(4)}`);
});
