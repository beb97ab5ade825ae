// @ts-check
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { fitPrincipalAxes, projectEmbedding } from "../../dist/drift/axes.js";
import { distancesBetween, shareUnfamiliar } from "../../dist/drift/distances.js";
import { measureDrift } from "../../dist/drift/drift.js";
import { holm, permutationTest } from "../../dist/drift/permutation.js";
import { readPopulation, selectImages, toPopulation } from "../../dist/drift/population.js";
import {
  createReference,
  formatReference,
  parseReference,
  readReference,
  writeReference,
} from "../../dist/drift/reference.js";
import {
  energyCoefficient,
  energyDistance,
  firstItems,
  kolmogorovSmirnov,
  shareAbove,
  shareBelow,
  wasserstein,
} from "../../dist/drift/two-sample.js";
import { Random } from "../../dist/pairs/random.js";
import { encodeEmbedding } from "../../dist/results/embedding-text.js";
import { ResultsFile } from "../../dist/results/read.js";

const goldens = JSON.parse(readFileSync(new URL("drift.json", import.meta.url), "utf8"));

const made = { description: "synthetic", created: "2026-01-01" };
const model = "tiny@000000000000";

/**
 * @typedef {object} World what a population is drawn from
 * @property {number} [shift] of scores
 * @property {number} [scale] of scores
 * @property {number} [turn] of embeddings, towards a direction of their own
 * @property {number} [perGroup] images of a group; they share most of score and embedding
 */

const dimension = 24;

/** A vector of norm 1 whose spread falls from axis to axis. @param {Random} random @param {number} turn @param {number[]} common */
function embedding(random, turn, common) {
  const vector = Float32Array.from(
    { length: dimension },
    (_, j) => (j === 0 ? 4 : 0) + (j === dimension - 1 ? turn : 0) + ((common[j] ?? 0) + random.normal()) / (1 + j),
  );
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** @param {number} count @param {string} seed @param {World} [world] */
function population(count, seed, { shift = 0, scale = 1, turn = 0, perGroup = 0 } = {}) {
  const random = new Random("drift test", seed);
  /** @type {number[]} */
  let common = [];
  const images = Array.from({ length: count }, (_, i) => {
    if (perGroup > 0 && i % perGroup === 0) common = Array.from({ length: dimension }, () => 2 * random.normal());
    const quality = scale * (random.normal() + (common[1] ?? 0)) + shift;
    const raw = { quality, technical: random.normal(), aesthetic: quality / 2 + random.normal(), alignment: null };
    const group = perGroup > 0 ? String(Math.floor(i / perGroup)) : undefined;
    return { raw, embedding: embedding(random, turn, common), group };
  });
  return toPopulation(model, images);
}

const reference = createReference(population(500, "reference"), made);

/** Numbers from `from` on. @param {number} from @param {number} to */
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);

/** A bound that a share of 200 keeps with room when the level is .02. */
const mostAlarms = 0.05;

t.test("statistics equal scipy's, with ties", async (t) => {
  t.ok(goldens.scores.length >= 7);
  for (const { name, x, y, ...expected } of goldens.scores) {
    const split = firstItems(x.length, x.length + y.length);
    const pooled = [...x, ...y];
    const points = pooled.map((value) => Float32Array.of(value));
    t.ok(
      Math.abs(kolmogorovSmirnov(pooled)(split) - expected.kolmogorovSmirnov) < 1e-12,
      `Kolmogorov-Smirnov, ${name}`,
    );
    t.ok(Math.abs(wasserstein(pooled)(split) - expected.wasserstein) < 1e-12, `Wasserstein, ${name}`);
    const energy = energyDistance(await distancesBetween(points))(split);
    t.ok(Math.abs(energy - expected.energy) < 1e-6, `energy, ${name}: ${energy} ${expected.energy}`);
  }
  const { x, y, energy, coefficient } = goldens.points;
  const points = [...x, ...y].map((/** @type {number[]} */ point) => Float32Array.from(point));
  const distances = await distancesBetween(points);
  const split = firstItems(x.length, points.length);
  t.ok(Math.abs(energyDistance(distances)(split) - energy) < 1e-6);
  t.ok(Math.abs(energyCoefficient(distances)(split) - coefficient) < 1e-6);
  const turned = await distancesBetween([...points].reverse());
  t.ok(Math.abs(energyDistance(turned)(firstItems(y.length, points.length)) - energy) < 1e-6, "sides exchanged");
});

