// @ts-check
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { pushPull } from "../../dist/pairs/kernels/push-pull.js";
import { attend, subject } from "../../dist/pairs/kernels/saliency.js";
import { boxOf, neighbours, segment, softMask } from "../../dist/pairs/kernels/segments.js";
import { findSubject, quantile, spreadOf } from "../../dist/pairs/kernels/subjects.js";
import { Random } from "../../dist/pairs/random.js";
import { readRaster } from "../../dist/pairs/raster.js";

/** @typedef {import("../../dist/pairs/raster.js").Raster} Raster */
/** @typedef {import("../../dist/pairs/kernels/segments.js").Segmentation} Segmentation */

const fixtures = fileURLToPath(new URL("../fixtures/train/learn/", import.meta.url));

/**
 * A picture painted by a function of the place, with a little noise.
 *
 * @param {number} width @param {number} height @param {(x: number, y: number) => readonly number[]} colour
 * @returns {Raster}
 */
function paint(width, height, colour) {
  const random = new Random("paint");
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (const value of colour(x, y)) data[i++] = Math.max(0, Math.min(255, Math.round(value + 2 * random.normal())));
  return { data, width, height };
}

/** Number of 8-connected parts of every label. @param {Segmentation} s */
function parts({ labels, width, height, count }) {
  const found = new Array(count).fill(0);
  const seen = new Uint8Array(labels.length);
  for (let start = 0; start < labels.length; start++) {
    if (seen[start]) continue;
    const label = Number(labels[start]);
    found[label]++;
    const queue = [start];
    seen[start] = 1;
    for (const p of queue) {
      const [x, y] = [p % width, Math.floor(p / width)];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const q = v * width + u;
          if (seen[q] || labels[q] !== label) continue;
          seen[q] = 1;
          queue.push(q);
        }
    }
  }
  return found;
}

t.test("pieces of photographs", async (t) => {
  for (const name of ["09-recipes.webp", "18-budgie.webp", "30-sd-cheatsheet.webp"]) {
    const raster = await readRaster(join(fixtures, name), 1e6);
    const pieces = await segment(raster, 44);
    const { labels, count, areas, boxes, centres } = pieces;
    t.ok(count > 60 && count < 260, `${name}: ${count} pieces`);
    t.ok(
      parts(pieces).every((number) => number === 1),
      `${name}: every piece is connected`,
    );
    t.equal(
      areas.reduce((sum, area) => sum + area, 0),
      raster.width * raster.height,
    );
    for (let p = 0; p < labels.length; p += 37) {
      const k = Number(labels[p]);
      const [x, y] = [p % raster.width, Math.floor(p / raster.width)];
      const [left, top, right, bottom] = boxes.subarray(4 * k, 4 * k + 4);
      if (!(x >= Number(left) && x < Number(right) && y >= Number(top) && y < Number(bottom)))
        t.fail(`pixel ${x},${y} is outside its piece's box`);
    }
    t.ok(centres.every((value, i) => value >= 0 && value < (i % 2 ? raster.height : raster.width)));
    t.ok(Buffer.from(labels.buffer).equals(Buffer.from((await segment(raster, 44)).labels.buffer)), "deterministic");
    const fine = await segment(raster, 24);
    t.ok(fine.count > 2 * count, `smaller pieces are more: ${fine.count}`);
  }
});

t.test("pieces end where colours do", async (t) => {
  // A slanted border between two colours.
  const side = (/** @type {number} */ x, /** @type {number} */ y) => (x + 0.3 * y > 230 ? 1 : 0);
  const raster = paint(400, 300, (x, y) => (side(x, y) ? [200, 60, 50] : [70, 110, 190]));
  const { labels, count } = await segment(raster, 60);
  const shares = Array.from({ length: count }, () => [0, 0]);
  for (let p = 0; p < labels.length; p++) {
    const share = /** @type {number[]} */ (shares[Number(labels[p])]);
    const colour = side(p % 400, Math.floor(p / 400));
    share[colour] = Number(share[colour]) + 1;
  }
  const mixed = shares.reduce((sum, [a, b]) => sum + Math.min(Number(a), Number(b)), 0);
  t.ok(mixed / labels.length < 0.006, `${mixed} of ${labels.length} pixels lie on the wrong side`);
});

t.test("pieces of odd shapes", async (t) => {
  for (const [width, height] of /** @type {const} */ ([
    [17, 200],
    [32, 32],
    [1, 40],
    [3, 2],
    [1, 1],
  ])) {
    const raster = paint(width, height, (x, y) => [3 * x, 2 * y, 90]);
    const pieces = await segment(raster, 44);
    t.ok(
      pieces.count >= 1 && pieces.labels.every((label) => label >= 0 && label < pieces.count),
      `${width} x ${height}`,
    );
    t.ok((await findSubject(raster, { smallest: 0.1, largest: 0.3 })).pieces.length > 0);
  }
});

