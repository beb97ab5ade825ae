// Removes what building and testing leave in the clone. The cache (ELIQ_CACHE) stays.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const folder of ["dist", "build", ".tap", "coverage"])
  rmSync(join(root, folder), { recursive: true, force: true });