t.test("permutation p-values agree with scipy's exact ones", async (t) => {
  for (const { name, x, y, exactP } of goldens.scores.filter(
    (/** @type {{ name: string }} */ { name }) => name !== "coarse",
  )) {
    const pooled = [...x, ...y];
    const options = { permutations: 4999, seed: 5 };
    const [result] = await permutationTest(x.length, pooled.length, [kolmogorovSmirnov(pooled)], options);
    const deviation = Math.sqrt((exactP * (1 - exactP)) / 5000) + 1 / 5000;
    // The exact test of data with ties counts them as if they were none, so that its p-value is too large there.
    const ties = name.includes("ties");
    const p = result?.p ?? Number.NaN;
    t.ok(ties ? p <= exactP + 4 * deviation : Math.abs(p - exactP) < 4 * deviation, `${name}: ${p} ${exactP}`);
  }
});

t.test("shares beyond the reference's top and bottom", async (t) => {
  const batch = [5, 10, 10.5, 99, 100, 101, -1];
  const pooled = [...batch, ...range(1, 101)];
  const split = firstItems(batch.length, pooled.length);
  t.equal(shareAbove(pooled, 0.01)(split), 2 / 7, "one of 100 exceeds 99, and so do 100 and 101");
  t.equal(shareAbove(pooled, 0)(split), 1 / 7, "nothing exceeds 100");
  t.equal(shareBelow(pooled, 0.01)(split), 1 / 7);
  t.equal(shareAbove([3, 3, 3, 3], 0.01)(firstItems(2, 4)), 0, "ties with the top are not above it");
});

t.test("Holm's adjustment", async (t) => {
  const close = (/** @type {number[]} */ found, /** @type {number[]} */ expected) =>
    t.ok(
      found.every((value, i) => Math.abs(value - (expected[i] ?? 0)) < 1e-12),
      `${found}`,
    );
  close(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  close(holm([0.5, 0.9]), [1, 1]);
});

t.test("principal axes equal numpy's; what they leave is the last coordinate", async (t) => {
  const { vectors, deviations, axes } = goldens.axes;
  const embeddings = vectors.map((/** @type {number[]} */ vector) => Float32Array.from(vector));
  const found = fitPrincipalAxes(embeddings, 3);
  deviations.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
    t.ok(Math.abs((found.deviations[i] ?? 0) / value - 1) < 1e-6);
    const axis = found.axes.subarray(6 * i, 6 * i + 6);
    const cosine = axis.reduce((sum, part, j) => sum + part * axes[i][j], 0);
    t.ok(Math.abs(Math.abs(cosine) - 1) < 1e-6, `axis ${i}`);
  });
  const onAxis = found.mean.map((value, j) => value + 2 * (found.deviations[1] ?? 0) * (found.axes[6 + j] ?? 0));
  const coordinates = projectEmbedding(found, onAxis);
  t.equal(coordinates.length, 4);
  t.ok(Math.abs((coordinates[1] ?? 0) - 2) < 1e-5 && Math.abs(coordinates[0] ?? 1) < 1e-5, `${coordinates}`);
  t.ok(Math.abs(coordinates[3] ?? 1) < 1e-4, "nothing is left of a point on an axis");
  const whole = fitPrincipalAxes(embeddings, 6);
  const away = found.mean.map((value, j) => value + 3 * (whole.axes[6 * 5 + j] ?? 0));
  const expected = 3 / (found.deviations[2] ?? 1);
  t.ok(Math.abs((projectEmbedding(found, away)[3] ?? 0) / expected - 1) < 1e-4, "a point off all axes");
  t.throws(() => projectEmbedding(found, new Float32Array(5)), { code: "ERR_INVALID_ARGUMENT" });
  t.throws(() => fitPrincipalAxes([Float32Array.of(1, 2), Float32Array.of(1, 2)], 2), { code: "ERR_INVALID_ARGUMENT" });
});

