// @ts-check
/** Makes pictures until it is killed: endpoint, folder and number of prompts from the command line. */
import { generatePositives } from "../../dist/pairs/positives/generate.js";
import { OpenAiImages } from "../../dist/pairs/positives/openai-images.js";

const [endpoint = "", out = "", count = "0"] = process.argv.slice(2);
await generatePositives({
  prompts: () => Array.from({ length: Number(count) }, (_, i) => ({ id: `p${i}`, text: `picture number ${i}` })),
  generators: [{ name: "drawer", generator: new OpenAiImages({ endpoint }), width: 64, height: 48 }],
  out,
  concurrency: 3,
});
