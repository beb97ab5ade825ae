// Collects freely licensed pictures that Debian packages carry, as listed in debian-images.csv beside this file:
//
//   node scripts/data/debian-images.mjs <folder to write> [--packages <folder>]
//
// With --packages, <folder>/<package>/ holds the extracted packages (dpkg-deb -x). Otherwise they are fetched with apt-get download, which
// needs Debian 12; nothing is installed. Writes the files as they are and manifest.jsonl, a list for `eliq train` and `eliq pairs build`.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { hashFile } from "../../dist/files/hashes.js";
import { readSize } from "../../dist/pairs/preparation.js";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { packages: { type: "string" } } });
const [out] = positionals;
if (out === undefined) {
  console.error("Give the folder to write.");
  process.exit(2);
}
/** @type {Record<string, string>[]} */
const rows = parse(readFileSync(new URL("debian-images.csv", import.meta.url)), { columns: true });
const work = mkdtempSync(join(tmpdir(), "eliq-debian-"));
try {
  const packages = values.packages ?? fetchPackages();
  const lines = [];
  for (const [i, row] of rows.entries()) lines.push(await take(packages, row, i + 1));
  writeFileSync(join(out, "manifest.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  printCounts();
} finally {
  rmSync(work, { recursive: true });
}

/** Downloads and extracts the versions of the table. */
function fetchPackages() {
  for (const [name, version] of new Map(rows.map((row) => [row.package, row.version]))) {
    execFileSync("apt-get", ["download", `${name}=${version}`], { cwd: work, stdio: ["ignore", "ignore", "inherit"] });
    const file = readdirSync(work).find((found) => found.startsWith(`${name}_`) && found.endsWith(".deb"));
    execFileSync("dpkg-deb", ["-x", join(work, String(file)), join(work, String(name))]);
  }
  return work;
}

/**
 * Copies a file and describes it.
 * @param {string} packages @param {Record<string, string>} row @param {number} number
 */
async function take(packages, row, number) {
  const { package: name = "", version, path = "", sha256, licence, author, source, provenance, caption } = row;
  const file = join(packages, name, path);
  if (!existsSync(file) || (await hashFile(file)) !== sha256)
    throw new Error(`${file} is missing or is not the file of ${name} ${version}.`);
  const target = `${name}/${String(number).padStart(4, "0")}-${basename(path).replaceAll("@", "-")}`;
  mkdirSync(join(String(out), name), { recursive: true });
  copyFileSync(file, join(String(out), target));
  const { width, height } = await readSize(file);
  return {
    path: target,
    width,
    height,
    caption,
    language: "en",
    generator: null,
    kind: "photo",
    source_repo: `Debian ${name}`,
    version,
    source,
    licence,
    author,
    text_kind: "label",
    provenance,
    original_path: path,
    original_size: [width, height],
    encoding: "as in the package",
    bytes: statSync(file).size,
    sha256,
  };
}

function printCounts() {
  const counts = new Map();
  for (const { licence, provenance } of rows) {
    const key = `${licence}; ${provenance}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) console.log(`${String(count).padStart(4)}  ${key}`);
}
