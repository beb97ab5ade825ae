// @ts-check
// What benchmarks/explanations.js counts: edits stay in their quadrant, and shares of a change are those of its area.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { changeIn, EDITS, quadrantOf } from "../../benchmarks/support/quadrants.js";
import { readSafetensors, writeRandomModel } from "../../benchmarks/support/random-model.js";
import { defaultModelDirectory, readModel } from "../../dist/models/directory.js";
import { Random } from "../../dist/pairs/random.js";
import { tinyImage } from "../support/tiny-model.js";

t.test("the quadrants cover an image of odd sides once", async (t) => {
  const image = tinyImage(7, 5);
  const covered = new Uint8Array(35);
  for (const quadrant of [0, 1, 2, 3]) {
    const { left, top, width, height } = quadrantOf(image, quadrant);
    for (let y = top; y < top + height; y++)
      for (let x = left; x < left + width; x++) covered[y * 7 + x] = (covered[y * 7 + x] ?? 0) + 1;
  }
  t.ok(covered.every((count) => count === 1));
});

t.test("an edit changes its quadrant and nothing else", async (t) => {
  const image = tinyImage(96, 64);
  const box = quadrantOf(image, 1);
  for (const [name, edit] of Object.entries(EDITS)) {
    const edited = await edit(image, box, new Random(name));
    let [inside, outside] = [0, 0];
    edited.data.forEach((value, i) => {
      const [x, y] = [Math.floor(i / 3) % 96, Math.floor(i / 3 / 96)];
      const within = x >= box.left && y < box.height;
      if (value !== image.data[i] && within) inside++;
      if (value !== image.data[i] && !within) outside++;
    });
    t.equal(outside, 0, name);
    t.ok(inside > 1000, `${name} changes ${inside} values`);
  }
  const sum = (/** @type {Uint8Array} */ data) => data.reduce((a, b) => a + b, 0);
  for (const name of /** @type {const} */ (["scramble", "mirror"]))
    t.equal(sum((await EDITS[name](image, box, new Random(1))).data), sum(image.data), `${name} moves values only`);
});

t.test("a change is shared out by area, and a fall is one", async (t) => {
  // Four columns: the box holds two of them, and half of the middle one of three rows.
  const image = { data: new Uint8Array(), width: 40, height: 30 };
  const box = quadrantOf(image, 0);
  const map = (/** @type {number[]} */ ...cells) => {
    const values = new Float64Array(12);
    cells.forEach((value, i) => {
      values[i] = value;
    });
    return { values, gridWidth: 4, gridHeight: 3 };
  };
  const change = (/** @type {number[]} */ ...cells) => {
    const { share, fall } = changeIn(map(), map(...cells), box, image);
    return { share: Number(share.toFixed(9)), fall: Number(fall.toFixed(9)) };
  };
  t.same(change(-1), { share: 1, fall: 1 });
  t.same(change(0, 0, -1), { share: 0, fall: 0 });
  t.same(change(0, 0, 0, 0, -1), { share: 0.5, fall: 0.5 }, "a cell that the box cuts counts by its part inside");
  t.same(change(-1, 2, 1), { share: 0.75, fall: -0.25 }, "a rise takes off a fall");
  t.same(change(1, 0, 0, 1), { share: 0.5, fall: -0.5 });
  t.ok(Number.isNaN(change().share), "nothing changed");
});

t.test("a random end keeps the tower and every weight's size, and no weight's place", async (t) => {
  const folder = t.testdir();
  await writeRandomModel(defaultModelDirectory, folder, { seed: 1, tower: false, pool: [] });
  t.match(await readModel(folder), { id: /^random-1@[0-9a-f]{12}$/, calibration: { model: /^random-1@/ } });
  const [before, after] = await Promise.all(
    [defaultModelDirectory, folder].map(async (one) => readSafetensors(await readFile(join(one, "model.safetensors")))),
  );
  t.same([...(after ?? []).keys()].sort(), [...(before ?? []).keys()].sort());
  for (const [name, { shape, values }] of before ?? []) {
    const made = after?.get(name);
    t.same(made?.shape, shape, name);
    const kept = /^backbone\.|^fusion\.(mean|std)$/.test(name);
    const same = values.every((value, i) => value === made?.values[i]);
    if (kept) t.ok(same, `${name} is kept`);
    else if (new Set(values).size > 10) t.notOk(same, `${name} is shuffled`);
    if (!kept) t.same(made?.values.slice().sort(), values.slice().sort(), `${name} has the same values`);
  }
});
