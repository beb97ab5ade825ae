/** Typed reading of a model directory's JSON files, with errors that name file and field. */
import { EliqError } from "../errors.js";

/** One JSON object of a file; every method throws ERR_MODEL_CORRUPT when the field is not what it should be. */
export class FieldReader {
  readonly #fields: Record<string, unknown>;

  /**
   * @param json the parsed value, which must be an object.
   * @param file how messages call the file.
   * @param prefix path of this object in the file, e.g. "alignment.".
   */
  constructor(
    json: unknown,
    readonly file: string,
    readonly prefix = "",
  ) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new EliqError("ERR_MODEL_CORRUPT", `${file}: ${prefix.replace(/\.$/, "") || "it"} must be an object.`);
    }
    this.#fields = json as Record<string, unknown>;
  }

  /**
   * @throws EliqError ERR_MODEL_CORRUPT when `format` is another; ERR_MODEL_UNSUPPORTED when the version is not `version`.
   */
  requireFormat(format: string, version: number): void {
    if (this.#fields.format !== format) {
      throw new EliqError("ERR_MODEL_CORRUPT", `${this.file} is not of format "${format}".`);
    }
    const found = this.number("formatVersion");
    if (found !== version) {
      throw new EliqError(
        "ERR_MODEL_UNSUPPORTED",
        `${this.file} has format version ${found}; this version of eliq reads version ${version}. Update eliq.`,
      );
    }
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  string(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== "string" || value === "") throw this.#wrong(name, "a string that is not empty");
    return value;
  }

  number(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.#wrong(name, "a finite number");
    return value;
  }

  boolean(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value !== "boolean") throw this.#wrong(name, "true or false");
    return value;
  }

  object(name: string): FieldReader {
    return new FieldReader(this.#fields[name], this.file, `${this.prefix}${name}.`);
  }

  #wrong(name: string, expected: string): EliqError {
    return new EliqError("ERR_MODEL_CORRUPT", `${this.file}: ${this.prefix}${name} must be ${expected}.`);
  }
}
