/** Lists of images: CSV or JSON Lines with a column `image` and, if wanted, one `prompt`; read as a stream. */
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { EliqError } from "../errors.js";
import { isHttpUrl } from "../images/source.js";
import type { Listed } from "./listing.js";
import { UsageError } from "./usage.js";

/**
 * The images of a list. Relative paths are relative to the list's own folder. A line of JSON Lines that cannot be read becomes
 * an error in its place; a CSV without the column `image` is a mistake in usage.
 */
export async function* readList(path: string): AsyncGenerator<Listed, void, void> {
  const extension = extname(path).toLowerCase();
  if (extension !== ".csv" && extension !== ".jsonl" && extension !== ".ndjson") {
    throw new UsageError(`--from needs a .csv or .jsonl file, not ${path}.`);
  }
  await access(path).catch((cause: unknown) => {
    throw new UsageError(`--from: ${path} cannot be read.`, { cause });
  });
  const rows = extension === ".csv" ? readCsv(path) : readJsonLines(path);
  const folder = dirname(path);
  for await (const row of rows) {
    if ("error" in row || isHttpUrl(row.path)) yield row;
    else yield { ...row, image: resolve(folder, row.path) };
  }
}

async function* readCsv(path: string): AsyncGenerator<Listed, void, void> {
  const { parse, CsvError } = await import("csv-parse");
  const rows = createReadStream(path).pipe(
    parse({
      bom: true,
      skip_empty_lines: true,
      columns: (header: string[]) => {
        const names = header.map((name) => name.trim());
        if (names.includes("image")) return names;
        throw new UsageError(`${path} has no column "image"; its columns are ${names.join(", ")}.`);
      },
    }),
  );
  try {
    for await (const { image, prompt } of rows as AsyncIterable<Record<string, string>>) {
      if (!image) yield unreadable(path, 'a row has nothing in its column "image"');
      else yield { path: image, image, prompt: prompt || undefined };
    }
  } catch (cause) {
    if (cause instanceof CsvError) throw new UsageError(`${path} is not valid CSV: ${cause.message}.`, { cause });
    throw cause;
  }
}

async function* readJsonLines(path: string): AsyncGenerator<Listed, void, void> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const text = number === 1 ? line.replace(/^\ufeff/, "") : line;
    if (text.trim() !== "") yield parseLine(text, `${path}:${number}`);
  }
}

function parseLine(text: string, place: string): Listed {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (cause) {
    return unreadable(place, `the line is not JSON (${(cause as Error).message})`);
  }
  const { image, prompt } = (row ?? {}) as { image?: unknown; prompt?: unknown };
  if (typeof image !== "string" || image === "") return unreadable(place, 'the line needs "image", a path or URL');
  if (prompt === undefined || prompt === null) return { path: image, image };
  if (typeof prompt !== "string") return unreadable(place, '"prompt" must be a string');
  return { path: image, image, prompt };
}

function unreadable(place: string, problem: string): Listed {
  return { path: place, error: new EliqError("ERR_INVALID_ARGUMENT", `${place}: ${problem}.`) };
}
