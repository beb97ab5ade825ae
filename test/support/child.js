// @ts-check
// Runs a script in a process of its own, without the test runner's loaders, coverage and environment.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * @param {string} script name of a file in this folder
 * @param {string[]} parameters
 * @param {{ timeout?: number, flags?: string[], environment?: Record<string, string> }} [options] `timeout` in ms; a process that runs
 *   longer is killed. `environment`: variables besides the test's own
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string, milliseconds: number }>}
 */
export function runChild(script, parameters, { timeout = 60_000, flags = [], environment = {} } = {}) {
  const { NODE_OPTIONS, NODE_V8_COVERAGE, ...inherited } = process.env;
  const path = fileURLToPath(new URL(script, import.meta.url));
  const begin = performance.now();
  const child = spawn(process.execPath, [...flags, path, ...parameters], {
    env: { ...inherited, ...environment },
    timeout,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal, stdout, stderr, milliseconds: performance.now() - begin });
    });
  });
}
