// @ts-check
// Runs one kind of work many times and prints { rss: [...], threads: [...] } as JSON: resident memory in bytes and the number
// of threads at equal intervals, the first after the warm-up. Needs --expose-gc.
import { readdirSync } from "node:fs";
import { addon, loadEngine } from "./addon.js";
import { tinyConfig, tinyImage } from "./tiny-model.js";

const [kind = "", directory = "", rounds = "0"] = process.argv.slice(2);
const shapes = Array.from({ length: 20 }, (_, i) => tinyImage(60 + 17 * i, 400 - 13 * i, i));

/** @type {Record<string, () => Promise<(round: number) => Promise<unknown>>>} */
const kinds = {
  async score() {
    const engine = await loadEngine(directory);
    return (round) => {
      const image = shapes[round % shapes.length] ?? tinyImage(1, 1);
      return engine.score({ ...image, embedding: round % 3 === 0, explain: round % 5 === 0 }).promise;
    };
  },
  async cancel() {
    const engine = await loadEngine(directory);
    return async (round) => {
      const tickets = shapes.slice(0, 8).map((image) => engine.score(image));
      for (const [i, ticket] of tickets.entries()) if ((i + round) % 2) ticket.cancel();
      await Promise.allSettled(tickets.map(({ promise }) => promise));
    };
  },
  async load() {
    return async (round) => {
      const engine = await loadEngine(directory);
      await engine.score(shapes[round % shapes.length] ?? tinyImage(1, 1)).promise;
      await engine.dispose();
      if (addon.engineCount() !== 0) throw new Error("an engine is left");
    };
  },
  async failures() {
    return async () => {
      await loadEngine(`${directory}/missing`).catch(() => {});
      await addon.loadEngine({ directory, device: "cuda", threads: 0 }).catch(() => {});
    };
  },
  async trainer() {
    const initialWeights = `${directory}/model.safetensors`;
    return async () => {
      const trainer = await addon.createTrainer({ config: JSON.stringify(tinyConfig), initialWeights, seed: 1 });
      for (const image of shapes.slice(0, 2)) await trainer.add(image);
      await trainer.step(
        {
          better: Int32Array.of(0),
          worse: Int32Array.of(1),
          target: Float32Array.of(1),
          rank: Uint8Array.of(1),
          invariant: Uint8Array.of(0),
        },
        0.001,
      );
      await trainer.dispose();
    };
  },
};

function threadCount() {
  try {
    return readdirSync("/proc/self/task").length;
  } catch {
    return 0;
  }
}

const work = await kinds[kind]?.();
if (!work) throw new Error(`no kind ${kind}`);
const total = Number(rounds);
const interval = Math.floor(total / 10);
const rss = [];
const threads = [];
for (let round = 1; round <= total; round++) {
  await work(round);
  if (round % interval === 0) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    globalThis.gc?.();
    rss.push(process.memoryUsage.rss());
    threads.push(threadCount());
  }
}
console.log(JSON.stringify({ rss, threads }));
