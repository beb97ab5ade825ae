/** `eliq embed`. */
import { parseArgs } from "node:util";
import type { Embedding } from "../../eliq.js";
import { countImages, type Outcome, overImages, Tally } from "../images.js";
import { interruptible } from "../interrupt.js";
import { readList } from "../list-file.js";
import { listImages } from "../listing.js";
import { NpyWriter } from "../npy.js";
import { loadModel, modelOptions, modelOptionsHelp } from "../options.js";
import { createProgress } from "../progress.js";
import { exitCode, UsageError } from "../usage.js";

const help = `Usage: eliq embed [options] <image|folder|glob|url>...
       eliq embed [options] --from <list.csv|list.jsonl>

Prints one JSON object a line for each image, in order: {"path", "ok": true, "embedding": [...], "model"} or {"path",
"ok": false, "code", "message"}. An embedding has Euclidean norm 1, so the dot product of two is their cosine similarity.

Options:
  --from <list>        read images from a list with a column image; relative paths are relative to the list
  --npy <file>         write the embeddings as a NumPy float32 matrix instead; the lines then
                       have "row", the image's row in it, in place of "embedding"
${modelOptionsHelp}

Examples:
  eliq embed image.png
  eliq embed renders/ --npy renders.npy > rows.jsonl

Exit codes: 0 all done; 1 some images failed; 2 wrong usage; 3 cannot run; 130 interrupted (what was done is kept).
`;

const options = { ...modelOptions, from: { type: "string" }, npy: { type: "string" } } as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const { from, npy } = values;
  if (from === undefined && positionals.length === 0) throw new UsageError("No image was given.");
  if (from !== undefined && positionals.length > 0) throw new UsageError("Give images or --from, not both.");
  const list = () => (from === undefined ? listImages(positionals) : readList(from));

  return interruptible(async (signal) => {
    await using eliq = await loadModel(values, signal);
    const matrix = npy === undefined ? undefined : await NpyWriter.create(npy, eliq.embeddingDimension);
    const progress = createProgress({ label: "Embedding" });
    if (process.stderr.isTTY) void countImages(list(), progress);
    const tally = new Tally();
    try {
      for await (const { path, result } of overImages(list(), ({ image }) => eliq.embed(image, { signal }))) {
        tally.add(result);
        progress.clear();
        process.stdout.write(`${JSON.stringify(await toLine(path, result, matrix))}\n`);
        progress.update(tally.total);
      }
    } finally {
      await matrix?.close();
    }
    progress.finish();
    tally.summarise("Embedded", signal.aborted);
    return tally.exitCode(signal.aborted);
  });
}

async function toLine(path: string, result: Outcome<Embedding>, matrix: NpyWriter | undefined): Promise<object> {
  if (!result.ok) return { path, ok: false, code: result.error.code, message: result.error.message };
  const { vector, model } = result.value;
  const where = matrix ? { row: await matrix.append(vector) } : { embedding: Array.from(vector) };
  return { path, ok: true, ...where, model };
}
