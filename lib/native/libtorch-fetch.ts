/**
 * Fetches LibTorch into the cache with pip. What pip brings is PyTorch's wheel, of which the headers and the CPU
 * libraries are kept; a CUDA build's libtorch_cpu is linked to libcudart and libcupti, which come from sibling wheels.
 *
 * Everything happens in a `.partial` folder beside the final place, with a record of finished steps in it, so that a
 * set-up that was killed goes on with the step that it was in; the folder is renamed when whole.
 */
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EliqError } from "../errors.js";
import { withLock } from "../files/lock.js";
import { runCommand } from "./command.js";
import {
  cachedPrefix,
  type LibTorch,
  type LibTorchManifest,
  readLibTorchVersion,
  readManifest,
  referenceVersion,
} from "./libtorch.js";
import { isOffline } from "./paths.js";
import { formatBytes, type Report } from "./report.js";
import { requirePip } from "./toolchain.js";
import { type ExtractedLibraries, extractWheel, readWheelMetadata } from "./wheel.js";

/** Free space that the fetch needs for the largest case, a CUDA build: the wheel and what is unpacked from it. */
const spaceNeeded = 1.2e9;

interface WheelStep {
  requirement: string;
  file: string;
  size: number;
  sha256: string;
  /** Present once it has been unpacked. */
  libraries?: ExtractedLibraries;
}

/** steps.json in the partial folder: what is finished. */
interface Steps {
  wheels: WheelStep[];
}

/** Where one fetch works. */
interface Workplace {
  partial: string;
  python: string;
  steps: Steps;
  report: Report;
}

/**
 * The LibTorch of the cache, fetched unless it is there.
 *
 * @throws EliqError ERR_OFFLINE when `ELIQ_OFFLINE` forbids it; ERR_SETUP when python3, pip, space or the network is
 * missing.
 */
export async function fetchLibTorch(report: Report): Promise<LibTorch> {
  const prefix = cachedPrefix();
  if (isOffline()) {
    throw new EliqError(
      "ERR_OFFLINE",
      `No LibTorch was found, and ELIQ_OFFLINE forbids fetching one. Set ELIQ_LIBTORCH to the folder of a LibTorch ${referenceVersion}, fill ${prefix} on a machine with a network, or unset ELIQ_OFFLINE.`,
    );
  }
  const python = requirePip().path;
  const waiting = (pid: number) => report.line(`Another set-up (process ${pid}) is fetching LibTorch; waiting for it.`);
  await withLock(`${prefix}.lock`, () => fillCache(prefix, python, report), waiting);
  const version = readLibTorchVersion(prefix);
  if (!version)
    throw new EliqError("ERR_SETUP", `What was fetched into ${prefix} is not a LibTorch. Remove it and try again.`);
  return { prefix: realpathSync(prefix), version, source: "pip" };
}

/**
 * Compares every library of a fetched LibTorch with the digest recorded when it was unpacked.
 *
 * @returns the path of the first that differs; undefined when all are as they were.
 */
export async function findDamage(prefix: string): Promise<string | undefined> {
  for (const [path, { sha256 }] of Object.entries(readManifest(prefix)?.libraries ?? {})) {
    const file = join(prefix, path);
    if (!existsSync(file) || (await digest(file)) !== sha256) return file;
  }
  return undefined;
}

async function fillCache(prefix: string, python: string, report: Report): Promise<void> {
  if (readManifest(prefix) && (await findDamage(prefix)) === undefined) return;
  const partial = `${prefix}.partial`;
  mkdirSync(partial, { recursive: true });
  await requireSpace(partial);
  report.line(`LibTorch ${referenceVersion}: fetching the PyTorch wheel with pip into ${prefix}`);
  const work: Workplace = { partial, python, steps: readSteps(partial), report };
  const torch = await download(work, `torch==${referenceVersion}`);
  for (const requirement of siblings(readWheelMetadata(python, join(partial, torch.file))))
    await download(work, requirement);
  for (const wheel of work.steps.wheels) await unpack(work, wheel);
  finish(work, prefix);
}

async function requireSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= spaceNeeded) return;
  throw new EliqError(
    "ERR_SETUP",
    `${folder} has ${formatBytes(bavail * bsize)} free, and fetching LibTorch needs ${formatBytes(spaceNeeded)}. Free some, or set ELIQ_CACHE to a folder on another disk.`,
  );
}

/**
 * The wheels that hold libcudart and libcupti, as a torch wheel's metadata pins them: in "nvidia-cuda-runtime-cu12==…"
 * style, or through the meta-package "cuda-toolkit[…]==13.0.3"; none for a CPU build.
 */
export function siblings(metadata: string): string[] {
  const direct = [
    ...metadata.matchAll(/^Requires-Dist: *(nvidia-cuda-(?:runtime|cupti)(?:-cu\d+)?) *\(?(==[^;)\s]+)/gm),
  ];
  if (direct.length > 0) return direct.map(([, name, version]) => `${name}${version}`);
  const toolkit = /^Requires-Dist: *cuda-toolkit(?:\[[^\]]*\])? *\(?==(\d+\.\d+)/m.exec(metadata)?.[1];
  return toolkit ? ["nvidia-cuda-runtime", "nvidia-cuda-cupti"].map((name) => `${name}==${toolkit}.*`) : [];
}

