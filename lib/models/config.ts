/** config.json of a model directory: the part that JavaScript needs. The addon checks the architecture. */
import { EliqError } from "../errors.js";
import { FieldReader } from "./fields.js";

/** What a config.json says that is not architecture. */
export interface ModelConfig {
  readonly name: string;
  readonly revision: string;
  readonly alignment: { readonly trained: boolean; readonly reason?: string };
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
  };
}
