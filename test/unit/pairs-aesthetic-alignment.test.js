// @ts-check
// What is particular to the conventional aesthetic and the AIGC alignment families and the measures made for them.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { familyByName, severityOf } from "../../dist/pairs/degradations/index.js";
import { scaleChroma } from "../../dist/pairs/kernels/chroma.js";
import { exposureTable } from "../../dist/pairs/kernels/exposure.js";
import { heal } from "../../dist/pairs/kernels/healing.js";
import { separableWarp } from "../../dist/pairs/kernels/separable-warp.js";
import { digits, word } from "../../dist/pairs/kernels/stroke-letters.js";
import { findSubject } from "../../dist/pairs/kernels/subjects.js";
import { enlargeWindow, windowOf } from "../../dist/pairs/kernels/windows.js";
import { measures } from "../../dist/pairs/measures/index.js";
import { Random } from "../../dist/pairs/random.js";
import { readRaster } from "../../dist/pairs/raster.js";

/** @typedef {import("../../dist/pairs/raster.js").Raster} Raster */

const fixtures = fileURLToPath(new URL("../fixtures/train/learn/", import.meta.url));
const photograph = await readRaster(join(fixtures, "18-budgie.webp"), 1e6);
const painting = await readRaster(join(fixtures, "36-sd-cheatsheet.webp"), 1e6);

/** @param {string} name @param {Raster} raster @param {number} level @param {number} [seed] */
async function damage(name, raster, level, seed = 0) {
  const family = familyByName(name);
  return family.apply(
    raster,
    family.parameters(severityOf(level), new Random("draw", seed)),
    new Random("pixels", seed),
  );
}

/** Pixels that differ from the clean picture, 1 each. @param {Raster} clean @param {Raster} degraded */
function changed(clean, degraded) {
  return Uint8Array.from({ length: clean.data.length / 3 }, (_, p) =>
    [0, 1, 2].some((c) => Math.abs(Number(clean.data[3 * p + c]) - Number(degraded.data[3 * p + c])) > 4) ? 1 : 0,
  );
}

/** @param {ArrayLike<number>} values */
const sum = (values) => Array.from(values).reduce((total, value) => total + value, 0);

/** A grey textured ground with an orange disc. @returns {{ raster: Raster, inside: Uint8Array }} */
function discPicture() {
  const [width, height] = [220, 180];
  const random = new Random("disc");
  const data = new Uint8Array(3 * width * height);
  const inside = new Uint8Array(width * height);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      inside[p] = (x - 120) ** 2 + (y - 95) ** 2 < 38 ** 2 ? 1 : 0;
      const texture = 12 * Math.sin(x / 5) * Math.cos(y / 6) + 4 * random.normal();
      const colour = inside[p] ? [225, 120, 40] : [110 + 0.2 * x, 120 + 0.2 * x, 125 + 0.2 * x];
      for (let c = 0; c < 3; c++) data[3 * p + c] = Math.max(0, Math.min(255, Math.round(Number(colour[c]) + texture)));
    }
  return { raster: { data, width, height }, inside };
}

t.test("seen-share finds the window that is shown", async (t) => {
  for (const side of [0.9, 0.6, 0.4]) {
    const window = windowOf(painting, side, 0.8, 0.1);
    const shown = await enlargeWindow(painting, window);
    const share = measures["seen-share"](painting, shown);
    t.ok(Math.abs(share / side ** 2 - 1) < 0.06, `${side ** 2}: ${share}`);
    t.ok(measures["registered-correlation"](painting, shown) > 0.98);
  }
  t.ok(Math.abs(measures["seen-share"](painting, painting) - 1) < 1e-6, "all of itself");
  t.ok(measures["registered-correlation"](painting, photographLike(painting)) < 0.8, "not of another picture");
});

/** The photograph cut to the size of another raster. @param {Raster} size */
function photographLike({ width, height }) {
  const xs = Float32Array.from({ length: width }, (_, x) => (x * photograph.width) / width);
  const ys = Float32Array.from({ length: height }, (_, y) => (y * photograph.height) / height);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        data[i++] = Number(
          photograph.data[3 * (Math.floor(Number(ys[y])) * photograph.width + Math.floor(Number(xs[x]))) + c],
        );
  return { data, width, height };
}

