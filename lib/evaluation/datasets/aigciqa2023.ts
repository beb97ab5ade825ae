/**
 * AIGCIQA2023 (Wang et al., "AIGCIQA2023: A Large-scale Image Quality Assessment Database for AI Generated Images", CICAI 2023): 2,400 images
 * of 100 prompts by 6 generators. Opinions about 0 to 100, higher is better; quality is read as quality, correspondence as alignment,
 * and authenticity is not read.
 */
import { basename } from "node:path";
import { EliqError } from "../../errors.js";
import type { DatasetReader, OpinionSet } from "./dataset.js";
import type { DatasetFolder } from "./folder.js";
import { MatFile } from "./mat.js";
import { noTable, openFolder } from "./open-folder.js";
import { opinionColumns, opinionFiles } from "./opinion-columns.js";
import { type OpinionLine, OpinionSetBuilder } from "./opinion-set.js";
import { type TableLayout, tableReader } from "./table-reader.js";
import { readTableLines, toNumber } from "./tables.js";

const name = "AIGCIQA2023";
const layout = {
  source:
    "github.com/wangjiarui153/AIGCIQA2023: transer.py (DATA/MOS/mosz*.mat), AIGCIQA2023.csv; github.com/JunFu1995/CLIP-AGIQA: datasets/datasets.py (generators)",
  verified: true,
};
const imageFolders = ["Image/allimg", "allimg", "Image", "images", ""];

/** Image 400 g + 4 p + k is the k-th of generator g for prompt p. */
const generators = ["Controlnet", "DALLE", "Glide", "Lafite", "stable-diffusion", "Unidiffuser"];
const imagesPerGenerator = 400;
const imagesPerPrompt = 4;
const imageCount = generators.length * imagesPerGenerator;
const promptCount = imagesPerGenerator / imagesPerPrompt;

const qualityFiles = ["DATA/MOS/", ""].map((folder) => folder + opinionFiles.aigciqa2023Quality);
const alignmentFiles = ["DATA/MOS/", ""].map((folder) => folder + opinionFiles.aigciqa2023Alignment);
const promptFiles = [
  "AIGCIQA2023_Prompts.xlsx",
  "AIGCIQA2023_Prompts.csv",
  "DATA/MOS/AIGCIQA2023_Prompts.csv",
  "prompts.xlsx",
];

const csvLayout: TableLayout = {
  file: "AIGCIQA2023.csv",
  columns: ["name", "prompt", ...opinionColumns.aigciqa2023],
  line: ({ name: image = "", prompt, quality_mos, correspondence_mos }) => ({
    ...describe(image, Number.parseInt(image, 10), prompt),
    quality: toNumber(quality_mos),
    alignment: toNumber(correspondence_mos),
  }),
};
const csvReader = tableReader({ id: "aigciqa2023", name, layout, images: imageFolders, parts: [[csvLayout]] });

/**
 * `DATA/MOS/mosz1.mat` (quality) and `mosz3.mat` (correspondence), each a column MOSz of 2,400 numbers, `AIGCIQA2023_Prompts.xlsx` and
 * `Image/allimg/<number>.png`; or the table `AIGCIQA2023.csv` of the authors' repository in place of the MAT files.
 */
export const aigciqa2023: DatasetReader = {
  id: "aigciqa2023",
  name,
  layout,
  async recognises(path: string): Promise<boolean> {
    const { folder, file } = await openFolder(path, qualityFiles);
    if (file !== undefined && !isMat(file)) return csvReader.recognises(path);
    return (await firstOf(folder, qualityFiles)) !== undefined || csvReader.recognises(path);
  },
  async read(path: string): Promise<OpinionSet> {
    const { folder, file } = await openFolder(path, qualityFiles);
    if (file !== undefined && !isMat(file)) return csvReader.read(path);
    const quality = await firstOf(folder, qualityFiles);
    if (quality !== undefined) return readMatFiles(folder, quality);
    if ((await folder.findFile(csvLayout.file)) !== undefined) return csvReader.read(path);
    throw noTable(path, [...qualityFiles, csvLayout.file], name);
  },
};

async function readMatFiles(folder: DatasetFolder, qualityPath: string): Promise<OpinionSet> {
  const set = new OpinionSetBuilder(name, layout, folder, imageFolders);
  const quality = await readOpinions(qualityPath);
  const alignmentPath = await firstOf(folder, alignmentFiles);
  const alignment = alignmentPath === undefined ? undefined : await readOpinions(alignmentPath);
  if (!alignment) set.leaveOut("mosz3.mat", "the table is missing, so there are no opinions on alignment");
  const prompts = await readPrompts(folder);
  if (!prompts) set.leaveOut("AIGCIQA2023_Prompts.xlsx", "the table is missing, so there are no prompts");
  for (let index = 0; index < imageCount; index++) {
    const prompt = Math.floor((index % imagesPerGenerator) / imagesPerPrompt);
    await set.add({
      ...describe(`${index}.png`, index, prompts?.[prompt]),
      quality: quality[index],
      alignment: alignment?.[index],
    });
  }
  return set.finish();
}

/** @param index NaN where the name does not begin with a number; then nothing is known of its generator. */
function describe(image: string, index: number, prompt: string | undefined): OpinionLine {
  const known = index >= 0 && index < imageCount;
  return {
    name: image,
    prompt,
    generator: known ? generators[Math.floor(index / imagesPerGenerator)] : undefined,
    group: known ? `prompt ${Math.floor((index % imagesPerGenerator) / imagesPerPrompt)}` : undefined,
  };
}

async function readOpinions(path: string): Promise<Float64Array> {
  const opinions = (await MatFile.read(path)).numbers("MOSz");
  if (opinions.length === imageCount) return opinions;
  throw new EliqError(
    "ERR_DATASET",
    `${path} has ${opinions.length} opinions, ${name} has ${imageCount}; give the file as it is published.`,
  );
}

/** The third column of the spreadsheet, with or without a line of names above it, or the column `prompt` of the CSV. */
async function readPrompts(folder: DatasetFolder): Promise<string[] | undefined> {
  const path = await firstOf(folder, promptFiles);
  if (path === undefined) return undefined;
  const lines = await readTableLines(path);
  const named = lines[0]?.cells.findIndex((cell) => cell.toLowerCase() === "prompt") ?? -1;
  const column = named < 0 ? 2 : named;
  const prompts = lines.map(({ cells }) => cells[column] ?? "");
  if (named >= 0 || prompts.length === promptCount + 1) prompts.shift();
  if (prompts.length === promptCount) return prompts;
  throw new EliqError(
    "ERR_DATASET",
    `${path} has ${prompts.length} prompts, ${name} has ${promptCount}; give ${basename(path)} as it is published.`,
  );
}

async function firstOf(folder: DatasetFolder, files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const path = await folder.findFile(file);
    if (path !== undefined) return path;
  }
  return undefined;
}

function isMat(path: string): boolean {
  return path.toLowerCase().endsWith(".mat");
}
