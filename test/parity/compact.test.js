// @ts-check
// The shipped tower, tap by tap, against values that an independent PyTorch forward in float64 made from the same weights
// (scripts/parity/compact.py --directory models/default --write-goldens test/parity/goldens/default-tower.json).
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { safetensors } from "../support/tiny-model.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tool = join(root, "build", "dump_taps");
const model = join(root, "models", "default");
const limit = 1e-4;

/** @typedef {{ shape: number[], greatest: number, values: number[] }} Tap */
/** @type {{ cases: { height: number, width: number, taps: Record<string, Tap> }[] }} */
const goldens = JSON.parse(readFileSync(new URL("goldens/default-tower.json", import.meta.url), "utf8"));
const { mean, std } = JSON.parse(readFileSync(join(model, "config.json"), "utf8")).input;

/** The integer hash of scripts/parity/pictures.py. @param {number} value */
function mix(value) {
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  value = Math.imul(value ^ (value >>> 12), 0x297a2d39);
  return (value ^ (value >>> 15)) >>> 0;
}

/** The picture of that file, normalised, [1, 3, height, width]. @param {number} height @param {number} width @param {number} seed */
function input(height, width, seed) {
  const values = new Float32Array(3 * height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const noise = mix(((y * width + x) * 3 + c) ^ mix(seed)) >>> 26;
        const gradient = Math.floor((((x * 3 + y * 2 + c * 50 + seed * 7) % 256) * 3) / 4);
        values[(c * height + y) * width + x] = Math.fround(gradient + noise - mean[c]) / std[c];
      }
    }
  }
  return { shape: [1, 3, height, width], values };
}

/** Every F32 tensor of a file. @param {string} path */
function read(path) {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  /** @type {Record<string, { shape: number[], data_offsets: [number, number] }>} */
  const header = JSON.parse(bytes.subarray(8, start).toString());
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const copy = Uint8Array.from(bytes.subarray(start + begin, start + end));
        return [name, { shape, values: new Float32Array(copy.buffer) }];
      },
    ),
  );
}

t.test("the shipped tower equals PyTorch at every tap", async (t) => {
  if (!existsSync(tool)) throw new Error(`${tool} is missing; npm run build:native makes it`);
  const folder = mkdtempSync(join(tmpdir(), "eliq-taps-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const images = join(folder, "in.safetensors");
  writeFileSync(
    images,
    safetensors(new Map(goldens.cases.map(({ height, width }, seed) => [String(seed), input(height, width, seed)]))),
  );
  t.equal(goldens.cases.length, 10);
  for (const mode of [[], ["plain"]]) {
    const path = join(folder, "out.safetensors");
    // One thread: on a busy machine several wait for one another at every layer.
    execFileSync(tool, [model, images, path, ...mode], { env: { ...process.env, OMP_NUM_THREADS: "1" } });
    const found = read(path);
    let worst = 0;
    for (const [seed, { taps }] of goldens.cases.entries()) {
      for (const [tap, expected] of Object.entries(taps)) {
        const actual = found.get(`${seed}/${tap}`);
        t.same(actual?.shape, expected.shape);
        if (!actual) continue;
        const size = actual.values.length;
        let greatest = 0;
        for (const value of actual.values) greatest = Math.max(greatest, Math.abs(value));
        worst = Math.max(worst, Math.abs(greatest - expected.greatest) / expected.greatest);
        for (const [index, value] of expected.values.entries()) {
          const place = Math.floor((index * size) / expected.values.length);
          worst = Math.max(worst, Math.abs((actual.values[place] ?? Number.NaN) - value) / expected.greatest);
        }
      }
    }
    t.ok(worst <= limit, `greatest error ${worst.toExponential(1)} of a tap's greatest value`, { worst, limit, mode });
  }
});