function readSteps(partial: string): Steps {
  try {
    return JSON.parse(readFileSync(join(partial, "steps.json"), "utf8")) as Steps;
  } catch {
    return { wheels: [] };
  }
}

function writeSteps({ partial, steps }: Workplace): void {
  const path = join(partial, "steps.json");
  writeFileSync(`${path}.new`, JSON.stringify(steps, null, 2));
  renameSync(`${path}.new`, path);
}

/** The wheel of `requirement`, downloaded unless a finished step has it and its digest is still the recorded one. */
async function download(work: Workplace, requirement: string): Promise<WheelStep> {
  const { partial, steps, report } = work;
  const kept = steps.wheels.find((wheel) => wheel.requirement === requirement);
  if (kept) {
    const path = join(partial, kept.file);
    if (existsSync(path) && (await digest(path)) === kept.sha256) {
      report.line(`  ${kept.file}: already downloaded (${formatBytes(kept.size)}), checksum verified`);
      return kept;
    }
    report.line(`  ${kept.file}: the file does not have the recorded checksum; downloading it again`);
    rmSync(path, { force: true });
    steps.wheels.splice(steps.wheels.indexOf(kept), 1);
    writeSteps(work);
  }
  const file = await pipDownload(work, requirement);
  const size = statSync(join(partial, file)).size;
  const wheel: WheelStep = { requirement, file, size, sha256: await digest(join(partial, file)) };
  steps.wheels.push(wheel);
  writeSteps(work);
  report.line(`  ${file}: ${formatBytes(size)}, sha256 ${wheel.sha256}`);
  return wheel;
}

/** Runs pip; the file reaches the partial folder by a rename, so that one there is whole. */
async function pipDownload({ partial, python, report }: Workplace, requirement: string): Promise<string> {
  const incoming = join(partial, "incoming");
  const temporary = join(partial, "tmp");
  for (const folder of [incoming, temporary]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  const watch = watchDownload(temporary, report);
  // The Python code in the wheel is not used, so one Python version's wheel serves whatever python3 is here.
  const options = ["--no-deps", "--only-binary=:all:", "--python-version=3.12", "--no-cache-dir", "--progress-bar=off"];
  const result = await runCommand(
    python,
    ["-m", "pip", "download", ...options, "--disable-pip-version-check", "--dest", incoming, requirement],
    { log: join(partial, "pip.log"), env: { ...process.env, TMPDIR: temporary }, onLine: watch.onLine },
  ).finally(watch.stop);
  const file = readdirSync(incoming).find((name) => name.endsWith(".whl"));
  if (result.status !== 0 || !file) {
    const reasons = result.tail.filter((line) => /^(ERROR|error)/.test(line));
    throw new EliqError(
      "ERR_SETUP",
      `pip could not download ${requirement}: ${(reasons.length > 0 ? reasons : result.tail.slice(-3)).join(" ") || "it said nothing"}. Its whole output is in ${join(partial, "pip.log")}. Behind a proxy set HTTPS_PROXY, for another index PIP_INDEX_URL; or set ELIQ_LIBTORCH to the folder of a LibTorch that you have.`,
    );
  }
  renameSync(join(incoming, file), join(partial, file));
  return file;
}

/** Progress of a running pip: it names the file and its size, and the file grows in its temporary folder. */
function watchDownload(temporary: string, report: Report): { onLine: (line: string) => void; stop: () => void } {
  let name = "";
  let total = 0;
  const started = Date.now();
  const timer = setInterval(() => {
    if (!name) return;
    const bytes = sizeOfTree(temporary);
    const rate = bytes / Math.max((Date.now() - started) / 1000, 1);
    report.progress(`  ${name}`, total ? bytes / total : undefined, `${formatBytes(bytes)}, ${formatBytes(rate)}/s`);
  }, 500);
  return {
    onLine(line) {
      const match = /^\s*Downloading (\S+) \(([\d.]+) ?([kMG])B\)/.exec(line);
      if (!match) return;
      name = match[1]?.split("/").at(-1) ?? "";
      total = Number(match[2]) * { k: 1e3, M: 1e6, G: 1e9 }[match[3] as "k" | "M" | "G"];
      report.line(`  ${match[1]} (${match[2]} ${match[3]}B)`);
    },
    stop: () => clearInterval(timer),
  };
}

function sizeOfTree(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      bytes += statSync(join(entry.parentPath ?? entry.path, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

async function unpack(work: Workplace, wheel: WheelStep): Promise<void> {
  if (wheel.libraries) return;
  const { partial, python, report } = work;
  wheel.libraries = await extractWheel(python, join(partial, wheel.file), join(partial, "tree"), (done) =>
    report.progress(`  unpacking ${wheel.file}`, done),
  );
  writeSteps(work);
}

function finish({ partial, steps, report }: Workplace, prefix: string): void {
  const tree = join(partial, "tree");
  const manifest: LibTorchManifest = {
    format: "eliq-libtorch",
    version: readLibTorchVersion(tree) ?? "unknown",
    wheels: steps.wheels.map(({ file, size, sha256 }) => ({ file, size, sha256 })),
    libraries: Object.assign({}, ...steps.wheels.map(({ libraries }) => libraries ?? {})),
  };
  writeFileSync(join(tree, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(dirname(prefix), { recursive: true });
  renameSync(tree, prefix);
  rmSync(partial, { recursive: true, force: true });
  report.line(`  kept ${formatBytes(sizeOfTree(prefix))} in ${prefix}`);
}

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
