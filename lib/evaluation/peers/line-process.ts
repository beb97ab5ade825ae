/** A child process that is asked in lines of JSON. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A child process that answers one line of JSON for each line of JSON it is sent, in order. */
export interface LineProcess {
  /**
   * Rejects with an Error when the answer holds `error`, its sentence, or when the process ended. What is no JSON object ends it: no
   * answer after that could be known to belong to its question.
   */
  ask(request: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  /** Whether the process ended, so that every question is in vain. */
  ended(): boolean;
  /** Ends the process when it has answered everything. */
  close(): void;
  /** Ends the process at once; what was asked is rejected. */
  kill(): void;
}

interface Waiting {
  resolve(answer: Record<string, unknown>): void;
  reject(error: Error): void;
}

/**
 * Starts a process. A command that is not there shows when it is asked.
 *
 * @param environment variables added to this process's.
 * @param signal kills it.
 */
export function startLineProcess(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): LineProcess {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
    killSignal: "SIGKILL",
    ...(signal ? { signal } : {}),
  });
  const waiting: Waiting[] = [];
  let ended: Error | undefined;
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-2000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = parseAnswer(line);
    if (!answer) {
      end(new Error(`it answered "${line.slice(0, 200)}", which is no JSON object`));
      child.kill("SIGKILL");
      return;
    }
    const error = answer.error === undefined ? undefined : new Error(String(answer.error));
    // A complaint before any question is the process's last word.
    if (error && waiting.length === 0) ended ??= error;
    const next = waiting.shift();
    if (error) next?.reject(error);
    else next?.resolve(answer);
  });
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  child.on("error", end);
  child.on("close", (code) => end(new Error(complaint.trim().split("\n").pop() || `it ended with ${code}`)));
  child.stdin.on("error", () => {}); // the close handler tells what happened
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      }),
    ended: () => ended !== undefined,
    close: () => {
      child.stdin.end();
    },
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

function parseAnswer(line: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
