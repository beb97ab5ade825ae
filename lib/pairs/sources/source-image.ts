/** One line of a list of images: what is known about an image, and which images are refused. */
import { basename, dirname, resolve } from "node:path";
import { EliqError } from "../../errors.js";
import { isOpinionColumn } from "../../evaluation/datasets/opinion-columns.js";
import { notStated } from "./provenance.js";

/** One image of good quality that pairs are made from. */
export interface SourceImage {
  /** Absolute path. */
  readonly path: string;
  /** Path as the list or folder gives it, with forward slashes; names the image's random streams. */
  readonly key: string;
  /** Images of one subject or prompt share a group, and a group never straddles the split. */
  readonly group: string;
  readonly kind: "photo" | "ai" | "unknown";
  readonly licence: string;
  readonly provenance: string;
  /** Repository or collection, for the card's table. */
  readonly collection: string;
  /** What the picture shows, in English: the text it was generated from, or a caption. Undefined when there is none. */
  readonly prompt?: string;
  /** Categories of the prompt, where the list states them. */
  readonly categories?: readonly string[];
  /** What made the picture, e.g. "FLUX.1-dev". */
  readonly generator?: string;
  /** Order of generators from weak to strong: a rank, or a release date such as 2024-08-01 as its days since 1970. */
  readonly strength?: number;
}

/**
 * Kinds of text (a list's `text_kind`) that describe their picture as a whole. An editing instruction, a template or a mere style
 * does not, so no alignment can be judged against it.
 */
const describingKinds = /^(t2i|caption|alt)$/;

/** File names of AGIQA-3K: `<generator>_<mode>_<number>.jpg`. */
const agiqaName =
  /^(attngan|dalle2?|glide|midjourney|sd1\.?5|sd2\.?\d?|xl2\.2)_(normal|lowcorr|highcorr|lowstep|highstep)_\d+\.(jpe?g|png)$/i;

/** Training on images that the accuracy benchmark scores would make its figures worthless. */
export function refuseEvaluationImage(image: Pick<SourceImage, "path" | "key">): void {
  if (agiqaName.test(basename(image.key)))
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${image.path} is an image of AGIQA-3K, which is kept for evaluation. Train on other images.`,
    );
}

/** @throws EliqError ERR_INVALID_ARGUMENT when one of the columns holds human scores. */
export function refuseOpinionScores(columns: readonly string[], path: string): void {
  const column = columns.find(isOpinionColumn);
  if (column !== undefined) throw humanScores(`${path} has a column of human scores ("${column}")`);
}

/** ERR_INVALID_ARGUMENT. @param found what was found, a clause that names the file. */
export function humanScores(found: string): EliqError {
  return new EliqError(
    "ERR_INVALID_ARGUMENT",
    `${found}. Training uses none, so that figures stay zero-shot: give images without scores.`,
  );
}

/**
 * Reads one line of a list.
 *
 * @param place file and line number, for messages.
 * @param folder what the line's path is relative to.
 * @throws EliqError ERR_INVALID_ARGUMENT when it is not JSON, has no path, or carries human scores.
 */
export function parseSourceLine(line: string, place: string, folder: string): SourceImage {
  const entry = parseObject(line, place);
  if (typeof entry.path !== "string") throw new EliqError("ERR_INVALID_ARGUMENT", `${place} has no "path".`);
  refuseOpinionScores(namesIn(entry), place);
  const prompt = promptOf(entry);
  const strength = strengthOf(entry, place);
  return {
    path: resolve(folder, entry.path),
    key: entry.path.replaceAll("\\", "/"),
    group: text(entry.group, entry.path),
    kind: entry.kind === "photo" || entry.kind === "ai" ? entry.kind : "unknown",
    licence: text(entry.licence ?? entry.license, notStated),
    provenance: text(entry.provenance, notStated),
    collection: text(entry.source_repo, dirname(entry.path)),
    ...(prompt === undefined ? {} : { prompt }),
    ...(Array.isArray(entry.categories) ? { categories: entry.categories.map(String) } : {}),
    ...(typeof entry.generator === "string" && entry.generator !== "" ? { generator: entry.generator } : {}),
    ...(strength === undefined ? {} : { strength }),
  };
}

/** Names of an object's fields and of those of the objects in it. */
function namesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}

function parseObject(line: string, place: string): Record<string, unknown> {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === "object" && entry !== null) return entry as Record<string, unknown>;
  } catch (cause) {
    throw new EliqError("ERR_INVALID_ARGUMENT", `${place} is not a line of JSON.`, { cause });
  }
  throw new EliqError("ERR_INVALID_ARGUMENT", `${place} is not a JSON object.`);
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function promptOf(entry: Record<string, unknown>): string | undefined {
  const prompt = text(entry.prompt, text(entry.caption, "")).trim();
  const describes = typeof entry.text_kind !== "string" || describingKinds.test(entry.text_kind);
  const english = typeof entry.language !== "string" || /^en\b/i.test(entry.language);
  return prompt !== "" && describes && english ? prompt : undefined;
}

const day = 24 * 60 * 60 * 1000;

function strengthOf(entry: Record<string, unknown>, place: string): number | undefined {
  if (typeof entry.strength === "number" && Number.isFinite(entry.strength)) return entry.strength;
  if (entry.strength === undefined && typeof entry.released === "string") {
    const time = Date.parse(entry.released);
    if (Number.isFinite(time)) return Math.floor(time / day);
  }
  if ((entry.strength ?? entry.released ?? undefined) === undefined) return undefined;
  throw new EliqError(
    "ERR_INVALID_ARGUMENT",
    `${place}: "strength" must be a number that is larger for stronger generators, or "released" a date such as 2024-08-01.`,
  );
}
