/** Commands that have subcommands, such as `eliq prompts list`. */
import { exitCode, UsageError } from "./usage.js";

/** What the overview of a command with subcommands says. */
export interface CommandGroup {
  /** The command's name, which is also the folder of its subcommands: commands/<name>/<subcommand>.js. */
  name: string;
  /** A paragraph or two below the usage line. */
  about: string;
  /** Command lines. */
  examples: readonly string[];
}

interface Subcommand {
  run(args: string[]): Promise<number>;
}

/**
 * Runs the subcommand that the arguments begin with; prints the overview for --help.
 * @param subcommands every subcommand with its line in the overview; each is imported when it is called.
 * @param args the command line after the command's name.
 * @returns the exit code.
 * @throws UsageError when there is no such subcommand.
 */
export async function dispatch(
  command: CommandGroup,
  subcommands: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) {
    process.stdout.write(overview(command, subcommands));
    return exitCode.ok;
  }
  if (name === "help") return dispatch(command, subcommands, [rest[0] as string, "--help"]);
  const known = Object.keys(subcommands).join(", ");
  if (name === undefined) throw new UsageError(`\`eliq ${command.name}\` needs a subcommand: ${known}.`);
  if (!Object.hasOwn(subcommands, name)) {
    throw new UsageError(`There is no subcommand "eliq ${command.name} ${name}"; there are ${known}.`);
  }
  const subcommand = (await import(`./commands/${command.name}/${name}.js`)) as Subcommand;
  return subcommand.run(rest);
}

function overview({ name, about, examples }: CommandGroup, subcommands: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(subcommands).map((subcommand) => subcommand.length)) + 1;
  const lines = Object.entries(subcommands).map(([subcommand, line]) => `  ${subcommand.padEnd(width)} ${line}`);
  return `Usage: eliq ${name} <subcommand> [options]

${about}

Subcommands:
${lines.join("\n")}

  eliq ${name} <subcommand> --help   options and examples of a subcommand

Examples:
${examples.map((example) => `  ${example}`).join("\n")}
`;
}
