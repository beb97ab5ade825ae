/** What `eliq doctor` looks at: the tools, LibTorch, the addon, the devices and the shipped model, each with its remedy. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EliqError } from "../errors.js";
import { readModel } from "../models/directory.js";
import { verifyWeights } from "../models/weights.js";
import { type BuildRecord, readBuildRecord } from "../native/build-record.js";
import { findLibTorch, type LibTorch } from "../native/libtorch.js";
import { addonPath, cacheDirectory, isOffline, packageRoot, recordPath, setupCommand } from "../native/paths.js";
import { type Probe, probeAddon } from "../native/probe.js";
import { sourceHash } from "../native/source-hash.js";
import { findCMake, findCompiler, findPython, type Tool } from "../native/toolchain.js";

/** Something that keeps eliq from working, with what to do about it. */
export interface Problem {
  what: "addon" | "model";
  code: string;
  message: string;
}

export interface Diagnosis {
  /** No problems: an image can be scored. */
  ok: boolean;
  eliq: string;
  node: { version: string; napi: string; platform: string; arch: string };
  /** What a build would use; null where it is not there. Only needed by set-up. */
  tools: { compiler: Tool | null; cmake: Tool | null; python3: Tool | null };
  libtorch: { found: LibTorch | null; passed: { source: string; reason: string }[] };
  addon: { state: "ok" | "stale" | "missing" | "broken"; path: string; record: BuildRecord | null };
  devices: { name: string; available: boolean; detail: string }[];
  model: { directory: string | null; id: string | null; alignment: string | null };
  cache: string;
  offline: boolean;
  problems: Problem[];
  /** What is worth knowing and keeps nothing from working. */
  notes: string[];
}

/** Looks at everything. The addon is loaded in a child process, so that one that crashes is reported like the rest. */
export async function diagnose(): Promise<Diagnosis> {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
  const problems: Problem[] = [];
  const notes: string[] = [];
  const probe = probeAddon();
  const addon = inspectAddon(probe, problems, notes);
  const model = await inspectModel(problems);
  return {
    ok: problems.length === 0,
    eliq: version,
    node: {
      version: process.version,
      napi: process.versions.napi ?? "none",
      platform: process.platform,
      arch: process.arch,
    },
    tools: { compiler: findCompiler() ?? null, cmake: findCMake() ?? null, python3: findPython() ?? null },
    libtorch: inspectLibTorch(notes),
    addon,
    devices: [
      {
        name: "cpu",
        available: probe.ok,
        detail: probe.ok ? `instruction set ${probe.info.cpuCapability}` : "the native addon does not load",
      },
      { name: "cuda", available: false, detail: "not built in this version of eliq" },
    ],
    model,
    cache: cacheDirectory(),
    offline: isOffline(),
    problems,
    notes,
  };
}

function inspectAddon(probe: Probe, problems: Problem[], notes: string[]): Diagnosis["addon"] {
  const record = readBuildRecord(recordPath) ?? null;
  if (!probe.ok) {
    const remedy = probe.message.includes(setupCommand()) ? "" : ` Run \`${setupCommand()}\`.`;
    problems.push({ what: "addon", code: probe.code, message: probe.message + remedy });
    return { state: existsSync(addonPath) ? "broken" : "missing", path: addonPath, record };
  }
  const stale = record?.sourceHash !== sourceHash(packageRoot);
  if (stale) notes.push(`The native sources have changed since the addon was built. Run \`${setupCommand()}\`.`);
  return { state: stale ? "stale" : "ok", path: addonPath, record };
}

function inspectLibTorch(notes: string[]): Diagnosis["libtorch"] {
  try {
    const { found, passed } = findLibTorch();
    return { found: found ?? null, passed };
  } catch (error) {
    notes.push((error as Error).message);
    return { found: null, passed: [] };
  }
}

async function inspectModel(problems: Problem[]): Promise<Diagnosis["model"]> {
  try {
    const model = await readModel();
    await verifyWeights(model);
    const { trained, reason } = model.alignment;
    const alignment = trained ? "trained" : `not trained${reason ? `: ${reason}` : ""}`;
    return { directory: model.directory, id: model.id, alignment };
  } catch (error) {
    const { code = "ERR_INTERNAL", message } = error as EliqError;
    problems.push({ what: "model", code, message });
    return { directory: null, id: null, alignment: null };
  }
}
