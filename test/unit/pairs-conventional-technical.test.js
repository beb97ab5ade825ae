// @ts-check
import t from "tap";
import { conventionalTechnical } from "../../dist/pairs/degradations/conventional-technical/index.js";
import { severityOf } from "../../dist/pairs/degradations/family.js";
import { cutOut, padMirrored } from "../../dist/pairs/kernels/borders.js";
import { discMean } from "../../dist/pairs/kernels/disc-mean.js";
import { lineAt, lineMean } from "../../dist/pairs/kernels/line-mean.js";
import { fromLight, lightOf } from "../../dist/pairs/kernels/linear-light.js";
import { cellIndices } from "../../dist/pairs/kernels/odd-cells.js";
import { medianCut } from "../../dist/pairs/kernels/palette.js";
import { luma } from "../../dist/pairs/kernels/planes.js";
import { reducedSize } from "../../dist/pairs/kernels/reduced-size.js";
import { ripples } from "../../dist/pairs/kernels/resonator.js";
import { Random } from "../../dist/pairs/random.js";

/** @typedef {import("../../dist/pairs/raster.js").Raster} Raster */

/** @param {number} width @param {number} height @param {(x: number, y: number, c: number) => number} value @returns {Raster} */
function draw(width, height, value) {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    value(((i / 3) | 0) % width, Math.floor(i / 3 / width), i % 3),
  );
  return { data, width, height };
}

/** A picture with gradients, texture and edges. @param {number} width @param {number} height */
function scene(width, height) {
  const random = new Random("scene", width, height);
  return draw(width, height, (x, y, c) => {
    const disc = Math.hypot(x - width / 2, y - height / 3) < width / 4 ? 70 - 50 * c : 0;
    return 40 + (110 * x) / width + (c === 2 ? (50 * y) / height : 0) + disc + random.uniform(0, 12);
  });
}

/** @param {number} value */
const flat = (value, side = 128) => draw(side, side, () => value);

