// @ts-check
// What every family of negatives is bound to by its interface. Whether it does to a picture what it says is the matter of
// pairs-rules-conventional.test.js and pairs-rules-aigc.test.js.
import t from "tap";
import { brokenRules, Comparison, partnerOf, readFixtures } from "../../benchmarks/support/family-rules.js";
import { families, familyByName, severityOf } from "../../dist/pairs/degradations/index.js";
import { Random } from "../../dist/pairs/random.js";
import { collect, pipeline } from "../../dist/pairs/raster.js";

/**
 * @typedef {import("../../dist/pairs/raster.js").Raster} Raster
 * @typedef {import("../../dist/pairs/degradations/index.js").DegradationFamily} DegradationFamily
 */

const pictures = await readFixtures(256 * 256);
const photograph = /** @type {Raster} */ (pictures[0]?.raster);
const partner = partnerOf(pictures, 0);

/** @param {DegradationFamily} family @param {Raster} raster @param {number} severity @param {Raster} [second] */
async function damage(family, raster, severity, second = partner) {
  const parameters = family.parameters(severity, new Random("parameters", family.name));
  return family.apply(raster, parameters, new Random("pixels", family.name), family.partner ? second : undefined);
}

/** @param {number} left @param {number} top @param {number} width @param {number} height */
function cut(left, top, width, height) {
  return collect(pipeline(photograph).extract({ left, top, width, height }));
}

t.test("the grid of families", async (t) => {
  t.ok(families.length >= 40, `${families.length} families`);
  t.equal(new Set(families.map(({ name }) => name)).size, families.length, "names are unique");
  for (const origin of ["conventional", "aigc"])
    for (const dimension of ["technical", "aesthetic", "alignment"]) {
      // Conventional alignment negatives are other prompts, not other pictures.
      if (origin === "conventional" && dimension === "alignment") continue;
      t.ok(
        families.some(({ cell }) => cell.origin === origin && cell.dimension === dimension),
        `${origin} ${dimension}`,
      );
    }
  t.throws(() => familyByName("nonsense"), { code: "ERR_INVALID_ARGUMENT", message: /gaussian-blur/ });
  for (const family of families) {
    t.match(family.name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    t.equal(familyByName(family.name), family);
    t.ok(family.aspects.includes(family.cell.dimension), `${family.name} orders its own dimension`);
    t.equal(new Set(family.aspects).size, family.aspects.length, `${family.name} names an aspect once`);
    t.match(family.summary, /^[A-Z].{20,}\.$/, `${family.name} has a sentence`);
    t.ok(family.keeps.length > 0, `${family.name} keeps something`);
    for (const { what, atLeast, atMost } of family.keeps)
      t.ok(what.length > 3 && (atLeast !== undefined || atMost !== undefined), `${family.name} bounds "${what}"`);
  }
});

t.test("parameters", async (t) => {
  for (const family of families) {
    const after = new Set();
    for (const severity of [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]) {
      const random = new Random("draws", family.name);
      const parameters = family.parameters(severity, random);
      after.add(`${random.uint32()} ${random.uint32()}`);
      t.same(JSON.parse(JSON.stringify(parameters)), parameters, `${family.name} at ${severity}: plain JSON`);
      t.same(family.parameters(severity, new Random("draws", family.name)), parameters, `${family.name} repeats`);
    }
    t.equal(after.size, 1, `${family.name} draws as much at every severity`);
    t.notSame(
      family.parameters(0, new Random("draws", family.name)),
      family.parameters(1, new Random("draws", family.name)),
      `${family.name} depends on the severity`,
    );
  }
});

t.test("pixels", async (t) => {
  const before = Uint8Array.from(photograph.data);
  const partnerBefore = Uint8Array.from(partner.data);
  for (const family of families)
    t.test(family.name, async (t) => {
      const once = await damage(family, photograph, severityOf(4));
      t.same([once.width, once.height, once.data.length], [photograph.width, photograph.height, before.length]);
      await damage(family, photograph, severityOf(2));
      const twice = await damage(family, photograph, severityOf(4));
      t.ok(Buffer.from(once.data).equals(twice.data), "repeats, whatever was made in between");
      const stored = JSON.parse(
        JSON.stringify(family.parameters(severityOf(4), new Random("parameters", family.name))),
      );
      const second = family.partner ? partner : undefined;
      const again = await family.apply(photograph, stored, new Random("pixels", family.name), second);
      t.ok(Buffer.from(once.data).equals(again.data), "repeats from parameters that were stored as JSON");
      t.ok(Buffer.from(before).equals(photograph.data), "leaves its input as it was");
      t.ok(Buffer.from(partnerBefore).equals(partner.data), "leaves the second picture as it was");
    });
});

t.test("odd sizes, and pictures without colour or detail", async (t) => {
  const grey = { ...photograph, data: photograph.data.map((_, i, all) => Number(all[i - (i % 3) + 1])) };
  const cases = {
    "33 x 21": await cut(100, 60, 33, 21),
    "17 x 200": await cut(120, 20, 17, 200),
    "200 x 17": await cut(20, 120, 200, 17),
    "32 x 32": await cut(90, 50, 32, 32),
    grey,
    flat: { data: new Uint8Array(3 * 60 * 50).fill(128), width: 60, height: 50 },
  };
  for (const family of families)
    for (const [name, raster] of Object.entries(cases)) {
      const before = Uint8Array.from(raster.data);
      for (const level of [1, 5]) {
        const damaged = await damage(family, raster, severityOf(level)).catch((error) => error);
        const size = damaged instanceof Error ? damaged.message : `${damaged.width} x ${damaged.height}`;
        t.equal(size, `${raster.width} x ${raster.height}`, `${family.name}, level ${level}, ${name}`);
        t.equal(damaged.data?.length, before.length, `${family.name}, level ${level}, ${name}: RGB`);
      }
      t.ok(Buffer.from(before).equals(raster.data), `${family.name}, ${name}: input as it was`);
    }
});

t.test("the rules find a family that breaks them", async (t) => {
  const family = { ...familyByName("gaussian-blur"), local: /** @type {const} */ (true) };
  const chain = await Promise.all(
    [5, 4, 3, 2, 1].map(
      async (level) => new Comparison(photograph, await damage(family, photograph, severityOf(level))),
    ),
  );
  const unseen = Array.from({ length: 5 }, () => new Comparison(photograph, photograph));
  const strict = { ...family, keeps: [{ what: "all", measure: /** @type {const} */ ("ssim"), atLeast: 0.9999 }] };
  t.match(brokenRules(family, chain)[0], /^order -1/);
  t.match(brokenRules(strict, [...chain].reverse()).at(-1), /^not local/);
  t.match(brokenRules(strict, [...chain].reverse())[0], /^promise "all" broken: ssim .* not at least 0.9999/);
  t.match(brokenRules(strict, unseen).at(-1), /^level 1 is invisible/);
});
