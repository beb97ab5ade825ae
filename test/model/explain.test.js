// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Eliq } from "eliq";
import sharp from "sharp";
import t from "tap";
import { faultsOf } from "../../dist/explanation/faults.js";
import { eliq as cli, example, modelDirectory } from "../support/model.js";

const eliq = await Eliq.load({ model: modelDirectory });
t.teardown(() => eliq.dispose());
const sum = (/** @type {Float32Array} */ values) => values.reduce((a, b) => a + b, 0);

t.test("maps are in image coordinates, gates sum to 1 over levels, attention to 1 over cells", async (t) => {
  const wide = await sharp(example("cat-flux2.webp")).resize(900, 300, { fit: "fill" }).png().toBuffer();
  const explanation = await eliq.explain(wide);
  const { attention, queries, levels, grid } = explanation;
  t.match(explanation, { width: 900, height: 300 });
  t.ok(grid.width > grid.height, "a wide image has a wide grid");
  t.ok(Math.abs(sum(attention.values) - 1) < 1e-4);
  t.ok(queries.length > 0 && queries.every(({ values }) => Math.abs(sum(values) - 1) < 1e-4));
  for (let cell = 0; cell < grid.width * grid.height; cell++) {
    const gates = levels.reduce((total, { gate }) => total + (gate.values[cell] ?? 0), 0);
    t.ok(Math.abs(gates - 1) < 1e-4);
  }
  for (const map of [attention, ...queries, ...levels.map(({ gate }) => gate)]) {
    t.match(map, { gridWidth: grid.width, gridHeight: grid.height, imageWidth: 900, imageHeight: 300 });
    t.ok(map.min >= 0);
  }
  const full = attention.resize();
  t.equal(full.length, 900 * 300);
  t.ok(Math.abs((full[150 * 900 + 450] ?? 0) - attention.at(450.5, 150.5)) < 1e-7);
  t.same(explanation.score, await eliq.score(wide));
});

t.test("the local quality falls where the image is damaged, and is whole elsewhere", async (t) => {
  const { data, info } = await sharp(example("cat-flux2.webp"))
    .resize(512, 512)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  const corner = await sharp(data, { raw }).extract({ left: 0, top: 256, width: 256, height: 256 }).blur(4).toBuffer();
  const overlay = { input: corner, raw: { ...raw, width: 256, height: 256 }, left: 0, top: 256 };
  const damaged = await sharp(data, { raw }).composite([overlay]).png().toBuffer();
  const [before, after] = await Promise.all(
    [await sharp(data, { raw }).png().toBuffer(), damaged].map((image) => eliq.explain(image)),
  );
  if (!before || !after) throw new Error("no explanation");
  const falls = before.localQuality.values.map((value, cell) => value - (after.localQuality.values[cell] ?? 0));
  const mean = (/** @type {(row: number, column: number) => boolean} */ inside) => {
    const { width } = before.grid;
    const chosen = falls.filter((_, cell) => inside(Math.floor(cell / width), cell % width));
    return sum(chosen) / chosen.length;
  };
  const [low, far] = [mean((row, column) => row > 4 && column < 3), mean((row, column) => row < 3 && column > 4)];
  t.ok(low > 1 && low > 4 * Math.abs(far), `falls by ${low} in the damaged quarter and ${far} in the opposite one`);
  const faults = faultsOf(after.localQuality);
  t.ok(faults.min === 0 && Math.abs(faults.max - (after.localQuality.max - after.localQuality.min)) < 1e-5);
});

t.test("the overlay keeps the upright image's shape", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "eliq-explain-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const turned = join(folder, "turned.jpg");
  const upright = sharp(example("cat-sd15.webp")).resize(400, 200, { fit: "fill" }).withMetadata({ orientation: 6 });
  await upright.jpeg().toFile(turned);
  const run = await cli(["explain", turned], { cwd: folder });
  t.match(run, {
    status: 0,
    stdout: /quality 0\.\d+; map written to turned\.explain\.png\n {2}local quality from .*\n.*mean gate/,
  });
  const overlay = await sharp(join(folder, "turned.explain.png")).metadata();
  t.match(overlay, { width: 200, height: 400, format: "png" });

  const named = await cli(["explain", turned, "--map", "query.1", "-o", "q.png", "--json"], { cwd: folder });
  const json = JSON.parse(named.stdout);
  t.match(json, { path: turned, width: 200, height: 400 });
  t.equal(json.attention.length, json.grid.width * json.grid.height);
  t.equal(json.localQuality.length, json.attention.length);
  t.match(await cli(["explain", turned, "--map", "nothing"]), { status: 2, stderr: /no map "nothing".*query\.1/ });
  t.match(await cli(["explain", turned, "-o", "/nowhere/x.png"]), { status: 3, stderr: /ERR_IO/ });
  t.match(await cli(["explain", "missing.png"]), { status: 1, stderr: /ERR_IMAGE_NOT_FOUND/ });
});
