/** The versions that rendered pixels depend on. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { packageRoot } from "../../native/paths.js";
import type { Header } from "./schema.js";

/** Something about a manifest that its reader should know and that does not keep it from being read. */
export interface ManifestWarning {
  /** WARN_ENVIRONMENT: made with other versions; WARN_PIXELS: a picture made again differs from the recorded one. */
  readonly code: "WARN_ENVIRONMENT" | "WARN_PIXELS";
  readonly message: string;
}

/** What this process would make pictures with. */
export function currentEnvironment(): Header["environment"] {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
  return {
    eliq: version,
    sharp: sharp.versions.sharp ?? "unknown",
    libvips: sharp.versions.vips,
    platform: `${process.platform}-${process.arch}`,
  };
}

/** Names the versions that differ from those a manifest was made with; undefined when none does. */
export function compareEnvironment(made: Header["environment"]): ManifestWarning | undefined {
  const here = currentEnvironment();
  const names = ["eliq", "sharp", "libvips", "platform"] as const;
  const differences = names.filter((name) => made[name] !== here[name]);
  if (differences.length === 0) return undefined;
  const list = differences.map((name) => `${name} ${made[name]} (here ${here[name]})`).join(", ");
  return {
    code: "WARN_ENVIRONMENT",
    message: `The pairs were made with ${list}; pictures made again may differ in their pixels. Build the pairs anew where that matters.`,
  };
}
