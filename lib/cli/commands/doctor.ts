/** `eliq doctor`: whether this installation works, and if not, what to do. */
import { parseArgs } from "node:util";
import type { Tool } from "../../native/toolchain.js";
import { type Diagnosis, diagnose } from "../diagnosis.js";
import { exitCode } from "../usage.js";

const help = `Usage: eliq doctor [options]

Checks the installation and says what to do about what is wrong: versions, LibTorch, the native addon (loaded in a child
process), devices and the shipped model.

Options:
  --json      print everything as JSON
  -h, --help  this text

Exit codes: 0 an image can be scored; 3 it cannot.

Examples:
  eliq doctor
  eliq doctor --json
`;

/**
 * @param args the command line after `doctor`.
 * @returns exit code.
 */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const diagnosis = await diagnose();
  process.stdout.write(values.json ? `${JSON.stringify(diagnosis, null, 2)}\n` : `${describe(diagnosis).join("\n")}\n`);
  return diagnosis.ok ? exitCode.ok : exitCode.cannotRun;
}

function describe(diagnosis: Diagnosis): string[] {
  const { eliq, node, tools, libtorch, addon, devices, model, cache, offline, problems, notes } = diagnosis;
  const rows: [string, string][] = [
    ["eliq", eliq],
    ["Node.js", `${node.version}, Node-API ${node.napi}, ${node.platform} ${node.arch}`],
    ["addon", describeAddon(addon)],
    ...devices.map(({ name, available, detail }): [string, string] => [
      `device ${name}`,
      `${available ? "yes" : "no"}, ${detail}`,
    ]),
    ["model", model.id ? `${model.id} at ${model.directory}; alignment ${model.alignment}` : "not usable"],
    ["LibTorch", describeLibTorch(libtorch)],
    ["compiler", describeTool(tools.compiler)],
    ["CMake", describeTool(tools.cmake)],
    ["python3", describeTool(tools.python3)],
    ["cache", `${cache}${offline ? " (ELIQ_OFFLINE is set: nothing is fetched)" : ""}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  for (const note of notes) lines.push("", `Note: ${note}`);
  for (const { what, code, message } of problems) lines.push("", `Problem with the ${what} [${code}]: ${message}`);
  lines.push("", problems.length === 0 ? "Everything works." : "Images cannot be scored until this is put right.");
  return lines;
}

function describeAddon({ state, path, record }: Diagnosis["addon"]): string {
  const built = record ? `, built with LibTorch ${record.libtorch} at ${record.prefix} by ${record.compiler}` : "";
  return state === "missing" ? "not built" : `${state}, ${path}${built}`;
}

function describeLibTorch({ found, passed }: Diagnosis["libtorch"]): string {
  if (found) return `${found.version} from ${found.source}, ${found.prefix}`;
  const reasons = passed.map(({ source, reason }) => `${source}: ${reason}`).join("; ");
  return `none (set-up would fetch it)${reasons ? `; ${reasons}` : ""}`;
}

function describeTool(tool: Tool | null): string {
  return tool ? `${tool.version}, ${tool.path}` : "not found (needed only by set-up)";
}
