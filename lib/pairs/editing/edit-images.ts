/** From a list of good images to a folder of pictures that an image-editing model spoilt, with a list that a build takes. */
import { stat } from "node:fs/promises";
import { basename, extname, join, relative, resolve, sep } from "node:path";
import { EliqError } from "../../errors.js";
import { HashTable, hash52 } from "../hash-table.js";
import type { AdapterOptions } from "../positives/generator.js";
import {
  checkCounts,
  type ImageBatch,
  type ImageTask,
  previewRequests,
  type RequestFailure,
  type RequestHooks,
  type RequestPreview,
  type RequestSummary,
  requestImages,
} from "../positives/image-requests.js";
import { type ListFormat, type StoredLine, sha256, slug } from "../positives/image-store.js";
import { Random } from "../random.js";
import { pipeline, readRaster } from "../raster.js";
import { streamImages } from "../sources/read.js";
import type { SourceImage } from "../sources/source-image.js";
import { editImage } from "./client.js";
import { negativesName } from "./family.js";
import { type EditInstruction, editInstructions, instructionFor } from "./instructions.js";

/** What is to be made. */
export interface EditImagesOptions {
  /** Folder of good images, or a manifest.jsonl that lists them. */
  readonly data: string;
  /** Folder for pictures, negatives.jsonl and failures.jsonl. */
  readonly out: string;
  /** The image-editing model. */
  readonly server: AdapterOptions;
  /** Edited pictures of each image, by different instructions; 2 unless told. */
  readonly perImage?: number | undefined;
  /** Defects that are drawn from, of `editInstructions`; all unless told. */
  readonly defects?: readonly string[] | undefined;
  /** Decides which image gets which defects; 0 unless told. */
  readonly seed?: number | undefined;
  /** At most so many images of the list; all unless told. */
  readonly limit?: number | undefined;
  /** Requests at once; 1 unless told. */
  readonly concurrency?: number | undefined;
  /** So many failures one after another end the run, since the server is then likely down; 20 unless told. */
  readonly failuresInARow?: number | undefined;
  /** In any currency; for the preview. */
  readonly pricePerImage?: number | undefined;
  /** What the server's limiter allows; for the preview. */
  readonly requestsPerMinute?: number | undefined;
}

/** A line of negatives.jsonl. */
export interface NegativeLine extends StoredLine {
  /** The good image: relative to the list, with forward slashes. */
  readonly negativeOf: string;
  /** Of `editInstructions`. */
  readonly defect: string;
  /** What it is worse in, besides overall quality. */
  readonly aspects: readonly "aesthetic"[];
  /** What the model was told. */
  readonly instruction: string;
}

/** An edited picture, as failures.jsonl names it. */
export interface EditPlace {
  /** The good image: relative to the folder, with forward slashes. */
  readonly negativeOf: string;
  readonly defect: string;
}

export type EditHooks = RequestHooks<EditPlace>;
export type EditFailure = RequestFailure<EditPlace>;

/** What a run would do. */
export interface EditPreview extends RequestPreview {
  /** Good images of the list. */
  readonly goodImages: number;
}

type Task = ImageTask<NegativeLine, EditPlace>;

/** Pixels of a picture that is sent, at most: what image models work on. */
const sentPixels = 1_048_576;
const maker = "editing model";

const negatives: ListFormat<NegativeLine> = {
  name: negativesName,
  what: "edited pictures",
  isLine: (line): line is NegativeLine => typeof line.negativeOf === "string" && typeof line.defect === "string",
  makerOf: () => maker,
};

/** Counts what {@link editImages} would ask for; reads list and folder, and writes nothing. */
export async function previewEdits(options: EditImagesOptions): Promise<EditPreview> {
  await checkOptions(options);
  let goodImages = 0;
  const { pricePerImage, requestsPerMinute } = options;
  const batch = batchOf(options, () => goodImages++);
  const preview = await previewRequests(
    batch,
    new Map([[maker, { pricePerImage, requestsPerMinute, pixels: sentPixels }]]),
  );
  return { goodImages, ...preview };
}

/**
 * Has the edited pictures made that are not there yet. A list that names an image twice gets its pictures once. An image that cannot
 * be read is a failure of its pictures.
 *
 * @throws EliqError as `requestImages` and `streamImages`.
 */
export async function editImages(options: EditImagesOptions, hooks: EditHooks = {}): Promise<RequestSummary> {
  await checkOptions(options);
  return requestImages(batchOf(options), hooks);
}

