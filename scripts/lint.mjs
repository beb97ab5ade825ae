// `npm run lint`: Biome over TypeScript, JavaScript and JSON, clang-format over C++. With --fix both rewrite the files.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const fix = process.argv.includes("--fix");

const run = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status === 0;

const biome = require.resolve("@biomejs/biome/bin/biome");
const tidy = run(biome, "check", ...(fix ? ["--write"] : []), "--error-on-warnings", ".");

const sources = readdirSync(join(root, "native"), { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(cc|h)$/.test(path))
  .map((path) => join("native", path));
const clangFormat = join(dirname(require.resolve("clang-format-node/package.json")), "build", "cli.js");
const formatted = run(clangFormat, ...(fix ? ["-i"] : ["--dry-run", "--Werror"]), ...sources);

if (!tidy || !formatted) process.exitCode = 1;
else console.log(`lint: Biome, and clang-format over ${sources.length} files`);
