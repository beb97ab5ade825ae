// @ts-check
// The model that tests on real images use: the shipped default. ELIQ_TEST_MODEL names another directory.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultModelDirectory } from "../../dist/models/directory.js";

export const modelDirectory = process.env.ELIQ_TEST_MODEL ?? defaultModelDirectory;
export const root = fileURLToPath(new URL("../../", import.meta.url));
export const example = (/** @type {string} */ name) => join(root, "examples", name);
const main = join(root, "dist", "cli", "main.js");

if (!existsSync(join(modelDirectory, "config.json"))) throw new Error(`There is no model at ${modelDirectory}.`);

/** The environment without what the test runner puts there for its own processes. */
export function plainEnvironment() {
  const { NODE_OPTIONS, NODE_V8_COVERAGE, ...environment } = process.env;
  return environment;
}

/**
 * Runs `eliq` with the model of the tests.
 * @param {string[]} args
 * @param {{ cwd?: string, onOutput?: (text: string, child: import("node:child_process").ChildProcess) => void }} [options]
 * @returns {Promise<{ status: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
export function eliq([command = "", ...args], { cwd, onOutput } = {}) {
  const all = [main, command, "--model", modelDirectory, ...args];
  const child = spawn(process.execPath, all, { env: plainEnvironment(), ...(cwd ? { cwd } : {}) });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    onOutput?.(text, child);
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
