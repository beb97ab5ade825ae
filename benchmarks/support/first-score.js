// @ts-check
// A user's smallest program: one score of one image. argv: image, model directory or "".
import { Eliq } from "eliq";

const [image = "", model = ""] = process.argv.slice(2);
const eliq = await Eliq.load(model ? { model } : {});
const score = await eliq.score(image);
process.stdout.write(`${JSON.stringify(score.raw.quality)}\n`);
await eliq.dispose();
