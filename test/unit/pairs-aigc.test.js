// @ts-check
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import t from "tap";
import { aigcAesthetic } from "../../dist/pairs/degradations/aigc-aesthetic/index.js";
import { aigcTechnical } from "../../dist/pairs/degradations/aigc-technical/index.js";
import { levels, severityOf } from "../../dist/pairs/degradations/family.js";
import { addCodedCells, cosineBasis } from "../../dist/pairs/kernels/cell-transform.js";
import { smoothField } from "../../dist/pairs/kernels/fields.js";
import { eddies } from "../../dist/pairs/kernels/flow.js";
import { gaussianBlur } from "../../dist/pairs/kernels/gaussian.js";
import { pseudoGlyph, pseudoText } from "../../dist/pairs/kernels/glyphs.js";
import { fastGuidedFilter, guidedFilter } from "../../dist/pairs/kernels/guided-filter.js";
import { findParts, firstParts, maskOf, place, removeParts } from "../../dist/pairs/kernels/parts.js";
import { luma, mean } from "../../dist/pairs/kernels/planes.js";
import { enlargePlane } from "../../dist/pairs/kernels/reduction.js";
import { regionWeights, threshold } from "../../dist/pairs/kernels/regions.js";
import { writtenBlocks } from "../../dist/pairs/kernels/writing.js";
import { edgeEnergyRatio } from "../../dist/pairs/measures/ratios.js";
import { Random } from "../../dist/pairs/random.js";
import { collect, readRaster } from "../../dist/pairs/raster.js";

/** @typedef {import("../../dist/pairs/raster.js").Raster} Raster */
/** @typedef {import("../../dist/pairs/degradations/family.js").DegradationFamily} DegradationFamily */

const families = [...aigcTechnical, ...aigcAesthetic];
/** @param {string} name @param {number} [maxPixels] */
const picture = (name, maxPixels = 224 * 224) =>
  readRaster(fileURLToPath(new URL(`../fixtures/train/learn/${name}.webp`, import.meta.url)), maxPixels);
const portrait = await picture("27-sd-cheatsheet");
const landscape = await picture("20-budgie", 150 * 150);

/** @param {DegradationFamily} family @param {Raster} raster @param {number} level @param {number} [seed] */
function render(family, raster, level, seed = 1) {
  const settings = family.parameters(severityOf(level), new Random(seed, family.name, "parameters"));
  const partner = family.partner ? landscape : undefined;
  return Promise.resolve(family.apply(raster, settings, new Random(seed, family.name, "apply"), partner));
}

