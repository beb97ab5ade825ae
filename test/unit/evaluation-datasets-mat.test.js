// @ts-check
// MATLAB files: what scipy writes, what our own writer writes in either byte order, and what is damaged.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { MatFile } from "../../dist/evaluation/datasets/mat.js";
import { Random } from "../../dist/pairs/random.js";
import { matFile } from "../support/mat-file.js";

const fixtures = fileURLToPath(new URL("../fixtures/evaluation/", import.meta.url));

/** @param {import("tap").Test} t @param {Uint8Array} bytes */
async function stored(t, bytes) {
  const directory = await mkdtemp(join(tmpdir(), "eliq-mat-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "table.mat");
  await writeFile(path, bytes);
  return path;
}

for (const name of ["scipy.mat", "scipy-compressed.mat"]) {
  t.test(`${name}, which scipy.io.savemat wrote`, async (t) => {
    const file = await MatFile.read(join(fixtures, name));
    t.same(file.texts("names"), ["101.bmp", "bäume 102.bmp", "103.bmp"]);
    t.same([...file.numbers("row")], [66.3595, 44.695, 39.2346]);
    t.same([...file.numbers("column")], [60.16417843, 54.74887829]);
    t.same([...file.numbers("single")], [0.5, -1.25]);
    t.same([...file.numbers("bytes")], [1, 3, 2, 4], "column by column");
    t.same([...file.numbers("long")], [-5, 7]);
    t.same(file.texts("text"), ["one line"]);
    t.same(file.texts("rows"), ["first", "second"]);
    for (const other of ["struct", "complex", "sparse", "text"])
      t.throws(() => file.numbers(other), {
        code: "ERR_DATASET",
        message: new RegExp(`no variable ${other} of numbers`),
      });
    t.throws(() => file.texts("row"), { code: "ERR_DATASET", message: /its variables are names, row, column/ });
  });
}

t.test("either byte order, compressed or not", async (t) => {
  const numbers = [1.5, -2, Number.NaN, 1e300];
  const texts = ["a.bmp", "", "längerer name.bmp"];
  for (const bigEndian of [false, true])
    for (const compressed of [false, true]) {
      const bytes = matFile(
        [
          { name: "MOSz", numbers },
          { name: "x", texts },
          { name: "word", text: "ab" },
        ],
        {
          bigEndian,
          compressed,
        },
      );
      const file = await MatFile.read(await stored(t, bytes));
      t.same([...file.numbers("MOSz")], numbers);
      t.same(file.texts("x"), texts);
      t.same(file.texts("word"), ["ab"]);
    }
});

t.test("what is no level-5 file", async (t) => {
  await t.rejects(MatFile.read(join(fixtures, "none.mat")), { code: "ERR_IO" });
  await t.rejects(MatFile.read(await stored(t, Buffer.from("a,b\n1,2\n"))), {
    code: "ERR_DATASET",
    message: /not a MATLAB level-5/,
  });
  const hdf = Buffer.alloc(600);
  hdf.write("MATLAB 7.3 MAT-file, Platform: GLNXA64");
  hdf.write("\x89HDF\r\n\x1a\n", 512, "latin1");
  await t.rejects(MatFile.read(await stored(t, hdf)), { code: "ERR_DATASET", message: /7\.3.*-v7/ });
  await t.rejects(MatFile.read(await stored(t, hdf.subarray(512))), { code: "ERR_DATASET", message: /7\.3/ });
});

t.test("a damaged file is a named error, wherever the damage is", async (t) => {
  const variables = [
    { name: "MOSz", numbers: [1, 2, 3] },
    { name: "names", texts: ["a.bmp", "b.bmp"] },
  ];
  const whole = matFile(variables);
  const packed = matFile(variables, { compressed: true });
  const directory = await mkdtemp(join(tmpdir(), "eliq-mat-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "damaged.mat");
  let refused = 0;
  /** @param {Uint8Array} bytes @param {string} what */
  const attempt = async (bytes, what) => {
    await writeFile(path, bytes);
    await MatFile.read(path).catch((error) => {
      refused++;
      if (error.code !== "ERR_DATASET") t.fail(`${what}: ${error.stack}`);
    });
  };
  for (const [name, bytes] of Object.entries({ whole, packed })) {
    for (let end = 129; end < bytes.length; end++) await attempt(bytes.subarray(0, end), `${name} cut at ${end}`);
    const random = new Random(7);
    for (let time = 0; time < 150; time++) {
      const copy = Buffer.from(bytes);
      const at = 128 + Math.floor(random.uniform(0, copy.length - 128));
      copy[at] = Math.floor(random.uniform(0, 256));
      await attempt(copy, `${name} with another byte at ${at}`);
    }
  }
  t.ok(refused > whole.length - 129, `${refused} refused`);
  const crowded = matFile([{ name: "names", shape: [2 ** 30, 2 ** 30], texts: ["a"] }]);
  await t.rejects(MatFile.read(await stored(t, crowded)), { code: "ERR_DATASET", message: /damaged/ });
  const few = matFile([{ name: "MOSz", shape: [4, 1], numbers: [1, 2, 3] }]);
  await t.rejects(MatFile.read(await stored(t, few)), { code: "ERR_DATASET", message: /damaged/ });
});
