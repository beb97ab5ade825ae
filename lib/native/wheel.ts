/** Reads wheels with python3, which is there because pip is: their metadata, and the files of LibTorch in them. */
import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { EliqError } from "../errors.js";

/** What an extraction wrote: every library by its path in the tree. */
export type ExtractedLibraries = Record<string, { size: number; sha256: string }>;

const readMetadata = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA"))
    sys.stdout.write(wheel.read(name).decode("utf-8"))
`;

// Keeps torch/include, the CPU libraries of torch/lib and the two CUDA libraries that a CUDA build of libtorch_cpu is
// linked to; all libraries go to lib/, because $ORIGIN is in LibTorch's own run path. Every file is checked against the
// digest in the wheel's RECORD.
const extract = `
import base64, csv, hashlib, io, json, os, re, sys, zipfile
archive, tree = sys.argv[1:3]
unwanted = re.compile(r"(libtorch|libtorch_(cuda|python|nvshmem|global_deps|hip|xpu).*|libc10_(cuda|hip|xpu)|libcaffe2_nvrtc)\\.(so|dylib)(\\.|$)")
library = re.compile(r"\\.(so|dylib|dll|lib)(\\.\\d+)*$")

def target(name):
    parts = name.split("/")
    if parts[:2] == ["torch", "include"]:
        return "/".join(parts[1:])
    base = parts[-1]
    if (parts[:2] == ["torch", "lib"] and len(parts) == 3) or (parts[0] == "torch.libs" and len(parts) == 2):
        return "lib/" + base if library.search(base) and not unwanted.match(base) else None
    if parts[0] == "nvidia" and re.match(r"lib(cudart|cupti)\\.so\\.\\d+$", base):
        return "lib/" + base
    if ".dist-info/" in name and re.match(r"(LICEN[CS]E|NOTICE)", base, re.I) and len(parts) <= 3:
        return "licenses/" + parts[0].split("-")[0] + "/" + base
    return None

with zipfile.ZipFile(archive) as wheel:
    chosen = [(info, target(info.filename)) for info in wheel.infolist() if not info.is_dir() and target(info.filename)]
    record = next(name for name in wheel.namelist() if name.count("/") == 1 and name.endswith(".dist-info/RECORD"))
    digests = {row[0]: row[1] for row in csv.reader(io.StringIO(wheel.read(record).decode("utf-8"))) if row}
    total = sum(info.file_size for info, _ in chosen)
    done = 0
    libraries = {}
    for info, path in chosen:
        place = os.path.join(tree, *path.split("/"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        digest = hashlib.sha256()
        with wheel.open(info) as source, open(place, "wb") as out:
            while chunk := source.read(1 << 22):
                out.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if info.file_size > 1 << 22:
                    print(json.dumps({"done": done, "total": total}), flush=True)
        stated = digests.get(info.filename, "")
        if stated and stated != "sha256=" + base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode():
            sys.exit(info.filename + " does not have the digest that the wheel's RECORD states")
        if path.startswith("lib/"):
            libraries[path] = {"size": info.file_size, "sha256": digest.hexdigest()}
    print(json.dumps({"libraries": libraries}), flush=True)
`;

/** The METADATA file of a wheel. */
export function readWheelMetadata(python: string, wheel: string): string {
  return execFileSync(python, ["-I", "-c", readMetadata, wheel], { encoding: "utf8", maxBuffer: 1 << 26 });
}

/**
 * Writes what LibTorch needs of a wheel into `tree`.
 *
 * @param onProgress share done, in [0, 1].
 * @throws EliqError ERR_SETUP when the wheel is damaged or cannot be written out.
 */
export async function extractWheel(
  python: string,
  wheel: string,
  tree: string,
  onProgress: (done: number) => void,
): Promise<ExtractedLibraries> {
  const child = spawn(python, ["-I", "-c", extract, wheel, tree], { stdio: ["ignore", "pipe", "pipe"] });
  let libraries: ExtractedLibraries | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line) as { done: number; total: number } | { libraries: ExtractedLibraries };
    if ("libraries" in message) libraries = message.libraries;
    else onProgress(message.done / message.total);
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0 || !libraries) {
    const reason = errors.trim().split("\n").at(-1) || `python3 ended with status ${status}`;
    throw new EliqError("ERR_SETUP", `${wheel} could not be unpacked: ${reason}. Run the set-up again.`);
  }
  return libraries;
}
