// @ts-check
// The public class over a fake engine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Eliq, EliqError } from "eliq";
import t from "tap";
import { fakeEliq, fakeModel } from "../support/fake-engine.js";
import { plain } from "../support/images.js";

const folder = mkdtempSync(join(tmpdir(), "eliq-eliq-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const grey = await plain(8, 8, [51, 51, 51]).png().toBuffer(); // mean 0.2
const path = join(folder, "grey.png");
writeFileSync(path, grey);
const pixels = (/** @type {number} */ level) => ({
  data: new Uint8Array(12).fill(level),
  width: 2,
  height: 2,
  channels: /** @type {const} */ (3),
});
/** Raw scores from 0 to 1 on the fake model's scale. */
const scaled = (/** @type {number} */ x) => 0.25 + x * 0.5;

t.test("every kind of image gives the same score", async (t) => {
  const { eliq } = fakeEliq();
  const rgba = { data: new Uint8Array(16).fill(255), width: 2, height: 2, channels: /** @type {const} */ (4) };
  for (const input of [path, pathToFileURL(path), grey, new Uint8Array(grey), pixels(51)]) {
    const score = await eliq.score(input);
    t.equal(score.raw.quality, 0.2);
    t.equal(score.quality, scaled(0.2));
    t.equal(score.aspects.technical, scaled(0.4));
    t.ok(score.aspects.aesthetic > 0 && score.aspects.aesthetic < 0.25);
    t.same(score.percentiles, { quality: 20, alignment: null, technical: 40, aesthetic: 0 });
    t.match(score, { model: fakeModel.id, calibration: "fake-2026-01-01", alignment: null });
  }
  t.equal((await eliq.score(rgba)).raw.quality, 1);
  t.equal((await eliq.score({ data: Uint8Array.of(51), width: 1, height: 1, channels: 1 })).raw.quality, 0.2);
});

t.test("what the instance says of itself", async (t) => {
  const { eliq } = fakeEliq();
  t.match(eliq, {
    model: fakeModel.id,
    device: "cpu",
    threads: 1,
    embeddingDimension: 2,
    calibration: "fake-2026-01-01",
  });
  t.same(eliq.alignment, fakeModel.alignment);
});

t.test("a caller's buffers may change as soon as the call has returned", async (t) => {
  const { eliq } = fakeEliq({ delay: 5 });
  const raw = pixels(51);
  const bytes = new Uint8Array(grey);
  const scores = [eliq.score(raw), eliq.score(bytes)];
  raw.data.fill(255);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  for (const score of await Promise.all(scores)) t.equal(score.raw.quality, 0.2);
});

t.test("scoreBatch: one result for each item, in order; failures stay alone", async (t) => {
  const { eliq } = fakeEliq({ delay: 1 });
  const results = await eliq.scoreBatch([
    path,
    "missing.png",
    { image: pixels(255), prompt: "white" },
    Buffer.from("text"),
    /** @type {any} */ (7),
    { image: grey, prompt: /** @type {any} */ (7) },
    new URL("http://example.org/a.png"),
    pixels(0),
  ]);
  t.same(
    results.map((result) => (result.ok ? result.score.raw.quality : result.error.code)),
    [
      0.2,
      "ERR_IMAGE_NOT_FOUND",
      1,
      "ERR_IMAGE_DECODE",
      "ERR_INVALID_ARGUMENT",
      "ERR_INVALID_ARGUMENT",
      "ERR_URL_REFUSED",
      0,
    ],
  );
  for (const result of results) if (!result.ok) t.ok(result.error instanceof EliqError);
  t.same(await eliq.scoreBatch([]), []);
  await t.rejects(eliq.scoreBatch(/** @type {any} */ ("image.png")), { code: "ERR_INVALID_ARGUMENT" });
  await t.rejects(eliq.scoreBatch(/** @type {any} */ (undefined)), { code: "ERR_INVALID_ARGUMENT" });
});

t.test("few images are held decoded, however many are asked for", async (t) => {
  const { eliq, state } = fakeEliq({ delay: 2 });
  await Promise.all(Array.from({ length: 60 }, () => eliq.score(path)));
  t.equal(state.requests, 60);
  t.ok(state.mostWaiting <= 6, `${state.mostWaiting} waited decoded`);
  await eliq.scoreBatch(Array.from({ length: 60 }, () => path));
  t.ok(state.mostWaiting <= 6, `${state.mostWaiting} waited decoded`);
});

t.test("stream draws lazily and ends early", async (t) => {
  const { eliq, state } = fakeEliq();
  let drawn = 0;
  async function* endless() {
    for (;;) {
      drawn++;
      yield pixels(51);
    }
  }
  let seen = 0;
  for await (const result of eliq.stream(endless())) {
    t.ok(result.ok);
    if (++seen === 5) break;
  }
  t.ok(drawn < 25, `${drawn} drawn`);
  await eliq.dispose();
  t.ok(state.disposed);
});

t.test("compare, embed, explain", async (t) => {
  const { eliq } = fakeEliq();
  const comparison = await eliq.compare(pixels(255), pixels(0));
  t.ok(Math.abs(comparison.quality - 0.7602499389065233) < 1e-14, "Phi(1 / sqrt 2)");
  t.match(comparison, { alignment: null, a: { raw: { quality: 1 } }, b: { raw: { quality: 0 } }, model: fakeModel.id });
  const embedding = await eliq.embed(path);
  t.match(embedding, { dimension: 2, norm: 1, model: fakeModel.id });
  t.ok(Math.abs(Math.hypot(...embedding.vector) - 1) < 1e-6);
  const explanation = await eliq.explain(path, { prompt: "grey" });
  t.match(explanation, { width: 8, height: 8, grid: { width: 2, height: 1 }, score: { quality: scaled(0.2) } });
  t.same([...explanation.attention.values], [0.5, 0.5]);
  t.same([...(explanation.queries[0]?.values ?? [])], [0.25, 0.75]);
  t.match(explanation.levels, [{ name: "stage.1", stride: 4 }, { name: "stage.2" }]);
  t.same([...(explanation.levels[0]?.attention.values ?? [])], [0.125, 0.25]);
});

t.test("errors are EliqErrors with the caller's stack", async (t) => {
  const { eliq } = fakeEliq();
  async function usersCall() {
    return eliq.score("missing.png");
  }
  const here = basename(import.meta.url);
  for (const call of [
    usersCall,
    () => eliq.scoreBatch(/** @type {any} */ (3)),
    () => eliq.compare(path, "missing.png"),
    () => eliq.embed(Buffer.from("x")),
    () => eliq.explain(/** @type {any} */ (undefined)),
    () => Eliq.load({ model: "/nowhere" }),
    () => Eliq.load({ threads: -1 }),
  ]) {
    const error = await call().catch((/** @type {unknown} */ error) => error);
    if (!(error instanceof EliqError)) throw new Error("no EliqError");
    const [header = "", frame = ""] = String(error.stack).split("\n    at ");
    t.equal(header, `EliqError: ${error.message}`);
    t.ok(frame.includes(here), `first frame: ${frame}`);
  }
  const [result] = await eliq.scoreBatch(["missing.png"]);
  t.ok(result && !result.ok && String(result.error.stack).includes(here));
});

t.test("a bug below becomes ERR_INTERNAL with its cause", async (t) => {
  const { eliq } = fakeEliq();
  async function* broken() {
    yield path;
    throw new TypeError("their mistake");
  }
  await t.rejects(eliq.scoreBatch(broken()), { code: "ERR_INTERNAL", cause: { message: "their mistake" } });
});

t.test("options of load are checked", async (t) => {
  for (const options of [{ threads: 0 }, { threads: 1.5 }, { maxPixels: -1 }, { device: 3 }, { allowUrls: "yes" }]) {
    await t.rejects(Eliq.load(/** @type {any} */ (options)), { code: "ERR_INVALID_ARGUMENT" });
  }
  await t.rejects(Eliq.load({ signal: AbortSignal.abort("no") }), { code: "ERR_ABORTED", cause: "no" });
});

t.test("maxPixels holds for raw pixels too", async (t) => {
  const { eliq } = fakeEliq({ maxPixels: 3 });
  await t.rejects(eliq.score(pixels(1)), { code: "ERR_IMAGE_TOO_LARGE" });
  await t.rejects(eliq.score(path), { code: "ERR_IMAGE_TOO_LARGE" });
});

t.test("an abort is answered at once, in every state", async (t) => {
  const { eliq, state } = fakeEliq({ hold: true });
  const reason = new Error("the user left");
  await t.rejects(eliq.score(path, { signal: AbortSignal.abort(reason) }), { code: "ERR_ABORTED", cause: reason });
  t.equal(state.requests, 0);

  const computing = new AbortController();
  const inEngine = eliq.score(pixels(1), { signal: computing.signal });
  computing.abort(reason);
  await t.rejects(inEngine, { code: "ERR_ABORTED", cause: reason });
  t.equal(state.cancelled, 1);

  const waiting = new AbortController();
  const many = Array.from({ length: 20 }, () => eliq.score(path, { signal: waiting.signal }));
  await sleep(20);
  waiting.abort(reason);
  for (const one of await Promise.allSettled(many))
    t.match(one, { status: "rejected", reason: { code: "ERR_ABORTED" } });
  state.release();
  const before = state.requests;
  const after = eliq.score(path);
  while (state.requests === before) await sleep(1);
  state.release();
  t.equal((await after).raw.quality, 0.2, "the places of aborted calls are free again");
});

t.test("an aborted batch rejects; a stream has yielded what was done", async (t) => {
  const { eliq } = fakeEliq({ delay: 2 });
  const controller = new AbortController();
  /** @type {import("eliq").BatchResult[]} */
  const scored = [];
  const run = async () => {
    for await (const result of eliq.stream(Array(100).fill(path), { signal: controller.signal })) {
      scored.push(result);
      if (scored.length === 7) controller.abort("enough");
    }
  };
  await t.rejects(run(), { code: "ERR_ABORTED", cause: "enough" });
  t.ok(scored.length >= 7 && scored.length < 30 && scored.every(({ ok }) => ok), `${scored.length} scored`);
  await t.rejects(eliq.scoreBatch([path], { signal: controller.signal }), { code: "ERR_ABORTED" });
});

t.test("dispose waits for what is in flight, once", async (t) => {
  const { eliq, state } = fakeEliq({ delay: 5 });
  const scores = [eliq.score(path), eliq.score(pixels(1))];
  const disposals = [eliq.dispose(), eliq.dispose(), eliq[Symbol.asyncDispose]()];
  t.notOk(state.disposed);
  await t.rejects(eliq.score(path), { code: "ERR_DISPOSED" });
  const [late] = await eliq.scoreBatch([path]);
  t.match(late, { ok: false, error: { code: "ERR_DISPOSED" } });
  await Promise.all(disposals);
  t.ok(state.disposed);
  t.equal((await Promise.all(scores)).length, 2);
});

t.test("URLs, where allowed", async (t) => {
  const server = createServer((request, response) => response.end(request.url === "/grey.png" ? grey : "no image"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.teardown(() => server.close());
  const base = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
  const { eliq } = fakeEliq({ allowUrls: true });
  t.equal((await eliq.score(`${base}/grey.png`)).raw.quality, 0.2);
  t.equal((await eliq.score(new URL(`${base}/grey.png`))).raw.quality, 0.2);
  await t.rejects(eliq.score(`${base}/other`), { code: "ERR_IMAGE_DECODE" });
  await t.rejects(fakeEliq().eliq.score(`${base}/grey.png`), { code: "ERR_URL_REFUSED" });
});
