import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EliqError } from "../errors.js";
import type { TrainOptions } from "./options.js";

/** Shown to users whenever a prompt comes with an image. */
export const alignmentReason =
  "This model was trained on visual negatives only and has no text encoder, so it cannot say how well an image fits its prompt.";

type Json = Record<string, unknown>;

/**
 * The model's config.json: input and tower of the backbone directory, and a trainable end of the default size.
 *
 * @throws EliqError ERR_MODEL_NOT_FOUND, ERR_MODEL_CORRUPT for the backbone directory.
 */
export async function buildConfig(options: TrainOptions): Promise<Json> {
  const source = await readBackboneConfig(options.backbone);
  const { input, fusion, query, heads } = options.architecture;
  return {
    format: "eliq-model",
    formatVersion: 1,
    name: options.name,
    revision: "",
    input: { ...(source.input as Json), ...input },
    backbone: source.backbone,
    fusion: { width: 64, cell: 64, gate: "softmax", dropout: 0.1, ...fusion },
    query: {
      qualityQueries: 4,
      alignmentQueries: 0,
      depth: 2,
      heads: 4,
      ffn: 128,
      dropout: 0.1,
      pool: "queries",
      ...query,
    },
    heads: { hidden: 64, dropout: 0.1, ...heads },
    alignment: { trained: false, reason: alignmentReason },
  };
}

async function readBackboneConfig(directory: string): Promise<Json> {
  const path = join(directory, "config.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new EliqError("ERR_MODEL_NOT_FOUND", `There is no model at ${directory}: ${path} cannot be read.`, { cause });
  }
  try {
    const config = JSON.parse(text) as Json;
    if (typeof config.input === "object" && typeof config.backbone === "object") return config;
  } catch (cause) {
    throw new EliqError("ERR_MODEL_CORRUPT", `${path} is not JSON.`, { cause });
  }
  throw new EliqError("ERR_MODEL_CORRUPT", `${path} describes no input and backbone.`);
}