t.test("a reference goes through its file unchanged, and the file is small", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "eliq-drift-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "reference.json");
  await writeReference(path, reference);
  t.strictSame(await readReference(path), reference);
  t.equal(formatReference(await readReference(path)), readFileSync(path, "utf8"));
  t.equal(reference.scores.quality?.length, 375, "three quarters become members, the axes come from the others");
  t.equal(reference.embeddings?.deviations.length, dimension);

  const random = new Random("large");
  const large = toPopulation(
    model,
    range(0, 1500).map((i) => ({
      raw: {
        quality: random.normal(),
        technical: random.normal(),
        aesthetic: random.normal(),
        alignment: random.normal(),
      },
      embedding: random.fillNormal(new Float32Array(256)),
      group: `prompt ${i >> 2}`,
    })),
  );
  const kept = createReference(large, made);
  const text = formatReference(kept);
  t.ok(text.length < 300_000, `${text.length} bytes`);
  t.ok((kept.groups?.length ?? 0) <= 1000 && (kept.groups?.length ?? 0) > 990);
  t.strictSame(parseReference(text, "x"), kept);
  const [own, other] = [1, 2].map((seed) => createReference(large, { ...made, seed }).scores.quality);
  t.notSame(own, other, "the seed chooses the members");

  const scoresOnly = createReference(toPopulation(model, [...scoresOf(120)]), made);
  t.equal(scoresOnly.scores.quality?.length, 120);
  t.equal(scoresOnly.embeddings, undefined);
  t.strictSame(parseReference(formatReference(scoresOnly), "x"), scoresOnly);
});

/** Images without embeddings. @param {number} count */
function* scoresOf(count) {
  const random = new Random("scores", count);
  for (let i = 0; i < count; i++)
    yield {
      raw: { quality: random.normal(), technical: random.normal(), aesthetic: random.normal(), alignment: null },
    };
}

t.test("malformed references are named errors", async (t) => {
  const good = JSON.parse(formatReference(reference));
  const { embeddings } = good;
  /** @type {[string, object | string, RegExp][]} */
  const cases = [
    ["no JSON", "{", /is not JSON/],
    ["another format", { ...good, format: "eliq-calibration" }, /at format/],
    ["another version", { ...good, version: 2 }, /at version/],
    ["a score that is no number", { ...good, scores: { ...good.scores, technical: ["x"] } }, /at scores\.technical/],
    ["short scores", { ...good, scores: { ...good.scores, technical: [1, 2] } }, /different lengths/],
    ["short groups", { ...good, groups: [1] }, /different lengths/],
    ["no date", { ...good, created: "today" }, /at created/],
    ["an unknown field", { ...good, secret: 1 }, /docs\/drift\.md/],
    ["short coordinates", { ...good, embeddings: { ...embeddings, coordinates: embeddings.mean } }, /coordinates/],
    ["long axes", { ...good, embeddings: { ...embeddings, axes: 30 } }, /embeddings\.deviations/],
    [
      "deviations of 0",
      { ...good, embeddings: { ...embeddings, deviations: encodeEmbedding(new Float32Array(dimension)) } },
      /not above 0/,
    ],
    [
      "infinite coordinates",
      {
        ...good,
        embeddings: {
          ...embeddings,
          mean: encodeEmbedding(new Float32Array(dimension).fill(Number.POSITIVE_INFINITY)),
        },
      },
      /not finite/,
    ],
  ];
  for (const [name, content, message] of cases) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    t.throws(() => parseReference(text, "file"), { code: "ERR_CALIBRATION", message }, name);
  }
  await t.rejects(readReference("/nowhere/reference.json"), { code: "ERR_IO", message: /--save-reference/ });
});

t.test("refusals: another model, too few images, aborted", async (t) => {
  const other = { ...population(40, "other"), model: "tiny@111111111111" };
  const mismatch = {
    code: "ERR_CALIBRATION_MISMATCH",
    message: /tiny@000000000000.*tiny@111111111111.*--save-reference/,
  };
  await t.rejects(measureDrift(reference, other), mismatch);
  await t.rejects(measureDrift(reference, population(19, "few")), {
    code: "ERR_INVALID_ARGUMENT",
    message: /19 images/,
  });
  t.throws(() => createReference(population(99, "few"), made), { code: "ERR_INVALID_ARGUMENT", message: /99 images/ });
  const coarse = { code: "ERR_INVALID_ARGUMENT", message: /at least 449 permutations/ };
  await t.rejects(measureDrift(reference, population(40, "coarse"), { permutations: 448 }), coarse);
  const signal = AbortSignal.abort();
  await t.rejects(measureDrift(reference, population(100, "aborted"), { signal, permutations: 100_000 }), {
    code: "ERR_ABORTED",
  });
});

