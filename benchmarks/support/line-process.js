// @ts-check
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A child process that answers one line of JSON for each line of JSON it is sent. An answer with `error` rejects.
 *
 * @param {string} command @param {string[]} args @param {Record<string, string>} [environment] added to this process's
 */
export function startLineProcess(command, args, environment = {}) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...environment } });
  /** @type {{ resolve: (answer: any) => void, reject: (error: Error) => void }[]} */
  const waiting = [];
  /** @type {Error | undefined} */
  let ended;
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-2000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line);
    if (answer.error) ended ??= waiting.length === 0 ? new Error(answer.error) : undefined;
    const next = waiting.shift();
    if (answer.error) next?.reject(new Error(answer.error));
    else next?.resolve(answer);
  });
  const end = (/** @type {Error} */ error) => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  child.on("error", (error) => end(error));
  child.on("close", (code) => end(new Error(complaint.trim().split("\n").pop() || `it ended with ${code}`)));
  child.stdin.on("error", () => {}); // the close handler tells what happened
  return {
    /** @param {Record<string, unknown>} request @returns {Promise<any>} */
    ask(request) {
      return new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      });
    },
    /** Ends the process when it has answered everything. */
    close() {
      child.stdin.end();
    },
  };
}
