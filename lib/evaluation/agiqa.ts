/** Reader of AGIQA-3K (Li et al., "AGIQA-3K: An open database for AI-generated image quality assessment", IEEE TCSVT 34(8), 2024). */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { EliqError } from "../errors.js";

/** Columns of the published data.csv (github.com/lcysyzxdxc/AGIQA-3k-Database). */
const COLUMNS = ["name", "prompt", "adj1", "adj2", "style", "mos_quality", "std_quality", "mos_align", "std_align"];

/** One image with its mean opinions, about 0 to 5, higher is better. */
export interface OpinionItem {
  name: string;
  /** Where the file is. */
  path: string;
  prompt: string;
  /** First part of the file's name: AttnGAN, DALLE2, glide, midjourney, sd1.5, xl2.2. */
  generator: string;
  /** How the generator was run: normal, lowstep, highcorr, lowcorr. */
  variant: string;
  quality: number;
  alignment: number;
}

/** A set of images with opinions. */
export interface OpinionSet {
  name: string;
  items: OpinionItem[];
  /** Lines left out, and why: a missing image, an opinion that is no number. */
  problems: { name: string; reason: string }[];
}

/**
 * Reads `<directory>/data.csv`; the images lie beside it or in `<directory>/images`. A line without its image or without numbers is
 * reported in `problems`.
 *
 * @throws EliqError ERR_IO when there is no data.csv, ERR_INVALID_ARGUMENT when it has other columns.
 */
export async function readAgiqa(directory: string): Promise<OpinionSet> {
  const table = join(directory, "data.csv");
  const text = await readFile(table, "utf8").catch((cause: unknown) => {
    throw new EliqError("ERR_IO", `${table} cannot be read; give the folder that holds AGIQA-3K's data.csv.`, {
      cause,
    });
  });
  const records = parseRecords(text, table);
  const images = await findImages(directory);
  const set: OpinionSet = { name: "AGIQA-3K", items: [], problems: [] };
  for (const record of records) {
    const name = record.name ?? "";
    const path = images.get(name);
    const quality = toNumber(record.mos_quality);
    const alignment = toNumber(record.mos_align);
    if (path === undefined) set.problems.push({ name, reason: "the image is missing" });
    else if (Number.isNaN(quality) || Number.isNaN(alignment))
      set.problems.push({ name, reason: "an opinion is no number" });
    else {
      const [generator = "", variant = ""] = name.split("_");
      set.items.push({ name, path, prompt: record.prompt ?? "", generator, variant, quality, alignment });
    }
  }
  return set;
}

function parseRecords(text: string, table: string): Record<string, string>[] {
  let records: Record<string, string>[];
  try {
    records = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    throw new EliqError("ERR_INVALID_ARGUMENT", `${table} is not a well-formed CSV table.`, { cause });
  }
  const missing = COLUMNS.filter((column) => records[0] !== undefined && !(column in records[0]));
  if (records.length === 0 || missing.length > 0) {
    const lack = records.length === 0 ? "any lines" : `the columns ${missing.join(", ")}`;
    throw new EliqError("ERR_INVALID_ARGUMENT", `${table} does not have ${lack}; is it AGIQA-3K's table?`);
  }
  return records;
}

/** Path by file name, of the folder itself and of its folder `images`. */
async function findImages(directory: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of [directory, join(directory, "images")]) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) found.set(name, join(folder, name));
  }
  return found;
}

/** Number("") is 0, which is no opinion. */
function toNumber(text: string | undefined): number {
  return text === undefined || text === "" ? Number.NaN : Number(text);
}