/** @param {string} name */
function family(name) {
  const found = conventionalTechnical.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no family ${name}`);
  return found;
}

/** @param {string} name @param {Raster} raster @param {number} severity */
async function degrade(name, raster, severity, seed = 1) {
  const { apply, parameters } = family(name);
  const drawn = parameters(severity, new Random(seed, name, "parameters"));
  return { drawn, damaged: await apply(raster, drawn, new Random(seed, name, "apply")) };
}

/** @param {ArrayLike<number>} values */
function moments(values) {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += Number(values[i]);
    squares += Number(values[i]) ** 2;
  }
  const mean = sum / values.length;
  return { mean, variance: squares / values.length - mean ** 2 };
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function largestDifference(a, b) {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(Number(a[i]) - Number(b[i])));
  return largest;
}

/** @param {number} value @param {number} last */
const clamp = (value, last) => Math.max(0, Math.min(last, value));

t.test("all 21 families", async (t) => {
  t.equal(conventionalTechnical.length, 21);
  t.equal(new Set(conventionalTechnical.map(({ name }) => name)).size, 21);
  const picture = scene(72, 60);
  const before = Uint8Array.from(picture.data);
  for (const { name, apply, parameters, cell } of conventionalTechnical)
    t.test(name, async (t) => {
      t.same(cell, { origin: "conventional", dimension: "technical" });
      const after = [1, 3, 5].map((level) => {
        const random = new Random(3);
        const drawn = parameters(severityOf(level), random);
        t.same(JSON.parse(JSON.stringify(drawn)), drawn, "parameters are plain JSON");
        return random.uint32();
      });
      t.equal(new Set(after).size, 1, "as many draws whatever the severity");
      const once = await degrade(name, picture, 0.7);
      const again = await degrade(name, picture, 0.7);
      t.ok(Buffer.from(once.damaged.data).equals(again.damaged.data), "repeats under one seed");
      t.notOk(Buffer.from(once.damaged.data).equals(before), "does something");
      t.ok(Buffer.from(before).equals(picture.data), "leaves its input as it was");
      for (const [width, height] of /** @type {[number, number][]} */ ([
        [32, 32],
        [17, 200],
        [200, 17],
        [5, 3],
      ]))
        for (const severity of [0, 1]) {
          const { damaged } = await degrade(name, scene(width, height), severity);
          t.same([damaged.width, damaged.height, damaged.data.length], [width, height, 3 * width * height]);
        }
      const drawn = parameters(0.5, new Random(1));
      t.equal((await apply(flat(0, 20), drawn, new Random(1))).data.length, 1200, "a black picture passes");
    });
});

t.test("motion blur", async (t) => {
  const raster = scene(40, 33);
  const values = lightOf(raster);
  for (const angle of [0, 0.3, Math.PI / 4, 1.2, Math.PI / 2, 2.5, 3.1])
    for (const length of [2, 3, 7, 12, 30]) {
      const line = lineAt(angle, length);
      const offsets = line[0].flatMap(([ax, ay]) => line[1].map(([bx, by]) => [ax + bx, ay + by]));
      t.equal(new Set(offsets.map(String)).size, offsets.length, "every place counts once");
      const reach = offsets.map(([x, y]) => Number(x) * Math.cos(angle) + Number(y) * Math.sin(angle));
      const extent = Math.max(...reach) - Math.min(...reach);
      t.ok(Math.abs(extent + 1 - Math.max(2, length)) <= 0.2 * length + 1, `${extent} px at ${angle}, ${length}`);
      for (const [x, y] of offsets)
        if (Math.abs(Number(y) * Math.cos(angle) - Number(x) * Math.sin(angle)) > 1.0001)
          t.fail(`${x}, ${y} is beside the line at ${angle}`);
      const mean = lineMean(values, raster.width, raster.height, line);
      for (const [x, y] of /** @type {[number, number][]} */ ([
        [20, 16],
        [16, 18],
      ]))
        for (let c = 0; c < 3; c++) {
          const sum = offsets.reduce((total, [dx, dy]) => {
            const at = clamp(y + Number(dy), 32) * 40 + clamp(x + Number(dx), 39);
            return total + Number(values[3 * at + c]);
          }, 0);
          const difference = Math.abs(Number(mean[3 * (y * 40 + x) + c]) - sum / offsets.length);
          if (difference > 1.5) t.fail(`${difference} from the plain mean at ${angle}, ${length}`);
        }
    }
  const border = lineMean(lightOf(flat(90, 9)), 9, 9, lineAt(0.7, 30));
  t.ok(
    border.every((value) => value === border[0]),
    "an even picture stays even up to its borders",
  );
});

t.test("defocus blur is the plain mean over a disc", async (t) => {
  const { width, height } = { width: 23, height: 19 };
  const values = lightOf(scene(width, height));
  for (const radius of [1, 1.5, 2.3, 4.2, 30]) {
    const mean = discMean(values, width, height, radius);
    const expected = new Float64Array(values.length);
    let count = 0;
    for (let dy = -30; dy <= 30; dy++)
      for (let dx = -30; dx <= 30; dx++) {
        if (dx * dx + dy * dy > radius * radius) continue;
        count++;
        for (let i = 0; i < expected.length; i++) {
          const p = Math.floor(i / 3);
          const at = clamp(Math.floor(p / width) + dy, height - 1) * width + clamp((p % width) + dx, width - 1);
          expected[i] = Number(expected[i]) + Number(values[3 * at + (i % 3)]);
        }
      }
    t.ok(
      largestDifference(
        mean,
        expected.map((sum) => sum / count),
      ) <= 0.51,
      `radius ${radius}`,
    );
  }
});

t.test("light adds up, bytes do not", async (t) => {
  const all = draw(256, 1, (x) => x);
  t.same(fromLight(lightOf(all), 256, 1).data, all.data, "there and back");
  const stripes = draw(64, 64, (x) => (x % 2 ? 255 : 0));
  // 16 px at this size: as many white ones as black ones.
  const damaged = await family("motion-blur").apply(stripes, { angle: 0, length: 128 }, new Random(1));
  t.equal(damaged.data[3 * (32 * 64 + 32)], 188, "half the light of white");
});

t.test("noise", async (t) => {
  t.test("Gaussian: as strong as said, as often up as down", async (t) => {
    const { drawn, damaged } = await degrade("gaussian-noise", flat(128, 200), 0.5);
    const { mean, variance } = moments(damaged.data);
    t.ok(Math.abs(mean - 128) < 0.5, `${mean}`);
    t.ok(Math.abs(Math.sqrt(variance) / Number(drawn.sigma) - 1) < 0.03, `${Math.sqrt(variance)}`);
  });
  t.test("shot noise: the variance is in proportion to brightness", async (t) => {
    for (const value of [20, 64, 128, 170]) {
      const { drawn, damaged } = await degrade("shot-noise", flat(value, 200), 0.4);
      const { mean, variance } = moments(damaged.data);
      const expected = (255 * value) / Number(drawn.photons);
      t.ok(Math.abs(mean / value - 1) < 0.02, `mean ${mean} of ${value}`);
      t.ok(Math.abs(variance / expected - 1) < 0.06, `variance ${variance}, Poisson ${expected}`);
    }
    const { damaged } = await degrade("shot-noise", flat(0), 1);
    t.equal(largestDifference(damaged.data, flat(0).data), 0, "no light, no noise");
  });
  t.test("impulses: the share said, the same pixels and more at a higher level", async (t) => {
    const clean = flat(120, 150);
    /** @param {Raster} raster */
    const hits = ({ data }) =>
      [...Array(data.length / 3).keys()].filter((p) => [0, 1, 2].some((c) => data[3 * p + c] !== 120));
    const mild = await degrade("impulse-noise", clean, 0.5);
    const severe = await degrade("impulse-noise", clean, 1);
    const share = hits(severe.damaged).length / 22500;
    t.ok(Math.abs(share / Number(severe.drawn.share) - 1) < 0.05, `${share}`);
    const more = new Set(hits(severe.damaged));
    t.ok(hits(mild.damaged).every((p) => more.has(p)));
    for (const p of hits(mild.damaged))
      if (mild.damaged.data[3 * p] !== severe.damaged.data[3 * p]) t.fail(`pixel ${p} differs`);
  });
  t.test("high sensitivity: shadows suffer most, neighbours share their noise", async (t) => {
    const dark = (await degrade("iso-noise", flat(60), 0.5)).damaged;
    const light = (await degrade("iso-noise", flat(200), 0.5)).damaged;
    t.ok(moments(luma(dark)).variance > 1.5 * moments(luma(light)).variance);
    const bright = luma(dark);
    const { mean, variance } = moments(bright);
    let covariance = 0;
    for (let p = 1; p < bright.length; p++) covariance += (Number(bright[p]) - mean) * (Number(bright[p - 1]) - mean);
    t.ok(covariance / bright.length > 0.3 * variance, `correlation ${covariance / bright.length / variance}`);
  });
});

t.test("ringing", async (t) => {
  const even = ripples(new Float32Array(600).fill(77), 30, 20, 7, 0.8);
  t.ok(largestDifference(even, new Float32Array(600)) < 0.01, "an even plane does not ring");
  const width = 81;
  const impulse = new Float32Array(width * 5);
  impulse[2 * width + 40] = 1;
  const answer = ripples(impulse, width, 5, 8, 0.9);
  for (const distance of [1, 4, 8, 20])
    for (const at of [40 - distance, 40 + distance])
      t.ok(
        Math.abs(Number(answer[2 * width + at]) - 0.9 ** distance * Math.cos((2 * Math.PI * distance) / 8)) < 1e-5,
        `a decaying cosine ${distance} px away`,
      );
  const edge = draw(96, 96, (x) => (x < 48 ? 80 : 160));
  const { damaged } = await degrade("ringing", edge, 1);
  const row = [...damaged.data.subarray(3 * 96 * 48, 3 * 96 * 49)].filter((_, i) => i % 3 === 0);
  t.ok(Math.min(...row) < 74 && Math.max(...row) > 166, "overshoots on both sides");
  t.ok(new Set(row.slice(52, 90).map((value) => value > 160)).size === 2, "and swings to and fro");
});

t.test("oversharpening: halos at edges, nothing on even ground", async (t) => {
  const edge = draw(64, 64, (x) => (x < 32 ? 80 : 160));
  const { damaged } = await degrade("oversharpening", edge, 0.5);
  const row = [...damaged.data.subarray(3 * 64 * 32, 3 * 64 * 33)].filter((_, i) => i % 3 === 0);
  t.ok(Number(row[31]) < 75 && Number(row[32]) > 165);
  t.same([row[4], row[60]], [80, 160]);
});

t.test("few values, few colours", async (t) => {
  const picture = scene(160, 120);
  for (const severity of [0, 0.5, 1]) {
    const banded = await degrade("banding", picture, severity);
    for (let c = 0; c < 3; c++) {
      const values = new Set(banded.damaged.data.filter((_, i) => i % 3 === c));
      t.ok(values.size <= Number(banded.drawn.values) && values.size > 1, `${values.size} values`);
    }
    const ramp = await degrade(
      "banding",
      draw(256, 40, (x) => x),
      severity,
    );
    const values = new Set(ramp.damaged.data.filter((_, i) => i % 3 === 0));
    t.ok([0, 1].includes(Number(ramp.drawn.values) - values.size), `${values.size} values of a whole ramp`);
    const { drawn, damaged } = await degrade("colour-quantisation", picture, severity);
    const colours = new Set();
    for (let i = 0; i < damaged.data.length; i += 3) colours.add(damaged.data.subarray(i, i + 3).join());
    t.equal(colours.size, drawn.colours);
  }
  const three = [
    [250, 10, 20],
    [13, 200, 90],
    [0, 5, 255],
  ];
  const flag = draw(30, 10, (x, _, c) => Number(three[Math.floor(x / 10)]?.[c]));
  const { damaged } = await degrade("colour-quantisation", flag, 1);
  t.same(damaged.data, flag.data, "a picture of fewer colours keeps them");
  t.equal(medianCut(flag, 40).colours.length, 9);
});

t.test("chroma subsampling keeps the luma", async (t) => {
  const picture = draw(120, 90, (x, y, c) => 128 + (c - 1) * 25 * Math.sign(Math.sin(x / 9) * Math.sin(y / 7)));
  const { damaged } = await degrade("chroma-subsampling", picture, 0.5);
  t.ok(largestDifference(luma(picture), luma(damaged)) < 1.5);
  /** @param {Raster} raster */
  const chroma = ({ data }) => data.filter((_, i) => i % 3 === 2).map((value, p) => value - Number(data[3 * p]) + 128);
  t.ok(moments(chroma(damaged)).variance < 0.8 * moments(chroma(picture)).variance, "colours run together");
});

t.test("chroma shift: red and blue move apart, green stays", async (t) => {
  const dot = draw(101, 101, (x, y) => (Math.hypot(x - 50, y - 50) < 9 ? 220 : 30));
  const settings = { right: 30, down: -15, growth: 0 };
  const damaged = await family("chroma-shift").apply(dot, settings, new Random(1));
  /** Centre of the bright pixels. @param {number} c */
  const centre = (c) => {
    let [sx, sy, n] = [0, 0, 0];
    for (let p = 0; p < 101 * 101; p++) {
      const weight = Number(damaged.data[3 * p + c]) - 30;
      sx += weight * (p % 101);
      sy += weight * Math.floor(p / 101);
      n += weight;
    }
    return [sx / n, sy / n];
  };
  const scale = 101 / 512;
  for (const [c, sign] of /** @type {[number, number][]} */ ([
    [0, 1],
    [1, 0],
    [2, -1],
  ])) {
    const [x, y] = centre(c);
    t.ok(Math.abs(Number(x) - 50 - sign * 30 * scale) < 0.1, `channel ${c}: x ${x}`);
    t.ok(Math.abs(Number(y) - 50 + sign * 15 * scale) < 0.1, `channel ${c}: y ${y}`);
  }
  const grown = await family("chroma-shift").apply(dot, { right: 0, down: 0, growth: 64 }, new Random(1));
  /** @param {number} c */
  const lit = (c) => grown.data.filter((value, i) => i % 3 === c && value > 125).length;
  t.ok(lit(0) > 1.3 * lit(1) && lit(2) < 0.75 * lit(1), "magnified and reduced");
});

t.test("block loss: a higher level loses the same blocks and more, never most", async (t) => {
  const picture = scene(150, 130);
  /** @type {Raster | undefined} */
  let milder;
  for (const severity of [0, 0.5, 1]) {
    const { drawn, damaged } = await degrade("block-loss", picture, severity, 5);
    let [changed, undone] = [0, 0];
    for (let i = 0; i < picture.data.length; i++) {
      if (damaged.data[i] !== picture.data[i]) changed++;
      if (milder && milder.data[i] !== picture.data[i] && milder.data[i] !== damaged.data[i]) undone++;
    }
    t.equal(undone, 0);
    t.ok(changed / picture.data.length <= Number(drawn.share) + 0.05, `${changed / picture.data.length}`);
    milder = damaged;
  }
});

t.test("pixelation: cells of their mean colour", async (t) => {
  const picture = scene(90, 70);
  const { damaged } = await degrade("pixelation", picture, 0.6);
  t.ok(Math.abs(moments(picture.data).mean - moments(damaged.data).mean) < 0.5);
  let equal = 0;
  for (let p = 1; p < 90 * 70; p++)
    if ([0, 1, 2].every((c) => damaged.data[3 * p + c] === damaged.data[3 * p - 3 + c])) equal++;
  t.ok(equal > 0.7 * 90 * 70, "most pixels are like their neighbour");
});

t.test("no grid of a period of 2, 4 or 8 px", async (t) => {
  for (const size of [2, 2.8, 4, 5.33, 8, 12]) {
    const borders = [0, 0, 0, 0, 0, 0, 0, 0];
    let cells = 0;
    for (let seed = 0; seed < 40; seed++) {
      const indices = cellIndices(512, size, new Random("cells", seed));
      for (let x = 1; x < 512; x++) {
        const step = Number(indices[x]) - Number(indices[x - 1]);
        if (step !== 0 && step !== 1) t.fail("a cell is left out");
        borders[x % 8] = Number(borders[x % 8]) + step;
        cells += step;
      }
    }
    t.ok(Math.abs(512 / (cells / 40) / size - 1) < 0.05, `cells of ${size} px on average`);
    t.ok(Math.max(...borders) < 1.35 * (cells / 8), `${size}: ${borders}`);
  }
  for (const side of [224, 256, 512, 600, 1024])
    for (const factor of [2, 3, 4, 8, 10]) {
      const [width] = reducedSize({ data: new Uint8Array(0), width: side, height: side }, factor);
      t.ok(Math.abs(side / width / factor - 1) < 0.15, `${side} by ${factor}: ${width}`);
      for (const period of [2, 4, 8, 16]) t.not((period * width) % side, 0, `${side} by ${factor}: ${width}`);
    }
});

t.test("haze: every pixel goes towards the light, the farther the more", async (t) => {
  const picture = draw(80, 80, (x) => (x % 2 ? 200 : 20));
  const [mild, severe] = [await degrade("haze", picture, 0.2), await degrade("haze", picture, 1)];
  const light = /** @type {number[]} */ (severe.drawn.light);
  for (let i = 0; i < picture.data.length; i++) {
    const [clean, less, more] = [picture.data[i], mild.damaged.data[i], severe.damaged.data[i]].map((value) =>
      Math.abs(Number(value) - Number(light[i % 3])),
    );
    if (!(Number(more) <= Number(less) + 1 && Number(less) <= Number(clean) + 1)) t.fail(`${clean}, ${less}, ${more}`);
  }
});

t.test("moiré: fringes about the picture's own brightness", async (t) => {
  const { drawn, damaged } = await degrade("moire", flat(128, 256), 0.5);
  const { mean, variance } = moments(damaged.data);
  t.ok(Math.abs(mean - 128) < 2, `${mean}`);
  t.ok(Math.sqrt(variance) > 0.25 * Number(drawn.amplitude), `${Math.sqrt(variance)}`);
});

t.test("coding again and again", async (t) => {
  const picture = scene(37, 29);
  t.same(cutOut(padMirrored(picture, 5, 3), 5, 3, 37, 29), picture, "padding is taken off again");
  t.same(
    [
      ...padMirrored(
        draw(3, 1, (x) => x),
        2,
        0,
      ).data,
    ].filter((_, i) => i % 3 === 0),
    [2, 1, 0, 1, 2],
    "mirrored",
  );
  for (const name of ["repeated-jpeg", "webp-artefacts", "avif-artefacts"]) {
    t.equal(family(name).compression, true);
    const generations = (/** @type {number} */ severity) =>
      /** @type {{ quality: number, left: number, top: number }[]} */ (
        family(name).parameters(severity, new Random("g")).generations
      );
    const [mild, severe] = [generations(0), generations(1)];
    t.same(
      mild.map(({ left, top }) => [left, top]),
      severe.map(({ left, top }) => [left, top]),
      "the levels share their grids",
    );
    t.ok(mild.every(({ quality }, i) => quality > 2 * Number(severe[i]?.quality)));
  }
});
