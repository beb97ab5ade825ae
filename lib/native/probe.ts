/** Loads the addon in a child process, so that one that kills its process is an answer here and not the end. */
import { spawnSync } from "node:child_process";
import type { EliqErrorCode } from "../errors.js";
import type { NativeBuildInfo } from "./addon.js";

export type Probe = { ok: true; info: NativeBuildInfo } | { ok: false; code: EliqErrorCode; message: string };

const marker = "eliq-probe:";

const program = `
const { loadAddon } = await import(${JSON.stringify(new URL("./load.js", import.meta.url).href)});
let answer;
try {
  answer = { ok: true, info: loadAddon().buildInfo() };
} catch (error) {
  answer = { ok: false, code: error.code ?? "ERR_INTERNAL", message: error.message };
}
process.stdout.write(${JSON.stringify(marker)} + JSON.stringify(answer) + "\\n");
`;

/** Whether the addon loads in a fresh process, with its build information or with what is wrong. */
export function probeAddon(): Probe {
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
    timeout: 120_000,
  });
  const line = child.stdout?.split("\n").find((text) => text.startsWith(marker));
  if (line) return JSON.parse(line.slice(marker.length)) as Probe;
  const end = child.signal ? `was killed by ${child.signal}` : `ended with status ${child.status}`;
  const last = child.stderr?.trim().split("\n").at(-1);
  return {
    ok: false,
    code: "ERR_ADDON_MISMATCH",
    message: `A process that loads the native addon ${end}${last ? `: ${last}` : ""}.`,
  };
}
