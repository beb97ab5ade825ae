// @ts-check
// The evaluation behind the model card: `eliq eval` on the development half of AGIQA-3K, with any of its options.
import { join } from "node:path";
import { run } from "../dist/cli/commands/eval.js";
import { dataDirectory, root } from "./support/paths.js";

const args = [join(dataDirectory, "agiqa-3k-dev"), "--out", join(root, ".run", "accuracy"), ...process.argv.slice(2)];
process.exitCode = await run(args).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
