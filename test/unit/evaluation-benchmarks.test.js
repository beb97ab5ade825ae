// @ts-check
// The parts of the benchmarks that decide what is printed.
import t from "tap";
import { agreement, controls, srccDifference } from "../../benchmarks/support/agreement.js";
import { jpegSize, sharpness } from "../../benchmarks/support/baselines.js";
import { meanPairwiseCosine } from "../../benchmarks/support/critic.js";
import { startLineProcess } from "../../benchmarks/support/line-process.js";
import { median } from "../../benchmarks/support/machine.js";
import { disagreement } from "../../benchmarks/support/peers.js";
import { decimal, formatTable, withInterval } from "../../benchmarks/support/table.js";
import { Random } from "../../dist/pairs/random.js";

/** @param {number} count */
function opinions(count) {
  const random = new Random("benchmark test");
  return Array.from({ length: count }, (_, i) => ({
    quality: 2.5 + random.normal(),
    generator: `g${i % 3}`,
    prompt: `p${i % 40}`,
  }));
}

t.test("controls of the instrument pass on any scores, through the code that makes the table", async (t) => {
  const items = opinions(1500);
  const random = new Random(2);
  const scores = items.map(({ quality }) => quality + random.normal());
  for (const { name, passed } of controls(scores, items)) t.ok(passed, name);
  t.equal(
    agreement(
      "planted",
      items.map(({ quality }) => quality ** 3),
      items,
    ).srcc.value,
    1,
  );
  const row = agreement("eliq", scores, items);
  t.ok(row.srcc.low < row.srcc.value && row.srcc.value < row.srcc.high);
  t.same(Object.keys(row.generators).sort(), ["g0", "g1", "g2"]);
  t.ok(Math.abs(row.withinGenerator - row.srcc.value) < 0.05, "generators say nothing about these scores");
});

t.test("a better score is better with both ways of resampling", async (t) => {
  const items = opinions(600);
  const random = new Random(3);
  const good = items.map(({ quality }) => quality + 0.5 * random.normal());
  const poor = items.map(({ quality }) => quality + 2 * random.normal());
  const { byImage, byPrompt } = srccDifference(good, poor, items);
  t.equal(byImage.value, byPrompt.value);
  t.ok(byImage.low > 0 && byPrompt.low > 0);
  t.ok(srccDifference(poor, good, items).byImage.high < 0);
});

t.test("baselines", async (t) => {
  const side = 64;
  const picture = (/** @type {(x: number) => number} */ value) => ({
    data: Uint8Array.from({ length: side * side * 3 }, (_, i) => value(Math.floor(i / 3) % side)),
    width: side,
    height: side,
  });
  const soft = picture((x) => x * 3);
  const hard = picture((x) => (x % 2) * 100);
  // Columns 0, 100, 0, …: every Laplacian is 200.
  t.ok(Math.abs(sharpness(hard) - Math.log(40000)) < 1e-9);
  t.ok(sharpness(soft) < sharpness(hard));
  const random = new Random(4);
  t.ok((await jpegSize(soft)) < (await jpegSize(picture(() => random.integer(256)))));
});

t.test("collapsed queries have cosine 1, orthogonal ones 0", async (t) => {
  t.equal(meanPairwiseCosine(Float32Array.from([0.5, 0, 0.5, 0]), 2), 1);
  t.equal(meanPairwiseCosine(Float32Array.from([0.5, 0, 0, 0.25]), 2), 0);
  t.ok(Math.abs(meanPairwiseCosine(Float32Array.from([1, 0, 0, 1, 1, 0]), 3) - 1 / 3) < 1e-6);
});

t.test("a peer counts as the same network only near the population's scale", async (t) => {
  t.ok(Math.abs(disagreement([1, 2], [1.0005, 2], 0.5) - 1e-3) < 1e-9);
  t.equal(disagreement([1], [1], 2), 0);
  t.ok(Number.isNaN(disagreement([1], [Number.NaN], 1)));
});

t.test("line processes: answers in order, errors of a request, a command that is not there", async (t) => {
  const program = `
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { op, value } = JSON.parse(line);
      if (op === "die") { console.error("first\\nlast words"); process.exit(3); }
      console.log(JSON.stringify(op === "fail" ? { error: "no such thing" } : { value }));
    });`;
  const child = startLineProcess(process.execPath, ["-e", program]);
  t.same(await Promise.all([1, 2].map((value) => child.ask({ value }))), [{ value: 1 }, { value: 2 }]);
  await t.rejects(child.ask({ op: "fail" }), { message: "no such thing" });
  t.same(await child.ask({ value: 3 }), { value: 3 }, "a failed request does not end the process");
  await t.rejects(child.ask({ op: "die" }), { message: "last words" });
  await t.rejects(child.ask({ value: 4 }), { message: "last words" });
  child.close();
  await t.rejects(startLineProcess("eliq-no-such-command", []).ask({}), { code: "ENOENT" });
});

t.test("figures as they are printed", async (t) => {
  t.same([0.5564, -0.0312, 1, Number.NaN].map(decimal), [".556", "-.031", "1.000", "-"]);
  t.equal(withInterval({ value: 0.5, low: -0.1, high: 0.6 }), ".500 [-.100, .600]");
  t.same([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5]);
  const text = formatTable({
    title: "T",
    columns: ["name", "value"],
    rows: [
      ["a", 1.5],
      ["long name", "2"],
    ],
  });
  t.equal(text, "T\n\nname       value\n---------  -----\na            1.5\nlong name      2\n");
});
