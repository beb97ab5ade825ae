/** config.json of a model directory: the part that JavaScript needs. The addon checks the architecture. */
import { EliqError } from "../errors.js";
import { FieldReader } from "./fields.js";

/** What a config.json says that is not architecture. */
export interface ModelConfig {
  readonly name: string;
  readonly revision: string;
  readonly alignment: { readonly trained: boolean; readonly reason?: string };
  /** Absent where the model reads no text. */
  readonly text?: TextConfig;
}

/** What is to be known of a model's text side for giving it prompts. */
export interface TextConfig {
  /** Longest sequence of tokens that the model reads, special tokens among them. */
  readonly maxTokens: number;
  /** How many tokens there are: ids lie below. */
  readonly vocabulary: number;
}

const format = "eliq-model";
const formatVersion = 1;

/**
 * Checks a parsed config.json.
 *
 * @throws EliqError ERR_MODEL_CORRUPT where a field is missing or of the wrong type, ERR_MODEL_UNSUPPORTED for another format,
 * a newer version, or a bare backbone.
 */
export function parseModelConfig(json: unknown, directory: string): ModelConfig {
  const fields = new FieldReader(json, `${directory}/config.json`);
  fields.requireFormat(format, formatVersion);
  if (!fields.has("heads") && fields.has("backbone")) {
    throw new EliqError(
      "ERR_MODEL_UNSUPPORTED",
      `${directory} holds a bare backbone, which cannot score. Train a model on it with \`eliq train --backbone\`.`,
    );
  }
  const alignment = fields.object("alignment");
  const trained = alignment.boolean("trained");
  return {
    name: fields.string("name"),
    revision: fields.string("revision"),
    alignment: trained ? { trained } : { trained, reason: alignment.string("reason") },
    ...textOf(fields),
  };
}

function textOf(fields: FieldReader): { text?: TextConfig } {
  if (!fields.has("backbone")) return {};
  const backbone = fields.object("backbone");
  if (!backbone.has("text")) return {};
  const text = backbone.object("text");
  const count = (name: string, least: number) => {
    const value = text.number(name);
    if (!Number.isSafeInteger(value) || value < least) throw text.wrong(name, `a whole number of ${least} or more`);
    return value;
  };
  return { text: { maxTokens: count("maxTokens", 2), vocabulary: count("vocabulary", 1) } };
}
