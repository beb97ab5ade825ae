// @ts-check
// Small wheels in the layout of PyTorch's and NVIDIA's, for tests of fetching LibTorch.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const makeWheel = `
import base64, hashlib, json, sys, zipfile
path, files, spoil = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
record = ""
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
    for name, text in files.items():
        data = text.encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\\n"
        wheel.writestr(name, data + b"!" if name == spoil else data)
    info = next(iter(files)).split("/")[0]
    wheel.writestr(next(name for name in files if name.endswith("METADATA")).replace("METADATA", "RECORD"), record)
`;

/**
 * Wheels of a CUDA build of torch 2.13.0 and of the two siblings that it needs, each in a folder named by its requirement.
 * @param {string} folder
 * @param {{ spoil?: string }} [options] `spoil`: a file of the torch wheel whose content is not what RECORD says.
 */
export function makeWheels(folder, { spoil = "" } = {}) {
  const version = "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 13\n#define TORCH_VERSION_PATCH 0\n";
  write(folder, "torch==2.13.0", "torch-2.13.0-cp312-cp312-linux_x86_64.whl", spoil, {
    "torch/include/torch/headeronly/version.h": version,
    "torch/include/c10/core/Device.h": "#pragma once\n",
    "torch/lib/libtorch_cpu.so": "the CPU library\n".repeat(1000),
    "torch/lib/libc10.so": "c10\n",
    "torch/lib/libgomp.so.1": "gomp\n",
    "torch/lib/libshm.so": "shm\n",
    "torch/lib/libtorch_cuda.so": "must not be kept\n",
    "torch/lib/libc10_cuda.so": "must not be kept\n",
    "torch/lib/libtorch_python.so": "must not be kept\n",
    "torch/__init__.py": "raise SystemExit('must not be imported')\n",
    "torch-2.13.0.dist-info/METADATA":
      'Name: torch\nVersion: 2.13.0\nRequires-Dist: sympy>=1.13.3\nRequires-Dist: cuda-toolkit[cublas,cudart,cupti]==13.0.3; platform_system == "Linux"\n',
    "torch-2.13.0.dist-info/licenses/LICENSE": "a licence\n",
  });
  for (const [name, library] of [
    ["runtime", "libcudart"],
    ["cupti", "libcupti"],
  ]) {
    write(folder, `nvidia-cuda-${name}==13.0.x`, `nvidia_cuda_${name}-13.0.9-py3-none-linux_x86_64.whl`, "", {
      [`nvidia/cu13/lib/${library}.so.13`]: `${library}\n`,
      [`nvidia/cu13/lib/${library}_static.a`]: "must not be kept\n",
      [`nvidia/cu13/include/${library}.h`]: "must not be kept\n",
      [`nvidia_cuda_${name}-13.0.9.dist-info/METADATA`]: `Name: nvidia-cuda-${name}\nVersion: 13.0.9\n`,
    });
  }
}

/**
 * @param {string} folder
 * @param {string} requirement
 * @param {string} file
 * @param {string} spoil
 * @param {Record<string, string>} files
 */
function write(folder, requirement, file, spoil, files) {
  mkdirSync(join(folder, requirement), { recursive: true });
  const path = join(folder, requirement, file);
  execFileSync("python3", ["-I", "-c", makeWheel, path, JSON.stringify(files), spoil]);
}
