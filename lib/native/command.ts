/** Runs a long command: its output goes to a log file and line by line to a listener. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

export interface CommandOptions {
  /** The whole output is appended to this file. */
  log: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Every line of standard output and standard error. */
  onLine?: (line: string) => void;
}

export interface CommandResult {
  /** Exit status; null when a signal ended it. */
  status: number | null;
  /** The last lines of the output. */
  tail: string[];
}

const tailLines = 40;

/** Resolves when the command has ended, however it ended; rejects when it cannot be started. */
export async function runCommand(command: string, args: string[], options: CommandOptions): Promise<CommandResult> {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = createWriteStream(options.log, { flags: "a" });
  log.write(`$ ${[command, ...args].join(" ")}\n`);
  const tail: string[] = [];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      log.write(`${line}\n`);
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
      options.onLine?.(line);
    });
  }
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { status, tail };
  } finally {
    log.end();
  }
}