t.test("at most 5 % of batches of the same population raise an alarm", async (t) => {
  const all = population(420, "same");
  let alarms = 0;
  let smallReference = 0;
  for (let i = 0; i < 200; i++) {
    const order = new Random("same", i).shuffle(range(0, 420));
    const batch = selectImages(all, order.slice(0, 100));
    const options = { permutations: 499, seed: i };
    const rest = createReference(selectImages(all, order.slice(100)), { ...made, seed: i });
    if ((await measureDrift(rest, batch, options)).drift) alarms++;
    // A reference that can hardly fit any axes must not raise alarms either.
    if (i % 2 === 1) continue;
    const few = createReference(selectImages(all, order.slice(100, 220)), { ...made, seed: i });
    if ((await measureDrift(few, batch, options)).drift) smallReference++;
  }
  t.ok(alarms <= 200 * mostAlarms, `${alarms} of 200`);
  t.ok(smallReference <= 100 * mostAlarms, `${smallReference} of 100 with a small reference`);
});

t.test("images of one group raise alarms unless they are kept together", async (t) => {
  let independent = 0;
  let grouped = 0;
  for (let i = 0; i < 60; i++) {
    const all = population(400, `grouped ${i}`, { perGroup: 5 });
    const rest = createReference(selectImages(all, range(100, 400)), made);
    const batch = selectImages(all, range(0, 100));
    const options = { permutations: 499, seed: i };
    const plain = await measureDrift(rest, batch, { ...options, grouped: false });
    if (plain.drift) independent++;
    const careful = await measureDrift(rest, batch, options);
    if (careful.drift) grouped++;
    t.ok(careful.grouped && !plain.grouped);
    t.match(plain.notes, [/5\.0 images a group, which counted as independent/]);
  }
  t.ok(grouped <= 60 * mostAlarms, `${grouped} of 60, kept together`);
  t.ok(independent > 12, `${independent} of 60, taken as independent`);
});

t.test("what moved is seen, and named", async (t) => {
  /** @type {[string, World, string[], RegExp][]} */
  const cases = [
    ["scores higher", { shift: 0.7 }, ["scores"], /Quality is higher by 0\.\d+ standard deviations/],
    ["scores wider", { scale: 2 }, ["scores"], /Quality .*(spread otherwise|standard deviations)/],
    ["embeddings alone", { turn: 0.2 }, ["embeddings"], /embeddings lie elsewhere/],
  ];
  for (const [name, world, moved, reason] of cases) {
    let seen = 0;
    for (let i = 0; i < 20; i++) {
      const options = { permutations: 499, seed: i };
      const report = await measureDrift(reference, population(100, `${name} ${i}`, world), options);
      if (report.drift) seen++;
      if (i > 0) continue;
      t.same(report.moved, moved, name);
      t.match(report.reasons.join(" "), reason);
      t.equal(report.summary, `Drift: ${moved[0]} moved.`);
      t.notOk(report.retrain, `${name}: no reason to train again`);
    }
    t.ok(seen >= 19, `${name}: ${seen} of 20`);
  }
});