t.test("tilt turns by its angle, without empty corners", async (t) => {
  const family = familyByName("tilt");
  for (const degrees of [-20, 9]) {
    const turned = await family.apply(painting, { degrees }, new Random("none"));
    const radians = Math.abs((degrees * Math.PI) / 180);
    const { width, height } = painting;
    const side = Math.min(
      width / (width * Math.cos(radians) + height * Math.sin(radians)),
      height / (width * Math.sin(radians) + height * Math.cos(radians)),
    );
    const share = measures["seen-share"](painting, turned);
    t.ok(Math.abs(share / side ** 2 - 1) < 0.08, `${degrees}: ${share} of ${side ** 2}`);
    t.ok(measures["registered-correlation"](painting, turned) > 0.98, "its corners are the picture's too");
  }
});

t.test("content-shift measures how far a picture was moved", async (t) => {
  const { width, height } = painting;
  const rows = Float32Array.from({ length: height }, (_, y) => y);
  for (const moved of [0.1, 0.25]) {
    const columns = Float32Array.from({ length: width }, (_, x) => x - moved * width);
    const shift = measures["content-shift"](painting, separableWarp(painting, columns, rows));
    const expected = (moved * width) / Math.hypot(width, height);
    t.ok(Math.abs(shift / expected - 1) < 0.2, `${expected}: ${shift}`);
  }
  t.equal(measures["content-shift"](painting, painting), 0);
});

t.test("the subject is cut off or pushed aside", async (t) => {
  const { raster, inside } = discPicture();
  const orange = (/** @type {Raster} */ { data }) => {
    let [count, x] = [0, 0];
    for (let p = 0; p < data.length / 3; p++)
      if (Number(data[3 * p]) - Number(data[3 * p + 2]) > 90) {
        count++;
        x += p % raster.width;
      }
    return { share: count / (data.length / 3), x: x / Math.max(1, count) };
  };
  const whole = sum(inside) / inside.length;
  for (const seed of [1, 2, 3, 4]) {
    for (const [level, most] of /** @type {const} */ ([
      [2, 0.93],
      [5, 0.5],
    ])) {
      const cut = await damage("cut-off-subject", raster, level, seed);
      const shown = orange(cut).share * measures["seen-share"](raster, cut);
      t.ok(shown / whole > 0.1 && shown / whole < most, `seed ${seed}, level ${level}: ${shown / whole} of it is seen`);
    }
    const places = [];
    for (const level of [1, 3, 5]) places.push(orange(await damage("off-balance-composition", raster, level, seed)));
    t.ok(
      places.every(({ share }) => share > 0.4 * whole),
      "it is still there",
    );
  }
  const family = familyByName("off-balance-composition");
  let before = orange(raster).x;
  for (const shift of [0.1, 0.2, 0.3]) {
    const { x } = orange(await family.apply(raster, { shift, drift: 0, upright: false }, new Random("none")));
    t.ok(x > before + 8, `${x} after ${before}`);
    before = x;
  }
});

t.test("colour families keep brightness or hue as they say", async (t) => {
  const grey = scaleChroma(painting, 0);
  t.ok(grey.data.every((value, i) => Math.abs(value - Number(grey.data[3 * Math.floor(i / 3)])) <= 1));
  t.ok(Math.abs(measures["lightness-shift"](painting, grey)) < 1);
  const [brighter, darker] = [exposureTable(2), exposureTable(0.5)];
  // 18 % grey is 118; one stop more is 36 %, 162 in sRGB.
  t.same([brighter[118], darker[162], brighter[255], darker[0]], [162, 118, 255, 0]);
  for (let value = 1; value < 256; value++) t.ok(Number(brighter[value]) >= Number(brighter[value - 1]));
  const none = await damage("desaturation", painting, 5);
  t.ok(measures["saturation-ratio"](painting, none) < 0.05);
});

t.test("clutter: a severer level contains the milder one's things", async (t) => {
  for (const seed of [1, 2]) {
    const mild = changed(photograph, await damage("clutter-overlay", photograph, 2, seed));
    const severe = changed(photograph, await damage("clutter-overlay", photograph, 5, seed));
    const lost = mild.reduce((count, value, p) => count + (value && !severe[p] ? 1 : 0), 0);
    t.ok(sum(mild) > 0.02 * mild.length);
    t.ok(lost < 0.02 * sum(mild), `${lost} of ${sum(mild)} pixels were changed at the milder level only`);
    t.ok(sum(severe) > 1.3 * sum(mild));
  }
  t.match(word(5, new Random("word")).path, /^M[\d.]/);
  t.equal(word(5, new Random("word")).width, 26.4);
  t.equal(digits("1").path, "M4 .4V2.6M4 3.4V5.6".replaceAll(" .", " 0."));
});

