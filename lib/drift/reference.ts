/** reference.json: the population that new images are compared with. docs/drift.md describes every field. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EliqError } from "../errors.js";
import { writeOutput } from "../files/atomic.js";
import { decodeEmbedding, encodeEmbedding } from "../results/embedding-text.js";
import { describeIssue } from "../schema-issue.js";
import { fitPrincipalAxes, type PrincipalAxes, projectEmbedding } from "./axes.js";
import { comparedScores, type Population, selectImages, shuffledImages } from "./population.js";

/** Raised when a reader of the old version would misunderstand the new one. */
export const referenceVersion = 1;

/** Fewest images of a reference: with fewer, there is no 99th percentile. */
export const smallestReference = 100;

/** Most members that a reference keeps. */
export const mostMembers = 1000;

/** Most axes that embeddings are projected on. */
const mostAxes = 32;

/** Images that an axis is fitted on, at least: an axis of fewer is chance. */
const imagesPerAxis = 5;

/** Most images that axes are fitted on: more say nothing new. */
const mostFitted = 2000;

/** Share of the population that becomes members; axes are fitted on the others. */
const memberShare = 0.75;

/** Embeddings of a reference. */
export interface ReferenceEmbeddings extends PrincipalAxes {
  /** What `projectEmbedding` gives for each member: (number of axes + 1) numbers a member. */
  readonly coordinates: readonly Float32Array[];
}

/** A reference population. Its members are a random part of the images that it was made of. */
export interface Reference {
  /** Name and revision of the model. */
  readonly model: string;
  /** YYYY-MM-DD. */
  readonly created: string;
  /** The images in words. */
  readonly description: string;
  /** Number of images that it was made of. */
  readonly size: number;
  /** Raw scores of the members; alignment only where every image had it. */
  readonly scores: Population["scores"];
  /** Absent where the images had none: then only scores are compared. */
  readonly embeddings?: ReferenceEmbeddings;
  /** Group of each member, by number; absent where the images had none. */
  readonly groups?: readonly number[];
}

/** What a reference is made of. */
export interface ReferenceOptions {
  readonly description: string;
  /** YYYY-MM-DD. */
  readonly created: string;
  /** Chooses the members; default 1. */
  readonly seed?: number;
}

/**
 * Makes a reference. Axes are fitted on images that do not become members: fitted on the members themselves, they would describe them
 * better than any new image, and that alone would look like drift.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT for fewer than {@link smallestReference} images or for embeddings that are all equal.
 */
export function createReference(
  population: Population,
  { description, created, seed = 1 }: ReferenceOptions,
): Reference {
  const { model, size } = population;
  if (size < smallestReference)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `A reference population of ${size} images is too small; give at least ${smallestReference}.`,
    );
  const order = shuffledImages(population, seed);
  const count = population.embeddings
    ? wholeGroups(population, order, Math.min(mostMembers, Math.floor(memberShare * size)))
    : Math.min(mostMembers, size);
  const members = selectImages(population, order.slice(0, count));
  const others = selectImages(population, order.slice(count, count + mostFitted));
  return {
    model,
    created,
    description,
    size,
    scores: members.scores,
    ...(members.embeddings && others.embeddings ? { embeddings: project(members.embeddings, others.embeddings) } : {}),
    ...(members.groups ? { groups: numbered(members.groups) } : {}),
  };
}

/** Fewer than `most`, so that no group lies on both sides of the cut; `most` itself where one group is that large. */
function wholeGroups({ groups }: Population, order: readonly number[], most: number): number {
  if (!groups) return most;
  let count = most;
  while (count > 0 && groups[order[count] as number] === groups[order[count - 1] as number]) count--;
  return count > most / 2 ? count : most;
}

function project(members: readonly Float32Array[], others: readonly Float32Array[]): ReferenceEmbeddings {
  const axes = fitPrincipalAxes(others, Math.min(mostAxes, Math.floor(others.length / imagesPerAxis)));
  return { ...axes, coordinates: members.map((embedding) => projectEmbedding(axes, embedding)) };
}

/** Names become numbers, in the order in which they first occur. */
function numbered(names: readonly string[]): number[] {
  const numbers = new Map<string, number>();
  for (const name of names) if (!numbers.has(name)) numbers.set(name, numbers.size);
  return names.map((name) => numbers.get(name) as number);
}

const scoreList = z.array(z.number()).min(2);
const vectors = z.base64().min(1);

const referenceSchema = z.strictObject({
  format: z.literal("eliq-reference"),
  version: z.literal(referenceVersion),
  model: z.string().min(1),
  created: z.iso.date(),
  description: z.string(),
  size: z.int().min(smallestReference),
  scores: z.strictObject({
    quality: scoreList,
    technical: scoreList,
    aesthetic: scoreList,
    alignment: scoreList.optional(),
  }),
  embeddings: z
    .strictObject({
      dimension: z.int().min(1),
      axes: z.int().min(1),
      mean: vectors,
      directions: vectors,
      deviations: vectors,
      coordinates: vectors,
    })
    .optional(),
  groups: z.array(z.int().min(0)).optional(),
});

