/**
 * The pair manifest: JSON Lines. The first line is a header, each further line a unit (everything made from one good picture),
 * the last one says how many units there are. docs/pairs.md describes every field.
 */
import { z } from "zod";
import type { Parameters } from "../degradations/index.js";
import type { Step } from "../recipe.js";

/** Raised when a reader of the old version would misunderstand the new one. */
export const manifestVersion = 1;

const name = z.string().min(1);
const count = z.int().nonnegative();
const aspect = z.enum(["quality", "technical", "aesthetic", "alignment"]);

/** Plain JSON of any depth: the numbers that a family drew. */
const parameters = z.record(z.string(), z.json()) as unknown as z.ZodType<Parameters>;

const step: z.ZodType<Step> = z.strictObject({
  family: name,
  severity: z.number().min(0).max(1),
  seed: count,
  parameters,
  partner: name.optional() as unknown as z.ZodType<string>,
}) as unknown as z.ZodType<Step>;

const cell = z.strictObject({
  origin: z.enum(["conventional", "aigc"]),
  dimension: z.enum(["technical", "aesthetic", "alignment"]),
});

const encoding = z.discriminatedUnion("format", [
  z.strictObject({ format: z.literal("lossless") }),
  z.strictObject({
    format: z.literal("jpeg"),
    quality: z.int().min(1).max(100),
    chromaSubsampling: z.enum(["4:2:0", "4:4:4"]),
  }),
]);

/** The manifest's first line: how all of it was made. */
export const headerSchema = z.strictObject({
  type: z.literal("header"),
  format: z.literal("eliq-pairs"),
  version: z.literal(manifestVersion),
  /** Versions that the pixels depend on. */
  environment: z.strictObject({ eliq: name, sharp: name, libvips: name, platform: name }),
  seed: count,
  levels: z.int().min(1),
  /** Share of groups in the test split. */
  testShare: z.number().min(0).max(1),
  /** Pixels that a picture was reduced to at most. */
  maxPixels: z.int().positive(),
  encoding,
  /** Folder of the source list, for paths of sources: relative to the manifest. */
  sourceFolder: z.string(),
  families: z.array(z.strictObject({ name, cell, aspects: z.array(aspect).min(1) })),
});

/** One picture of a unit: an own file, or the recipe to make it again. */
const image = z.strictObject({
  /** Relative to the manifest; absent when pictures are made on the fly. */
  file: name.optional(),
  /** The picture that it is made from, when that is another one than the unit's own. */
  source: name.optional(),
  /** In order of application; none: the prepared source itself. */
  steps: z.array(step),
  width: z.int().positive(),
  height: z.int().positive(),
  /** First 32 hex digits of SHA-256 over width, height and RGB bytes. */
  pixels: z.string().regex(/^[0-9a-f]{32}$/),
});

/** A change of a prompt. */
const edit = z.strictObject({
  kind: name,
  before: z.string(),
  after: z.string(),
});

const prompt = z.strictObject({
  text: name,
  /** What was changed against the unit's own prompt; one more per level. */
  edits: z.array(edit).optional(),
  /** Cosine similarity to the unit's own prompt, for swapped prompts. */
  similarity: z.number().optional(),
});

/** An image of the unit and, where alignment is meant, a prompt of it, by their places in the lists. */
const side = z.strictObject({ image: count, prompt: count.optional() });

/** `better` is better than `worse` in `aspect`. Only neighbours in a chain are listed; the order is transitive and margins add up. */
const relation = z.strictObject({
  better: side,
  worse: side,
  aspect,
  /** How much: severity levels apart, over the number of levels; 0..1. */
  margin: z.number().positive().max(1),
  chain: count,
});

/** A chain: one kind of damage at rising severity. */
const chain = z.strictObject({
  families: z.array(name).min(1),
  /** Aspects that it orders; what is visual and not among them should not move. */
  aspects: z.array(aspect).min(1),
  /** Mild to severe. */
  levels: z.array(z.strictObject({ side, severity: z.number().min(0).max(1) })).min(1),
});

/** Everything made from one good picture. */
export const unitSchema = z.strictObject({
  type: z.literal("unit"),
  /** Place in the list of accepted sources, from 0. */
  id: count,
  source: z.strictObject({
    /** Relative to the header's `sourceFolder`. */
    path: name,
    /** Of the file, hex. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** 64-bit difference hash, 16 hex digits. */
    hash: z.string().regex(/^[0-9a-f]{16}$/),
    width: z.int().positive(),
    height: z.int().positive(),
  }),
  kind: z.enum(["photo", "ai", "unknown"]),
  generator: z.string().optional(),
  categories: z.array(z.string()).optional(),
  licence: z.string(),
  origin: z.string(),
  collection: z.string(),
  group: name,
  split: z.enum(["train", "test"]),
  images: z.array(image).min(1),
  /** The unit's own prompt first; empty without one. */
  prompts: z.array(prompt),
  chains: z.array(chain),
  relations: z.array(relation),
});

/** The last line; without it a manifest is not whole. */
export const endSchema = z.strictObject({
  type: z.literal("end"),
  units: count,
  images: count,
  relations: count,
  /** Inputs that were left out, by reason. */
  skipped: z.record(z.string(), count),
});

export type Header = z.infer<typeof headerSchema>;
export type Unit = z.infer<typeof unitSchema>;
export type UnitImage = Unit["images"][number];
export type UnitPrompt = Unit["prompts"][number];
export type UnitChain = Unit["chains"][number];
export type Relation = Unit["relations"][number];
export type Side = z.infer<typeof side>;
export type End = z.infer<typeof endSchema>;
