// @ts-check
// Resident memory of a process that loads the model and scores an image 100 times. argv: image, model directory or "".
import { Eliq } from "eliq";

const [image = "", model = ""] = process.argv.slice(2);
const MiB = 2 ** 20;
const resident = () => Math.round(process.memoryUsage.rss() / MiB);
const started = resident();
const eliq = await Eliq.load(model ? { model } : {});
const afterLoad = resident();
await eliq.score(image);
const afterFirst = resident();
for (let i = 1; i < 100; i++) await eliq.score(image);
const after100 = resident();
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify({ started, afterLoad, afterFirst, after100, peak })}\n`);
await eliq.dispose();
