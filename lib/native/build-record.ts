/** The record that CMake writes beside the addon (native/cmake/BuildRecord.cmake): what it was built from and with. */
import { readFileSync } from "node:fs";

export interface BuildRecord {
  /** Version of this package. */
  eliq: string;
  /** LibTorch version in the headers, e.g. "2.13.0". */
  libtorch: string;
  /** Folder whose lib/ the addon's run path names. */
  prefix: string;
  /** Compiler and version, e.g. "GNU 12.2.0". */
  compiler: string;
  /** Node-API version that the addon needs. */
  napi: number;
  platform: string;
  arch: string;
  /** {@link sourceHash} of what it was compiled from. */
  sourceHash: string;
}

/** The record at `path`; undefined when it is missing or not one. */
export function readBuildRecord(path: string): BuildRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as BuildRecord;
    return typeof record.libtorch === "string" && typeof record.prefix === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}
