// @ts-check
// The parts of the benchmarks that decide what is printed.
import t from "tap";
import { median } from "../../benchmarks/support/machine.js";
import { disagreement } from "../../benchmarks/support/peers.js";
import { formatTable } from "../../dist/cli/text-table.js";

t.test("a peer counts as the same network only near the population's scale", async (t) => {
  t.ok(Math.abs(disagreement([1, 2], [1.0005, 2], 0.5) - 1e-3) < 1e-9);
  t.equal(disagreement([1], [1], 2), 0);
  t.ok(Number.isNaN(disagreement([1], [Number.NaN], 1)));
});

t.test("figures as they are printed", async (t) => {
  t.same([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5]);
  const text = formatTable({
    title: "T",
    columns: ["name", "value"],
    rows: [
      ["a", 1.5],
      ["long\nname", "2"],
    ],
  });
  t.equal(text, "T\n\nname       value\n---------  -----\na            1.5\nlong name      2\n");
});