t.test("re-training is due above the top, and for images unlike any of the reference", async (t) => {
  const high = await measureDrift(reference, population(100, "high", { shift: 3 }));
  t.match(high, { drift: true, retrain: true, summary: "Drift: scores moved. Re-training is due." });
  t.match(high.reasons[0] ?? "", /^\d\d % of the batch score above the reference's top, where 1 % are expected/);
  const strange = await measureDrift(reference, population(100, "strange", { turn: 4 }));
  t.match(strange, { drift: true, retrain: true, moved: ["embeddings"] });
  t.match(strange.reasons[0] ?? "", /unlike any image of the reference/);
  t.ok((strange.unfamiliar ?? 0) > 0.9 && (strange.energyCoefficient ?? 0) > 0.1);
  const low = await measureDrift(reference, population(100, "low", { shift: -3 }));
  t.match(low, { drift: true, retrain: false }, "bad images alone are no reason");
});

t.test("the share unlike the reference is near 1 % for its own population", async (t) => {
  const batch = population(400, "alike").embeddings ?? [];
  const { embeddings } = reference;
  if (!embeddings) throw new Error("no embeddings");
  const points = [...batch.map((vector) => projectEmbedding(embeddings, vector)), ...embeddings.coordinates];
  const share = shareUnfamiliar(await distancesBetween(points), batch.length, 0.01);
  t.ok(share <= 0.04, `${share}`);
});

t.test("the same seed gives the same report; large batches are sampled, small ones noted", async (t) => {
  const batch = population(30, "small");
  const [first, second] = await Promise.all([measureDrift(reference, batch), measureDrift(reference, batch)]);
  t.same(first, second);
  t.match(first.notes, [/With 30 images only large changes/]);
  t.match(first, { format: "eliq-drift", permutations: 999, level: 0.02, batch: { size: 30, tested: 30 } });
  const large = await measureDrift(reference, population(1200, "large"), { permutations: 99, level: 0.2 });
  t.match(large.batch, { size: 1200, tested: 1000 });
  t.match(large.notes, [/1000 of the batch's 1200/]);
  const scores = await measureDrift(reference, toPopulation(model, [...scoresOf(100)]), {
    permutations: 99,
    level: 0.2,
  });
  t.match(scores.notes, [/The batch has no embeddings/]);
  t.notOk(scores.tests.some(({ of }) => of === "embeddings"));
});

t.test("a comparison leaves the event loop free", async (t) => {
  const large = createReference(population(1400, "large reference"), made);
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  t.teardown(() => clearInterval(counting));
  // Work of a tenth of a second or more, of which no more than 20 ms come at a time.
  await measureDrift(large, population(100, "long"), { permutations: 1999 });
  t.ok(turns >= 3, `${turns} turns`);
});

t.test("scores that are all alike are no drift", async (t) => {
  const random = new Random("alike");
  const images = (/** @type {number} */ count, /** @type {number} */ technical) =>
    toPopulation(
      model,
      Array.from({ length: count }, () => ({
        raw: { quality: random.normal(), technical, aesthetic: random.normal(), alignment: null },
      })),
    );
  const alike = createReference(images(200, 1.1), made);
  const still = await measureDrift(alike, images(97, 1.1));
  t.match(still, { drift: false, shifts: { technical: 0 } });
  for (const { kind, of, statistic, p } of still.tests)
    if (of === "technical") t.same({ kind, statistic, p }, { kind, statistic: 0, p: 1 });
  const moved = await measureDrift(alike, images(97, 3.1));
  t.match(moved, { drift: true, moved: ["scores"] });
  t.match(moved.reasons, [/Technical is higher/]);
});

t.test("populations of results files", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "eliq-drift-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const line = (/** @type {object} */ extra) => ({
    path: "a.png",
    ok: true,
    quality: 0.5,
    alignment: null,
    aspects: { technical: 0.5, aesthetic: 0.5 },
    raw: { quality: 1, alignment: null, technical: 2, aesthetic: 3 },
    model,
    calibration: "c",
    ...extra,
  });
  const read = async (/** @type {object[]} */ lines) => {
    const path = join(folder, "results.jsonl");
    writeFileSync(path, lines.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    return readPopulation(await ResultsFile.open(path));
  };
  const vector = Float32Array.of(0.6, 0.8);
  const embedded = line({ embedding: encodeEmbedding(vector), prompt: "a cat" });
  const failed = { path: "b.png", ok: false, code: "ERR_IMAGE_DECODE", message: "no image" };
  t.strictSame(await read([embedded, failed, line({ embedding: encodeEmbedding(vector), group: "g" })]), {
    model,
    scores: { quality: Float32Array.of(1, 1), technical: Float32Array.of(2, 2), aesthetic: Float32Array.of(3, 3) },
    embeddings: [vector, vector],
    groups: ["a cat", "g"],
    size: 2,
  });
  const partly = await read([embedded, line({})]);
  t.equal(partly.embeddings, undefined, "an embedding that one image lacks is no use");
  t.equal(partly.groups, undefined);
  await t.rejects(read([embedded, line({ model: "other@1" })]), { code: "ERR_CALIBRATION_MISMATCH" });
  await t.rejects(read([failed]), { code: "ERR_RESULTS", message: /no image that was scored/ });
});
