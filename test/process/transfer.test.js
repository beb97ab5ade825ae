// @ts-check
// A caller's pixels belong to the caller as soon as score() has returned.
import t from "tap";
import { keepBusy, loadEngine } from "../support/addon.js";
import { tinyImage, tinyModel } from "../support/tiny-model.js";

t.setTimeout(300_000);

t.test("a buffer transferred and overwritten in mid-score leaves the score unchanged", async (t) => {
  const engine = await loadEngine(tinyModel(t));
  t.teardown(() => engine.dispose());
  const image = tinyImage(1200, 900);
  const expected = await engine.score(image).promise;

  const busy = keepBusy(engine, 3);
  const attempts = [];
  for (let i = 0; i < 8; i++) {
    const data = image.data.slice();
    attempts.push(engine.score({ ...image, data }).promise);
    data.fill(i);
    const { buffer } = data;
    structuredClone(buffer, { transfer: [buffer] });
    t.equal(data.length, 0, "detached");
  }
  // One more, overwritten again and again while the engine is at it.
  const data = image.data.slice();
  const last = engine.score({ ...image, data }).promise;
  let running = true;
  const settled = last.finally(() => {
    running = false;
  });
  for (let value = 0; running; value++) {
    data.fill(value & 255);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await settled;
  for (const result of await Promise.all([...attempts, last])) t.strictSame(result, expected);
  await Promise.all(busy.map(({ promise }) => promise));
});
