// Lists the images that the default model saw nothing of: the publishable ones of the training data that are neither among those that
// `npm run train:default` takes nor of a group of one, and about as many AI images as photographs. The default calibration and its drift
// reference are made of them:
//
//   node scripts/calibration/unseen-images.mjs ../shared/data/train/manifest.jsonl > unseen.jsonl
//   eliq pairs build --data unseen.jsonl --out unseen-pairs --families $FAMILIES --per-image 2 --combinations 0 --pairings 1 \
//     --test-share 0.5 --files       # FAMILIES: those of models/default/training.json
//   eliq calibrate --pairs unseen-pairs --name default-YYYY-MM-DD --out models/default/calibration.json
//
// Paths of the list are absolute, so that it may lie anywhere.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readImages } from "../../dist/pairs/sources/read.js";
import { spread } from "../../dist/training/planned-image.js";

/** There are 312 photographs. */
const mostArtificial = 320;

const [manifest] = process.argv.slice(2);
if (manifest === undefined) {
  console.error("Give the manifest.jsonl that the default model was trained on.");
  process.exit(2);
}
const root = new URL("../..", import.meta.url);
const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
const limit = Number(/--limit (\d+)/.exec(scripts["train:default"])?.[1]);
const { images } = await readImages(manifest, { publishable: true, shareAlike: true });
const groups = new Set(spread(images, limit).map(({ group }) => group));
const others = images.filter(({ group }) => !groups.has(group));
const photographs = others.filter(({ kind }) => kind === "photo");
const artificial = spread(
  others.filter(({ kind }) => kind !== "photo"),
  mostArtificial,
);
const unseen = new Set([...photographs, ...artificial].map(({ path }) => path));
for (const text of readFileSync(manifest, "utf8").split("\n")) {
  if (text.trim() === "") continue;
  const line = JSON.parse(text);
  const path = resolve(dirname(manifest), line.path);
  if (unseen.has(path)) console.log(JSON.stringify({ ...line, path }));
}
