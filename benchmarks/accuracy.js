// @ts-check
// The evaluation behind the model card: `eliq eval` on the development half of AGIQA-3K, with any of its options.
import { join } from "node:path";
import { dataDirectory, root } from "./support/paths.js";

const set = join(dataDirectory, "agiqa-3k-dev");
process.argv.splice(2, 0, "eval", set, "--out", join(root, ".run", "accuracy"));
await import("../dist/cli/main.js");