/** Whether each pixel differs by more than 8 in some channel. @param {Raster} a @param {Raster} b */
function changed(a, b) {
  return Array.from({ length: a.width * a.height }, (_, p) =>
    [0, 1, 2].some((c) => Math.abs(Number(a.data[3 * p + c]) - Number(b.data[3 * p + c])) > 8),
  );
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const equal = (a, b) => Buffer.compare(a, b) === 0;

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function meanDifference(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(Number(a[i]) - Number(b[i]));
  return sum / a.length;
}

/** @param {number} width @param {number} height @param {(x: number, y: number) => number} value @returns {Raster} */
function grey(width, height, value) {
  const data = new Uint8Array(3 * width * height);
  for (let p = 0; p < width * height; p++) data.fill(value(p % width, Math.floor(p / width)), 3 * p, 3 * p + 3);
  return { data, width, height };
}

t.test("fast guided filter", async (t) => {
  const plain = guidedFilter(portrait, 8, 30 ** 2);
  t.test("equals the plain one but for little", async (t) => {
    const changes = meanDifference(plain.data, portrait.data);
    for (const [subsampling, tolerance] of [
      [1.7, 0.15],
      [2.6, 0.25],
      [4.3, 0.35],
    ]) {
      const fast = await fastGuidedFilter(portrait, 8, 30 ** 2, Number(subsampling));
      const share = meanDifference(fast.data, plain.data) / changes;
      t.ok(share < Number(tolerance), `subsampling ${subsampling}: ${share.toFixed(3)} of the filter's own change`);
    }
  });
  t.test("is the plain one without subsampling", async (t) => {
    t.ok(equal((await fastGuidedFilter(portrait, 8, 900, 1)).data, plain.data));
  });
  t.test("smooths texture and keeps a strong edge", async (t) => {
    const random = new Random("texture");
    const noisy = grey(80, 80, (x) => (x < 40 ? 50 : 200) + Math.round(6 * random.normal()));
    const smooth = luma(await fastGuidedFilter(noisy, 4, 20 ** 2, 2.3));
    const row = smooth.subarray(40 * 80, 41 * 80);
    t.ok(Number(row[44]) - Number(row[35]) > 135, "edge");
    const deviation = (/** @type {ArrayLike<number>} */ values) =>
      Math.sqrt(Array.from(values, (v) => (v - 50) ** 2).reduce((a, b) => a + b) / values.length);
    t.ok(deviation(row.subarray(2, 30)) < 0.4 * deviation(luma(noisy).subarray(40 * 80 + 2, 40 * 80 + 30)), "texture");
  });
});

t.test("cell transform", async (t) => {
  t.test("has an orthonormal basis at every size", async (t) => {
    for (const size of [5, 7, 9, 10, 11]) {
      const basis = cosineBasis(size);
      for (let a = 0; a < size; a++)
        for (let b = 0; b < size; b++) {
          let dot = 0;
          for (let i = 0; i < size; i++) dot += Number(basis[a * size + i]) * Number(basis[b * size + i]);
          if (Math.abs(dot - (a === b ? 1 : 0)) > 1e-5) t.fail(`rows ${a}, ${b} of ${size}: ${dot}`);
        }
    }
  });
  const plane = luma(portrait);
  /** @param {Partial<import("../../dist/pairs/kernels/cell-transform.js").CellCoding>} coding */
  const coded = (coding) => {
    const sums = new Float32Array(plane.length);
    addCodedCells(sums, plane, portrait.width, portrait.height, {
      size: 9,
      left: -4,
      top: -7,
      kept: 17,
      step: 0,
      ...coding,
    });
    return sums;
  };
  t.test("gives the plane back when all is kept and nothing quantised", async (t) => {
    for (const coding of [{}, { size: 7, left: 0, top: 0, kept: 13 }, { size: 10, left: -9, top: -1, kept: 19 }])
      t.ok(meanDifference(coded(coding), plane) < 1e-3);
  });
  t.test("loses the more the fewer frequencies and code words there are", async (t) => {
    const errors = [4, 3, 2.5, 2, 1.2].map((kept) => meanDifference(coded({ kept }), plane));
    t.same(
      [...errors].sort((a, b) => a - b),
      errors,
    );
    t.ok(meanDifference(coded({ kept: 4, step: 90 }), plane) > 1.2 * Number(errors[0]));
  });
  t.test("acts continuously", async (t) => {
    t.ok(meanDifference(coded({ kept: 2.999 }), coded({ kept: 3.001 })) < 0.01);
    t.ok(meanDifference(coded({ kept: 2.5 }), coded({ kept: 3 })) > 0.1);
  });
  t.test("leaves cells flat, in code words, when only the mean is kept", async (t) => {
    const flat = coded({ kept: 1, step: 90 });
    const at = (/** @type {number} */ x, /** @type {number} */ y) => Number(flat[y * portrait.width + x]);
    t.ok(Math.abs(at(5, 2) - at(13, 10)) < 1e-3);
    // Step 90 / 2 * 9 / 8 of the mean's coefficient, which is 9 times the mean.
    const words = at(5, 2) / (45 / 8);
    t.ok(Math.abs(words - Math.round(words)) < 1e-3);
  });
});

t.test("Gaussian blur", async (t) => {
  t.test("keeps the brightness", async (t) => {
    for (const sigma of [0.5, 0.9, 1.4, 2, 5])
      t.ok(Math.abs(mean(luma(await gaussianBlur(portrait, sigma))) - mean(luma(portrait))) < 0.35, `sigma ${sigma}`);
  });
  t.test("has the width asked for", async (t) => {
    for (const sigma of [0.8, 1.4, 2.2, 4]) {
      // An edge becomes the Gaussian's integral; the spread of its slope is sigma.
      const row = luma(
        await gaussianBlur(
          grey(121, 60, (x) => (x < 60 ? 0 : 250)),
          sigma,
        ),
      ).subarray(30 * 121, 31 * 121);
      let [sum, moment, square] = [0, 0, 0];
      for (let x = 1; x < row.length; x++) {
        const slope = Number(row[x]) - Number(row[x - 1]);
        sum += slope;
        moment += slope * x;
        square += slope * x * x;
      }
      const spread = Math.sqrt(square / sum - (moment / sum) ** 2);
      t.ok(Math.abs(spread / sigma - 1) < 0.12, `sigma ${sigma}: ${spread.toFixed(2)}`);
    }
  });
});

t.test("planes and regions", async (t) => {
  t.test("enlarging keeps a ramp", async (t) => {
    const ramp = Float32Array.from({ length: 20 * 10 }, (_, p) => (p % 20) + 100 * Math.floor(p / 20));
    const large = enlargePlane(ramp, 20, 10, 67, 31);
    for (const [x, y] of [
      [10, 9],
      [40, 15],
      [60, 25],
    ]) {
      const wanted = ((Number(x) + 0.5) * 20) / 67 - 0.5 + 100 * (((Number(y) + 0.5) * 10) / 31 - 0.5);
      t.ok(Math.abs(Number(large[Number(y) * 67 + Number(x)]) - wanted) < 1e-3);
    }
  });
  const field = smoothField(200, 150, 20, new Random("field"));
  t.test("a share of the field lies above its threshold", async (t) => {
    for (const share of [0.1, 0.5, 0.8]) {
      const edge = threshold(field, share);
      t.ok(Math.abs(field.filter((v) => v > edge).length / field.length - share) < 0.02);
    }
  });
  t.test("a larger region contains a smaller one", async (t) => {
    const [small, large] = [regionWeights(field, 0.2, 0.3), regionWeights(field, 0.45, 0.3)];
    t.ok(small.every((weight, p) => weight <= Number(large[p])));
    t.ok(small.some((weight) => weight === 1) && small.some((weight) => weight === 0));
  });
});

t.test("eddies turn without tearing", async (t) => {
  const [w, h] = [160, 120];
  const gentle = eddies(w, h, 24, 0.4, new Random("eddies"));
  const strong = eddies(w, h, 24, 1.2, new Random("eddies"));
  const size = (/** @type {import("../../dist/pairs/kernels/flow.js").Offsets} */ { dx, dy }) =>
    dx.reduce((sum, v, p) => sum + Math.hypot(v, Number(dy[p])), 0) / dx.length;
  t.ok(size(strong) > 1.8 * size(gentle));
  // A flow free of divergence: areas are kept (determinant near 1, never turned over) and what changes is rotation.
  let [determinants, spread, rotation, count] = [0, 0, 0, 0];
  for (let y = 20; y < h - 20; y++)
    for (let x = 20; x < w - 20; x++, count++) {
      const p = y * w + x;
      const d = (/** @type {Float32Array} */ f, /** @type {number} */ step) =>
        (Number(f[p + step]) - Number(f[p - step])) / 2;
      const { dx, dy } = gentle;
      const determinant = (1 + d(dx, 1)) * (1 + d(dy, w)) - d(dx, w) * d(dy, 1);
      if (determinant < 0.2) t.fail(`folds at ${x}, ${y}: ${determinant}`);
      determinants += determinant;
      spread += (d(dx, 1) + d(dy, w)) ** 2;
      rotation += (d(dy, 1) - d(dx, w)) ** 2;
    }
  t.ok(Math.abs(determinants / count - 1) < 0.05);
  t.ok(Math.sqrt(spread / rotation) < 0.4, `divergence ${Math.sqrt(spread / rotation).toFixed(3)} of rotation`);
});

t.test("writing", async (t) => {
  /** @param {number} seed */
  const page = (seed) =>
    collect(
      sharp(
        Buffer.from(
          `<svg xmlns="http://www.w3.org/2000/svg" width="230" height="184"><rect width="230" height="184" fill="#fff"/>${pseudoText(230, 184, 8, "#111", new Random(seed))}</svg>`,
        ),
      ),
    );
  t.test("is found where there are strokes of two tones", async (t) => {
    t.ok(writtenBlocks(await page(1), 23).length > 30);
  });
  t.test("is not found in a flat picture, a ramp, noise, or an edge", async (t) => {
    const random = new Random("noise");
    for (const value of [
      () => 120,
      (/** @type {number} */ x) => x,
      () => Math.max(0, Math.min(255, 128 + 30 * random.normal())),
      (/** @type {number} */ x, /** @type {number} */ y) => (x + y < 200 ? 20 : 230),
    ])
      t.equal(writtenBlocks(grey(230, 184, value), 23).length, 0);
  });
  t.test("is made of glyphs that differ, and the same under one seed", async (t) => {
    const random = new Random("glyphs");
    t.ok(new Set(Array.from({ length: 50 }, () => pseudoGlyph(random))).size > 45);
    t.ok(equal((await page(3)).data, (await page(3)).data));
    t.notOk(equal((await page(3)).data, (await page(4)).data));
  });
});

t.test("parts", async (t) => {
  const parts = await findParts(portrait, new Random("parts"));
  t.test("share no piece and cover the picture", async (t) => {
    const pieces = parts.all.flatMap((part) => [...part.pieces]);
    t.equal(new Set(pieces).size, pieces.length);
    t.equal(
      parts.all.reduce((sum, part) => sum + part.area, 0),
      portrait.width * portrait.height,
    );
  });
  t.test("come in one order whatever the share", async (t) => {
    const [few, many] = [firstParts(parts, 0.05), firstParts(parts, 0.3)];
    t.ok(few.length >= 1 && many.length > few.length);
    t.same(many.slice(0, few.length), few);
    t.ok(many.reduce((sum, part) => sum + part.area, 0) >= 0.3 * portrait.width * portrait.height);
  });
  const mask = maskOf(parts, /** @type {import("../../dist/pairs/kernels/parts.js").Part} */ (parts.all[0]));
  const still = { dx: 0, dy: 0, turn: 0, scale: 1, mirrored: false };
  t.test("put down where they were change nothing", async (t) => {
    const out = Uint8Array.from(portrait.data);
    place(out, portrait, mask, still);
    t.ok(meanDifference(out, portrait.data) < 0.01);
  });
  t.test("put down elsewhere change that place only", async (t) => {
    const out = Uint8Array.from(portrait.data);
    const { box } = mask;
    const dx = box.left + box.right < portrait.width ? 60 : -60;
    place(out, portrait, mask, { ...still, dx });
    const touched = changed(portrait, { ...portrait, data: out });
    t.ok(touched.some(Boolean));
    t.ok(
      touched.every((yes, p) => {
        const [x, y] = [(p % portrait.width) - dx, Math.floor(p / portrait.width)];
        return !yes || (x >= box.left - 2 && x < box.right + 2 && y >= box.top - 2 && y < box.bottom + 2);
      }),
    );
  });
  t.test("removed from a plain ground leave the ground", async (t) => {
    const disc = (/** @type {number} */ x, /** @type {number} */ y) =>
      Math.hypot(x - 100, y - 90) < 30 ? 220 : 70 + (x >> 3);
    const scene = grey(200, 180, disc);
    const hole = new Float32Array(90 * 90);
    for (let i = 0; i < hole.length; i++) hole[i] = Math.hypot((i % 90) - 45, Math.floor(i / 90) - 45) < 38 ? 1 : 0;
    const box = { left: 55, top: 45, right: 145, bottom: 135 };
    const healed = await removeParts(scene, [{ mask: hole, box }]);
    const ground = grey(200, 180, (x) => 70 + (x >> 3));
    t.ok(healed.data.every((value, i) => Math.abs(value - Number(ground.data[i])) < 12));
  });
});

t.test("every family", async (t) => {
  const grid = { technical: aigcTechnical, aesthetic: aigcAesthetic };
  t.test("stands in its cell and orders its dimension", async (t) => {
    for (const [dimension, members] of Object.entries(grid))
      for (const { name, cell, aspects, summary } of members) {
        t.same(cell, { origin: "aigc", dimension }, name);
        t.ok(
          aspects.some((aspect) => aspect === dimension),
          name,
        );
        t.match(summary, /^[A-Z].*\.$/);
      }
    t.equal(new Set(families.map(({ name }) => name)).size, 18);
  });
  t.test("draws the same numbers whatever the severity", async (t) => {
    for (const family of families) {
      const next = [0, 0.3, 1].map((severity) => {
        const random = new Random("draws");
        family.parameters(severity, random);
        return random.uint32();
      });
      t.equal(new Set(next).size, 1, family.name);
    }
  });
  t.test("is a function of its arguments and leaves its input alone", async (t) => {
    const copy = Uint8Array.from(portrait.data);
    for (const family of families) {
      const first = await render(family, portrait, 4);
      const second = await render(family, portrait, 4);
      t.ok(equal(first.data, second.data), family.name);
      t.notOk(equal((await render(family, portrait, 4, 2)).data, first.data), `${family.name}, another seed`);
    }
    t.ok(equal(portrait.data, copy), "the input");
  });
  t.test("takes tiny and grey pictures", async (t) => {
    const random = new Random("tiny");
    for (const [width, height] of [
      [32, 32],
      [17, 200],
      [200, 17],
      [5, 3],
      [1, 1],
    ])
      for (const value of [() => random.integer(256), () => 128]) {
        const raster = grey(Number(width), Number(height), value);
        for (const family of families)
          for (const level of [1, levels]) {
            const out = await render(family, raster, level);
            if (out.width !== width || out.height !== height || out.data.length !== raster.data.length)
              t.fail(`${family.name} at ${width} x ${height}`);
          }
      }
  });
});

t.test("local families: a severer level damages where a milder one did", async (t) => {
  for (const family of families.filter(({ local }) => local)) {
    let before = changed(portrait, await render(family, portrait, 1));
    for (let level = 2; level <= levels; level++) {
      const after = changed(portrait, await render(family, portrait, level));
      const count = before.filter(Boolean).length;
      const kept = before.filter((yes, p) => yes && after[p]).length;
      // A warp or a filling that grows may by chance show the old colour again here and there.
      t.ok(
        kept / count > (family.name === "local-warp" ? 0.8 : 0.88),
        `${family.name} ${level}: ${(kept / count).toFixed(3)}`,
      );
      t.ok(after.filter(Boolean).length > count, `${family.name} ${level} grows`);
      before = after;
    }
  }
});

t.test("identity blending", async (t) => {
  const family = /** @type {DegradationFamily} */ (families.find(({ name }) => name === "identity-blending"));
  const settings = family.parameters(1, new Random(1));
  t.test("brings the partner's colours in, whatever its size", async (t) => {
    for (const [width, height] of [
      [30, 300],
      [700, 90],
    ]) {
      const partner = {
        width: Number(width),
        height: Number(height),
        data: new Uint8Array(3 * Number(width) * Number(height)),
      };
      for (let i = 1; i < partner.data.length; i += 3) partner.data[i] = 255;
      const out = await family.apply(portrait, settings, new Random(2), partner);
      const touched = changed(portrait, out);
      t.ok(touched.some(Boolean));
      for (let p = 0; p < touched.length; p++)
        if (
          Number(out.data[3 * p]) > Number(portrait.data[3 * p]) ||
          Number(out.data[3 * p + 1]) < Number(portrait.data[3 * p + 1])
        )
          t.fail(`pixel ${p} moves away from the partner`);
    }
  });
  t.test("says that it needs a partner", async (t) => {
    await t.rejects(async () => family.apply(portrait, settings, new Random(2)), {
      code: "ERR_INVALID_ARGUMENT",
      message: /partner/,
    });
  });
});

t.test("looks of particular families", async (t) => {
  /** @param {string} name */
  const family = (name) => /** @type {DegradationFamily} */ (families.find((candidate) => candidate.name === name));
  t.test("plastic smoothing takes texture, ageing and grids add false detail", async (t) => {
    t.ok(edgeEnergyRatio(portrait, await render(family("plastic-smoothing"), portrait, levels)) < 0.8);
    t.ok(edgeEnergyRatio(portrait, await render(family("checkerboard-upsampling"), portrait, levels)) > 1.05);
  });
  t.test("grids have periods that no coding block shares", async (t) => {
    for (let seed = 0; seed < 20; seed++) {
      const { period } = family("checkerboard-upsampling").parameters(0.5, new Random(seed));
      t.equal(Number(period) % 2, 1);
      const { cell } = family("latent-quantisation").parameters(0.5, new Random(seed));
      t.equal(Number(cell) % 2, 1);
    }
  });
  t.test("writing is broken where it is, before any is invented", async (t) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320"><rect width="320" height="320" fill="#eee"/>${pseudoText(320, 128, 6, "#111", new Random(5))}</svg>`;
    const page = await collect(sharp(Buffer.from(svg)));
    const touched = changed(page, await render(family("broken-glyphs"), page, 1));
    const above = touched.filter((yes, p) => yes && p < 320 * 140).length;
    t.ok(above > 0.98 * touched.filter(Boolean).length);
  });
});
