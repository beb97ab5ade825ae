/** One hash for everything that the addon is compiled from; native/cmake/BuildRecord.cmake computes the same. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders of native/ that no part of the addon is compiled from. */
const outside = new Set(["test", "fuzz"]);

/**
 * sha256 over the lines `<sha256 of file>  <path>\n` of CMakeLists.txt and every file of native/ but its tests, sorted
 * by path.
 *
 * @param root the package's folder.
 */
export function sourceHash(root: string): string {
  const files = ["CMakeLists.txt"];
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isFile()) files.push(path);
      else if (entry.isDirectory() && !(folder === "native" && outside.has(entry.name))) walk(path);
    }
  };
  walk("native");
  const all = createHash("sha256");
  for (const file of files.sort()) all.update(`${sha256(readFileSync(join(root, file)))}  ${file}\n`);
  return all.digest("hex");
}

function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
