/** `eliq pairs gallery`. */
import { parseArgs } from "node:util";
import { writeAtomically } from "../../../files/atomic.js";
import { makeGallery } from "../../../pairs/gallery/gallery.js";
import { PairManifest } from "../../../pairs/index.js";
import { interruptible } from "../../interrupt.js";
import { wholeOf } from "../../options.js";
import { createProgress } from "../../progress.js";
import { exitCode, UsageError } from "../../usage.js";

const help = `Usage: eliq pairs gallery [options] <manifest|folder>

Writes one self-contained HTML page that shows good pictures with their negatives by family and level, so that a person sees
at a glance whether the damage looks right.

Options:
  --output <file>      page to write (default: gallery.html)
  --per-family <n>     examples of each family at most (default: 2)
  --size <px>          longer side of a picture (default: 256)
  -h, --help           this text

Examples:
  eliq pairs gallery pairs --output pairs.html
  eliq pairs gallery pairs --per-family 4 --size 384

Exit codes: 0 done; 1 some families have no chain in the manifest; 2 wrong usage; 3 cannot run; 130 interrupted.
`;

const options = {
  output: { type: "string" },
  "per-family": { type: "string" },
  size: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError("Give one manifest.");
  const perFamily = wholeOf(values, "per-family", 1) ?? 2;
  const size = wholeOf(values, "size", 16) ?? 256;
  const output = values.output ?? "gallery.html";
  return interruptible(async (signal) => {
    const progress = createProgress({ label: "Families" });
    const onProgress = (done: number, total: number) => {
      progress.setTotal(total);
      progress.update(done);
    };
    const gallery = await makeGallery(await PairManifest.open(path), { perFamily, size, signal, onProgress });
    await writeAtomically(output, gallery.html);
    progress.finish();
    process.stdout.write(
      `Wrote ${output}: ${gallery.pictures} pictures, ${(gallery.html.length / 1e6).toFixed(1)} MB.\n`,
    );
    if (gallery.missing.length === 0) return exitCode.ok;
    process.stderr.write(`eliq: the manifest has no chain of ${gallery.missing.join(", ")}.\n`);
    return exitCode.someFailed;
  });
}