/** @param onImage called for each image of the list. */
function batchOf(options: EditImagesOptions, onImage = () => {}): ImageBatch<NegativeLine, EditPlace> {
  const { out, concurrency, failuresInARow } = options;
  return { out, list: negatives, tasks: () => streamTasks(options, onImage), concurrency, failuresInARow };
}

async function* streamTasks(options: EditImagesOptions, onImage: () => void): AsyncGenerator<Task, void, void> {
  const { data, limit = Number.POSITIVE_INFINITY } = options;
  const instructions = instructionsOf(options);
  const seen = new HashTable();
  let count = 0;
  for await (const image of streamImages(data)) {
    if (count++ >= limit) return;
    onImage();
    const key = hash52(image.path);
    if (seen.get(key) !== undefined) continue;
    seen.set(key, 1);
    for (const instruction of drawnFor(image, instructions, options)) yield taskOf(image, instruction, options);
  }
}

function instructionsOf({ defects }: EditImagesOptions): readonly EditInstruction[] {
  if (!defects) return editInstructions;
  const wanted = new Set(defects);
  return editInstructions.filter(({ defect }) => wanted.has(defect));
}

function drawnFor(
  { key }: SourceImage,
  instructions: readonly EditInstruction[],
  { seed = 0, perImage = 2 }: EditImagesOptions,
): EditInstruction[] {
  return new Random(seed, "edit", key).shuffle(instructions).slice(0, perImage);
}

function taskOf({ path }: SourceImage, instruction: EditInstruction, { out, server }: EditImagesOptions): Task {
  const about = { negativeOf: relative(resolve(out), path).split(sep).join("/"), defect: instruction.defect };
  const text = instructionFor(instruction);
  const stem = stemOf(about, text, server);
  return {
    stem,
    maker,
    about,
    ask: async (signal) => editImage(await fileToSend(path), text, { ...server, signal }),
    lineOf: ({ bytes, extension }) => ({
      path: `${stem}.${extension}`,
      ...about,
      aspects: ["aesthetic"],
      instruction: text,
      sha256: sha256(bytes),
      bytes: bytes.length,
    }),
  };
}

/** Readable, and different for pictures that differ in anything that is asked for; the seed only decides which are. */
function stemOf({ negativeOf, defect }: EditPlace, text: string, { model, parameters = {} }: AdapterOptions): string {
  const identity = hash52(JSON.stringify([negativeOf, text, model ?? "", parameters]));
  const name = slug(basename(negativeOf, extname(negativeOf)));
  return `edited/${defect}/${name}-${identity.toString(16).padStart(13, "0")}`;
}

/** Upright, on white, as a PNG of a size that servers take. */
async function fileToSend(path: string): Promise<Uint8Array> {
  const raster = await readRaster(path, sentPixels, (width, height) => {
    const ratio = Math.min(1, Math.sqrt(sentPixels / (width * height)));
    return { width: Math.max(1, Math.floor(width * ratio)), height: Math.max(1, Math.floor(height * ratio)) };
  });
  return pipeline(raster).png().toBuffer();
}

async function checkOptions(options: EditImagesOptions): Promise<void> {
  checkCounts(options);
  const { data, out, perImage = 2, limit = 1, defects } = options;
  const known = editInstructions.map(({ defect }) => defect);
  for (const defect of defects ?? [])
    if (!known.includes(defect))
      throw invalid(`There is no instruction for the defect "${defect}". Known: ${known.join(", ")}.`);
  const most = instructionsOf(options).length;
  if (!Number.isSafeInteger(perImage) || perImage < 1 || perImage > most)
    throw invalid(`Pictures per image must be a whole number from 1 to ${most}, one for each defect.`);
  if (!Number.isSafeInteger(limit) || limit < 1) throw invalid("The limit must be a whole number of 1 or more.");
  if (resolve(out, "x").startsWith(join(resolve(data), sep)) && (await isPlainFolder(data)))
    throw invalid(
      `${out} lies in the folder of good images, where edited ones would pass for good. Choose another one.`,
    );
}

async function isPlainFolder(path: string): Promise<boolean> {
  const [folder, list] = await Promise.all(
    [stat(path), stat(join(path, "manifest.jsonl"))].map((info) => info.catch(() => undefined)),
  );
  return folder?.isDirectory() === true && !list?.isFile();
}

function invalid(message: string): EliqError {
  return new EliqError("ERR_INVALID_ARGUMENT", message);
}
