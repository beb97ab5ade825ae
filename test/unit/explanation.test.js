// @ts-check
import { HeatMap } from "eliq";
import sharp from "sharp";
import t from "tap";
import { heatColours } from "../../dist/explanation/colours.js";
import { renderOverlay } from "../../dist/explanation/overlay.js";

// Three columns, two rows, over an image of 300 x 100.
const map = new HeatMap(Float32Array.of(0, 1, 2, 3, 4, 5), 3, 2, 300, 100);

t.test("HeatMap.at interpolates between the centres of cells", async (t) => {
  t.equal(map.at(50, 25), 0, "centre of the first cell");
  t.equal(map.at(150, 25), 1);
  t.equal(map.at(250, 75), 5);
  t.equal(map.at(100, 25), 0.5, "between two columns");
  t.equal(map.at(50, 50), 1.5, "between two rows");
  t.equal(map.at(0, 0), 0, "the margin has the value of the outermost cell");
  t.equal(map.at(300, 100), 5);
  t.same([map.min, map.max], [0, 5]);
});

t.test("HeatMap.resize has one value for each pixel, the same as at", async (t) => {
  const full = map.resize();
  t.equal(full.length, 300 * 100);
  for (const [x, y] of /** @type {const} */ ([
    [0, 0],
    [299, 99],
    [137, 42],
    [200, 70],
  ])) {
    t.ok(Math.abs((full[y * 300 + x] ?? 0) - map.at(x + 0.5, y + 0.5)) < 1e-6);
  }
  t.same([...map.resize(3, 2)], [0, 1, 2, 3, 4, 5], "the grid itself");
});

t.test("the colours' lightness rises all the way", async (t) => {
  const luma = heatColours.map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
  t.equal(luma.length, 256);
  for (let i = 1; i < luma.length; i++) t.ok((luma[i] ?? 0) > (luma[i - 1] ?? 0), `at ${i}`);
});

t.test("the overlay is a PNG of the image's shape, brightest where the map is", async (t) => {
  const image = { data: new Uint8Array(400 * 100 * 3).fill(128), width: 400, height: 100 };
  const png = await renderOverlay(image, new HeatMap(Float32Array.of(0, 0, 0, 1), 4, 1, 400, 100));
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  t.match(info, { width: 400, height: 100, channels: 3 });
  const pixel = (/** @type {number} */ x) => [...data.subarray((50 * 400 + x) * 3, (50 * 400 + x) * 3 + 3)];
  const [left = 0, , leftBlue = 0] = pixel(10);
  const [right = 0, , rightBlue = 0] = pixel(390);
  t.equal(left, leftBlue, "grey stays grey where the map is zero");
  t.ok(right > 180 && right > rightBlue, `yellow at the maximum: ${pixel(390)}`);
  const small = await sharp(
    await renderOverlay({ data: new Uint8Array(4000 * 3), width: 4000, height: 1 }, map),
  ).metadata();
  t.match(small, { width: 1600, height: 1 });
});
