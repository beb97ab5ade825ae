#!/usr/bin/env node
/** `eliq <command>`: finds the command, runs it, and turns what it throws into a message and an exit code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EliqError } from "../errors.js";
import { packageRoot } from "../native/paths.js";
import { exitCode, exitCodeOf, isParseArgsError, UsageError } from "./usage.js";

/** Every command with its line in the overview; each lives in commands/<name>.js and is imported when it is called. */
const commands = {
  score: "score images: files, folders, globs or a list",
  compare: "which of two images is better, and how surely",
  embed: "embedding vectors of images",
  explain: "an overlay PNG of where the model looked, or finds fault",
  pairs: "make ordered pairs from good images, without labels",
  prompts: "prompts for image generators: list, check, have new ones written",
  train: "train a model without labels",
  eval: "agreement with human opinions on a data set, with controls",
  calibrate: "what a score means: fit the scale, without labels or with some",
  drift: "whether new images have moved away from the reference population",
  report: "one HTML page from a results file, to look at",
  setup: "find or fetch LibTorch and build the native addon",
  doctor: "check the installation and say what to do",
} as const;

const help = `Usage: eliq <command> [options]

Quality scores for AI-generated images, without labels. Scores are in [0, 1]; higher is better.

Commands:
${Object.entries(commands)
  .map(([name, line]) => `  ${name.padEnd(9)} ${line}`)
  .join("\n")}

  eliq <command> --help   options and examples of a command
  eliq --version          version of eliq

Examples:
  eliq score image.png
  eliq score renders/ --jsonl > scores.jsonl
  eliq compare a.png b.png
  eliq explain image.png --output overlay.png

Exit codes: 0 done; 1 some images failed; 2 wrong usage; 3 cannot run (model, addon, device); 4 drift; 130 interrupted.
`;

interface Command {
  run(args: string[]): Promise<number>;
}

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v" || name === "version") {
    const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
    process.stdout.write(`${version}\n`);
    return exitCode.ok;
  }
  if (name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  if (name === "help") return main([rest[0] as string, "--help"]);
  if (name === undefined) throw new UsageError("No command was given.");
  if (!Object.hasOwn(commands, name)) throw new UsageError(`There is no command "${name}".`);
  const command = (await import(`./commands/${name}.js`)) as Command;
  return command.run(rest);
}

function report(error: unknown, command: string | undefined): number {
  if (error instanceof UsageError || isParseArgsError(error)) {
    const known = command !== undefined && Object.hasOwn(commands, command);
    process.stderr.write(`eliq: ${error.message}\nSee \`eliq ${known ? `${command} ` : ""}--help\`.\n`);
    return exitCode.usage;
  }
  if (error instanceof EliqError && error.code !== "ERR_INTERNAL") {
    process.stderr.write(`eliq: ${error.message} [${error.code}]\n`);
    return exitCodeOf(error.code);
  }
  process.stderr.write(`eliq: ${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCode.cannotRun;
}

/** A reader that has seen enough, such as `head`, ends the program without a word. */
function endQuietlyOnBrokenPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCode.ok);
    throw error;
  });
}

endQuietlyOnBrokenPipe();
const args = process.argv.slice(2);
process.exitCode = await main(args).catch((error: unknown) => report(error, args[0]));
