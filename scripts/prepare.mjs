// The `prepare` script: sets up a clone after `npm ci`. npm runs it in two more cases, and there it must not compile:
// when the package is packed (only dist/ is needed), and when npm packs a git dependency for somebody's project.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const packing = ["pack", "publish"].includes(process.env.npm_command ?? "");
// pacote sets this for the `npm install` that it runs inside a git dependency.
const dependency = process.env._PACOTE_NO_PREPARE_ !== undefined;

if (!existsSync(tsc)) {
  console.log("eliq: the development dependencies are not installed; nothing is built.");
} else {
  run(tsc, "-p", "tsconfig.json");
  if (!packing && !dependency) run(join(root, "dist", "cli", "main.js"), "setup");
}
