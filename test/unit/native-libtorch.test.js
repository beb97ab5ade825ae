// @ts-check
// What is read from LibTorch's headers and from a wheel's metadata.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { isSupported, readLibTorchVersion } from "../../dist/native/libtorch.js";
import { siblings } from "../../dist/native/libtorch-fetch.js";

t.test("the version in the headers", async (t) => {
  const text =
    "#pragma once\n#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 11\n#define TORCH_VERSION_PATCH 0\n";
  for (const place of ["torch/headeronly", "torch/csrc/api/include/torch"]) {
    const prefix = t.testdir({});
    mkdirSync(join(prefix, "include", place), { recursive: true });
    writeFileSync(join(prefix, "include", place, "version.h"), text);
    t.equal(readLibTorchVersion(prefix), "2.11.0", place);
  }
});

t.test("a version.h that only includes the other one is passed over", async (t) => {
  const prefix = t.testdir({
    include: {
      torch: { csrc: { api: { include: { torch: { "version.h": "#include <torch/headeronly/version.h>\n" } } } } },
    },
  });
  t.equal(readLibTorchVersion(prefix), undefined);
  t.equal(readLibTorchVersion(join(prefix, "nowhere")), undefined);
});

t.test("supported versions", async (t) => {
  for (const version of ["2.11.0", "2.13.0", "2.15.2"]) t.ok(isSupported(version), version);
  for (const version of ["2.10.1", "2.16.0", "1.13.0", "3.13.0", "2.1.0"]) t.notOk(isSupported(version), version);
});

t.test("the wheels that a torch wheel needs beside it", async (t) => {
  t.same(
    siblings('Requires-Dist: cuda-toolkit[cublas,cudart,cupti]==13.0.3; platform_system == "Linux"\n'),
    ["nvidia-cuda-runtime==13.0.*", "nvidia-cuda-cupti==13.0.*"],
    "through the meta-package",
  );
  t.same(
    siblings(
      'Requires-Dist: nvidia-cuda-nvrtc-cu12==12.8.93; platform_system == "Linux"\nRequires-Dist: nvidia-cuda-runtime-cu12==12.8.90; platform_system == "Linux"\nRequires-Dist: nvidia-cuda-cupti-cu12 (==12.8.90) ; platform_system == "Linux"\n',
    ),
    ["nvidia-cuda-runtime-cu12==12.8.90", "nvidia-cuda-cupti-cu12==12.8.90"],
    "named one by one",
  );
  t.same(siblings("Requires-Dist: sympy>=1.13.3\nRequires-Dist: filelock\n"), [], "a CPU build");
});