type ReferenceFile = z.infer<typeof referenceSchema>;

/** The text of a reference file; {@link parseReference} of it gives the same reference, bit by bit. */
export function formatReference(reference: Reference): string {
  const { model, created, description, size, scores, embeddings, groups } = reference;
  const lists = comparedScores.flatMap((score) => {
    const values = scores[score];
    return values ? [[score, Array.from(values, shortDecimal)] as const] : [];
  });
  const file = {
    format: "eliq-reference",
    version: referenceVersion,
    model,
    created,
    description,
    size,
    scores: Object.fromEntries(lists),
    ...(embeddings ? { embeddings: encodeEmbeddings(embeddings) } : {}),
    ...(groups ? { groups } : {}),
  };
  return `${JSON.stringify(file)}\n`;
}

/**
 * Checks the text of a reference file.
 *
 * @param path how messages call the file.
 * @throws EliqError ERR_CALIBRATION, with file and field, when it is not as documented.
 */
export function parseReference(text: string, path: string): Reference {
  const parsed = referenceSchema.safeParse(parseJson(text, path));
  if (!parsed.success) throw malformed(path, `is not as docs/drift.md describes it${describeIssue(parsed.error)}`);
  const { format: _format, version: _version, scores, embeddings, groups, ...rest } = parsed.data;
  const members = scores.quality.length;
  const lists = comparedScores.flatMap((score) => {
    const values = scores[score];
    return values ? [[score, Float32Array.from(values)] as const] : [];
  });
  if ([...lists.map(([, values]) => values), ...(groups ? [groups] : [])].some(({ length }) => length !== members))
    throw malformed(path, "has lists of different lengths");
  return {
    ...rest,
    scores: Object.fromEntries(lists),
    ...(embeddings ? { embeddings: decodeEmbeddings(embeddings, members, path) } : {}),
    ...(groups ? { groups } : {}),
  };
}

/** Writes a reference file, whole or not at all, and its folder if there is none. @throws EliqError ERR_IO. */
export async function writeReference(path: string, reference: Reference): Promise<void> {
  await writeOutput(path, formatReference(reference));
}

/** @throws EliqError ERR_IO when the file cannot be read; ERR_CALIBRATION as {@link parseReference}. */
export async function readReference(path: string): Promise<Reference> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new EliqError(
      "ERR_IO",
      `There is no reference population at ${path}. Make one with \`eliq drift <images> --save-reference <file>\`, or give --reference.`,
      { cause },
    );
  });
  return parseReference(text, path);
}

function encodeEmbeddings({ mean, axes, deviations, coordinates }: ReferenceEmbeddings) {
  const flat = new Float32Array(coordinates.length * (deviations.length + 1));
  coordinates.forEach((point, i) => {
    flat.set(point, i * point.length);
  });
  return {
    dimension: mean.length,
    axes: deviations.length,
    mean: encodeEmbedding(mean),
    directions: encodeEmbedding(axes),
    deviations: encodeEmbedding(deviations),
    coordinates: encodeEmbedding(flat),
  };
}

function decodeEmbeddings(
  stored: NonNullable<ReferenceFile["embeddings"]>,
  members: number,
  path: string,
): ReferenceEmbeddings {
  const { dimension, axes: count } = stored;
  const decode = (name: "mean" | "directions" | "deviations" | "coordinates", length: number): Float32Array => {
    const bytes = Buffer.from(stored[name], "base64").length;
    if (bytes !== 4 * length) throw malformed(path, `should hold ${length} float32 numbers in embeddings.${name}`);
    const values = decodeEmbedding(stored[name]);
    if (values.every(Number.isFinite)) return values;
    throw malformed(path, `holds numbers that are not finite in embeddings.${name}`);
  };
  const deviations = decode("deviations", count);
  if (deviations.some((value) => value <= 0)) throw malformed(path, "has deviations that are not above 0");
  const flat = decode("coordinates", members * (count + 1));
  return {
    mean: decode("mean", dimension),
    axes: decode("directions", count * dimension),
    deviations,
    coordinates: Array.from({ length: members }, (_, i) => flat.slice(i * (count + 1), (i + 1) * (count + 1))),
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(path, `is not JSON (${(cause as Error).message})`, cause);
  }
}

function malformed(path: string, clause: string, cause?: unknown): EliqError {
  return new EliqError("ERR_CALIBRATION", `${path} ${clause}; make the reference again.`, { cause });
}

/** The shortest decimal that is the same float32. */
function shortDecimal(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}