t.test("masks and neighbours", async (t) => {
  const pieces = await segment(
    paint(260, 190, (x, y) => [x, y, 128]),
    60,
  );
  const touching = neighbours(pieces);
  t.ok(touching.every((list, k) => list.length > 0 && list.every((j) => j !== k && touching[j]?.includes(k))));
  const chosen = [4, ...(touching[4] ?? [])];
  const hard = softMask(pieces, chosen, 0);
  t.ok(hard.mask.every((weight, p) => weight === (chosen.includes(Number(pieces.labels[p])) ? 1 : 0)));
  t.same(hard.box, boxOf(pieces, chosen, 1));
  const { mask, box } = softMask(pieces, chosen, 16);
  const area = chosen.reduce((sum, k) => sum + Number(pieces.areas[k]), 0);
  const weights = mask.reduce((sum, weight) => sum + weight, 0);
  t.ok(Math.abs(weights / area - 1) < 0.1, `${weights} against ${area}`);
  t.ok(mask.every((weight) => weight > -1e-4 && weight < 1.0001));
  t.ok(mask.some((weight) => weight > 0.2 && weight < 0.8));
  t.ok(
    mask.every((weight, p) => {
      const [x, y] = [p % 260, Math.floor(p / 260)];
      return weight === 0 || (x >= box.left && x < box.right && y >= box.top && y < box.bottom);
    }),
    "nothing outside the box",
  );
  t.same(softMask(pieces, [], 8).box, { left: 0, top: 0, right: 0, bottom: 0 });
});

t.test("saliency finds a planted thing", async (t) => {
  for (const [cx, cy, ground, thing] of /** @type {const} */ ([
    [0.35, 0.6, [70, 120, 60], [210, 60, 40]],
    [0.62, 0.42, [200, 205, 210], [30, 30, 35]],
  ])) {
    const inside = (/** @type {number} */ x, /** @type {number} */ y) =>
      ((x / 360 - cx) / 0.14) ** 2 + ((y / 280 - cy) / 0.17) ** 2 < 1;
    const raster = paint(360, 280, (x, y) =>
      inside(x, y) ? thing : ground.map((value) => value + 14 * Math.sin(x / 9 + y / 13)),
    );
    const pieces = await segment(raster, 44);
    const { scores, touching } = attend(pieces);
    t.ok(scores.every((score) => score >= 0 && score <= 1));
    const group = subject(pieces, { scores, touching }, { smallest: 0.03, largest: 0.3 });
    const chosen = new Set(group);
    let [both, either] = [0, 0];
    for (let p = 0; p < pieces.labels.length; p++) {
      const [a, b] = [chosen.has(Number(pieces.labels[p])), inside(p % 360, Math.floor(p / 360))];
      both += a && b ? 1 : 0;
      either += a || b ? 1 : 0;
    }
    t.ok(both / either > 0.85, `intersection over union ${both / either}`);
    const found = await findSubject(raster, { smallest: 0.03, largest: 0.3 });
    t.ok(Math.abs(quantile(spreadOf(found).x, 0.5) - cx) < 0.03);
    t.ok(Math.abs(quantile(spreadOf(found).y, 0.5) - cy) < 0.03);
    for (let i = 1; i < group.length; i++)
      t.ok(
        touching[Number(group[i])]?.some((k) => group.slice(0, i).includes(k)),
        "each piece touches an earlier one",
      );
  }
});

t.test("a subject keeps to its largest and smallest size", async (t) => {
  const raster = await readRaster(join(fixtures, "36-sd-cheatsheet.webp"), 1e6);
  for (const [smallest, largest] of /** @type {const} */ ([
    [0.02, 0.05],
    [0.2, 0.3],
  ])) {
    const { segmentation, pieces } = await findSubject(raster, { smallest, largest });
    const share = pieces.reduce((sum, k) => sum + Number(segmentation.areas[k]), 0) / (raster.width * raster.height);
    t.ok(share > 0.7 * smallest && share <= largest, `${share} in ${smallest}..${largest}`);
  }
});

t.test("push-pull keeps what is known and fills gaps between the known values", async (t) => {
  const [width, height] = [37, 29];
  const values = Float32Array.from({ length: width * height }, (_, p) => 2 * (p % width));
  const weights = Float32Array.from(values, (_, p) => (p % width < 9 || p % width > 26 ? 1 : 0));
  const filled = pushPull(values, weights, width, height);
  t.ok(filled.every((value, p) => weights[p] === 0 || value === values[p]));
  t.ok(filled.every((value) => value >= 0 && value <= 72));
  const [near, far] = [filled[14 * width + 10], filled[14 * width + 25]];
  t.ok(Number(near) < 30 && Number(far) > 42, `${near} ${far}`);
  t.ok(pushPull(values, new Float32Array(values.length), width, height).every((value) => value === 0));
});