t.test("healing replaces a thing by its surroundings", async (t) => {
  const { raster, inside } = discPicture();
  const healed = heal(raster, { inside, box: { left: 76, top: 51, right: 164, bottom: 139 } }, new Random("heal"));
  let [worst, differences, count] = [0, 0, 0];
  for (let p = 0; p < inside.length; p++) {
    if (!inside[p]) {
      if (healed.data[3 * p] !== raster.data[3 * p]) t.fail("a pixel outside the hole was changed");
      continue;
    }
    const expected = 110 + 0.2 * (p % raster.width);
    worst = Math.max(worst, Math.abs(Number(healed.data[3 * p]) - expected));
    differences += Number(healed.data[3 * p]) - expected;
    count++;
  }
  t.ok(worst < 45, `nothing of the disc is left: ${worst}`);
  t.ok(Math.abs(differences / count) < 6, `its mean is the ground's: ${differences / count}`);
});

t.test("a removed object is gone, what else there was stays", async (t) => {
  const { raster, inside } = discPicture();
  const orange = (/** @type {Raster} */ { data }) =>
    sum(Uint8Array.from(inside, (_, p) => (Number(data[3 * p]) - Number(data[3 * p + 2]) > 90 ? 1 : 0)));
  const shares = [];
  for (const level of [1, 2, 3, 4, 5]) shares.push(orange(await damage("object-removed", raster, level)) / sum(inside));
  for (let i = 1; i < 5; i++) t.ok(Number(shares[i]) <= Number(shares[i - 1]), `${shares}`);
  t.ok(Number(shares[0]) > 0.2 && Number(shares[0]) < 0.85, "in part at first");
  t.ok(Number(shares[4]) < 0.04, "wholly at last");
  const last = changed(raster, await damage("object-removed", raster, 5));
  const beside = last.reduce((count, value, p) => count + (value && !inside[p] ? 1 : 0), 0);
  t.ok(beside < 0.12 * inside.length, `${beside} pixels beside it changed`);
});

t.test("faults lie on the subject, and grow", async (t) => {
  const found = await findSubject(photograph, { smallest: 0.19, largest: 0.4 });
  const own = new Set(found.pieces);
  const near = Uint8Array.from(found.segmentation.labels, (label) => (own.has(label) ? 1 : 0));
  for (const name of ["attribute-recoloured", "object-covered"]) {
    const [mild, severe] = [await damage(name, photograph, 1), await damage(name, photograph, 5)].map((raster) =>
      changed(photograph, raster),
    );
    t.ok(sum(mild ?? []) > 0.01 * near.length && sum(severe ?? []) > 1.2 * sum(mild ?? []), name);
    if (name === "attribute-recoloured") {
      const outside = (severe ?? near).reduce((count, value, p) => count + (value && !near[p] ? 1 : 0), 0);
      t.ok(outside < 0.06 * near.length, `${outside} pixels outside the subject`);
    }
  }
});

t.test("recolouring changes the hue of coloured and of grey things", async (t) => {
  const { raster, inside } = discPicture();
  const recoloured = await damage("attribute-recoloured", raster, 5);
  const at = 3 * (95 * raster.width + 120);
  const [r, b] = [Number(recoloured.data[at]), Number(recoloured.data[at + 2])];
  t.ok(b - r > 40, `orange became bluish: ${r} ${b}`);
  const grey = scaleChroma(raster, 0);
  t.ok(measures["saturation-ratio"](grey, await damage("attribute-recoloured", grey, 1)) > 3, "grey took a colour");
  t.ok(sum(inside) > 0);
});

t.test("the subject is counted once more at each level", async (t) => {
  const { raster } = discPicture();
  const areas = [];
  for (const level of [1, 2, 3, 4, 5])
    areas.push(sum(changed(raster, await damage("count-changed", raster, level))) / (raster.width * raster.height));
  for (let i = 1; i < 5; i++) t.ok(Number(areas[i]) > Number(areas[i - 1]) + 0.01, `${areas}`);
  const [mild, severe] = [await damage("count-changed", raster, 1), await damage("count-changed", raster, 4)].map((r) =>
    changed(raster, r),
  );
  t.ok(
    (mild ?? new Uint8Array()).every((value, p) => value === 0 || severe?.[p] === 1),
    "earlier copies stay",
  );
});
