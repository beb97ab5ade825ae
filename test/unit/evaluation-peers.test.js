// @ts-check
// Metrics of Python libraries beside the critic: our own script, run by a real Python with libraries that only pretend.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { opinionTable } from "../../dist/evaluation/datasets/opinion-table.js";
import { startLineProcess } from "../../dist/evaluation/peers/line-process.js";
import { startPeers } from "../../dist/evaluation/peers/peers.js";
import { runEvaluation } from "../../dist/evaluation/run.js";
import { knownCritic, writeOpinions } from "../support/opinions.js";
import { failure, jsonLines } from "../support/outcomes.js";

const libraries = fileURLToPath(new URL("../fixtures/peers", import.meta.url));
const python = spawnSync("python3", ["--version"]).status === 0;
const skip = python ? false : "there is no python3";

/** @param {import("tap").Test} t @param {string} kind of the pretended pyiqa */
function pretend(t, kind) {
  const before = { ...process.env };
  Object.assign(process.env, { PYTHONPATH: libraries, PYTHONDONTWRITEBYTECODE: "1", FAKE_PYIQA: kind });
  t.teardown(() => {
    for (const name of ["PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "FAKE_PYIQA"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
}

/** @param {import("tap").Test} t @param {number} count */
async function dataset(t, count) {
  const folder = await mkdtemp(join(tmpdir(), "eliq-peers-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return { folder, set: await opinionTable.read(await writeOpinions(folder, count)) };
}

t.test("metrics that load become scores, higher is better; the others are explained", { skip }, async (t) => {
  pretend(t, "installed");
  const { folder, set } = await dataset(t, 3);
  const peers = await startPeers("python3");
  t.teardown(() => peers.close());
  t.same(peers.names, ["pyiqa niqe", "pyiqa piqe", "pyiqa brisque", "pyiqa clipiqa"]);
  t.same(peers.versions, { pyiqa: "0.0.test" });
  t.same(peers.leftOut, {
    "pyiqa ilniqe": "RuntimeError: the weights cannot be fetched",
    torchmetrics: "ImportError: No module named 'torchmetrics'",
  });
  const image = /** @type {string} */ (set.items[0]?.path);
  // The pretended metrics are the image's width: 8. Of brisque and clipiqa one fails and one is infinite.
  const scores = { "pyiqa niqe": -8, "pyiqa piqe": -8, "pyiqa brisque": null, "pyiqa clipiqa": null };
  t.same(await peers.measure(image), scores);
  const nothing = Object.fromEntries(peers.names.map((name) => [name, null]));
  t.same(await peers.measure(join(folder, "ratings.csv")), nothing, "an image that it cannot read ends nothing");

  const run = {
    dataset: "set",
    items: set.items,
    folder,
    critic: { name: "eliq", critic: knownCritic(() => 1) },
    others: [],
    peers,
    baselines: false,
    embeddings: false,
    seed: 1,
    maxPixels: 1e6,
    results: join(folder, "results.jsonl"),
  };
  await runEvaluation(run);
  const [header, ...lines] = await jsonLines(run.results);
  t.match(header.run.peers, { metrics: peers.names, pyiqa: "0.0.test" });
  t.same(
    lines.map(({ baselines }) => baselines),
    [scores, scores, scores],
  );
  t.match(await failure(runEvaluation({ ...run, peers: undefined })), {
    code: "ERR_RESULTS",
    message: /run\.peers\.metrics was/,
  });
});

t.test("a Python without the libraries, and none at all, are explained", { skip }, async (t) => {
  pretend(t, "absent");
  const without = await startPeers("python3");
  t.same(without.names, []);
  t.same(without.leftOut, {
    pyiqa: "ImportError: No module named 'pyiqa'",
    torchmetrics: "ImportError: No module named 'torchmetrics'",
  });
  t.same(await without.measure("any.png"), {});
  without.close();
  const absent = await startPeers("eliq-no-such-python");
  t.same(absent.names, []);
  t.match(absent.leftOut["eliq-no-such-python"], /ENOENT/);
});

t.test("a peer that ends stops the run with what it said, and the lines before stay", { skip }, async (t) => {
  pretend(t, "dying");
  const { set } = await dataset(t, 4);
  const peers = await startPeers("python3");
  const outcomes = await Promise.allSettled(set.items.map(({ path }) => peers.measure(path)));
  t.same(
    outcomes.map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected", "rejected"],
  );
  const reason = /** @type {PromiseRejectedResult} */ (outcomes[2]).reason;
  t.match(reason, { code: "ERR_IO", message: /no memory left, said the peer\. The same command goes on/ });
});

t.test("an abort ends the loading", { skip }, async (t) => {
  pretend(t, "endless");
  const controller = new AbortController();
  const starting = failure(startPeers("python3", controller.signal));
  setTimeout(() => controller.abort(), 50);
  t.match(await starting, { code: "ERR_ABORTED" });
  t.match(await failure(startPeers("python3", controller.signal)), { code: "ERR_ABORTED" });
});

t.test("line processes: answers in order, errors of a request, a command that is not there", async (t) => {
  const program = `
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { op, value } = JSON.parse(line);
      if (op === "die") { console.error("first\\nlast words"); process.exit(3); }
      if (op === "babble") return console.log("no JSON");
      console.log(JSON.stringify(op === "fail" ? { error: "no such thing" } : { value }));
    });`;
  const child = startLineProcess(process.execPath, ["-e", program]);
  t.same(await Promise.all([1, 2].map((value) => child.ask({ value }))), [{ value: 1 }, { value: 2 }]);
  await t.rejects(child.ask({ op: "fail" }), { message: "no such thing" });
  t.same(await child.ask({ value: 3 }), { value: 3 }, "a failed request does not end the process");
  t.notOk(child.ended());
  await t.rejects(child.ask({ op: "die" }), { message: "last words" });
  t.ok(child.ended());
  await t.rejects(child.ask({ value: 4 }), { message: "last words" });
  child.close();
  const babbling = startLineProcess(process.execPath, ["-e", program]);
  const outcomes = await Promise.allSettled([{ value: 1 }, { op: "babble" }, { value: 2 }].map(babbling.ask));
  t.match(outcomes, [
    { value: { value: 1 } },
    { reason: { message: /answered "no JSON"/ } },
    { reason: { message: /answered "no JSON"/ } },
  ]);
  t.ok(babbling.ended(), "whose answer the next one is cannot be known");
  await t.rejects(startLineProcess("eliq-no-such-command", []).ask({}), { code: "ENOENT" });
});
