// @ts-check
// A thread of benchmarks/pairs-measures.js: renders and measures its share of the families on all pictures.
import { parentPort, workerData } from "node:worker_threads";
import sharp from "sharp";
import { families, familyByName } from "../../dist/pairs/degradations/index.js";
import { brokenRules, order, partnerOf, readFixtures, renderChain } from "./family-rules.js";

sharp.concurrency(1);

const { share, of, maxPixels } = workerData;
const pictures = await readFixtures(maxPixels);
for (const { name } of families.filter((_, index) => index % of === share)) {
  const family = familyByName(name);
  const chains = [];
  for (const [index, picture] of pictures.entries()) {
    const chain = await renderChain(family, picture, partnerOf(pictures, index));
    chains.push({
      picture: picture.name,
      order: order(family, chain),
      broken: brokenRules(family, chain),
      levels: chain.map((level) => ({
        own: level.value(family.measure.name),
        ssim: level.value("ssim"),
        ciede2000: level.value("ciede2000"),
        changed: level.value("changed-share"),
      })),
      kept: family.keeps.map(({ measure }) => /** @type {typeof chain[0]} */ (chain.at(-1)).value(measure)),
    });
  }
  parentPort?.postMessage({ name, chains });
}
