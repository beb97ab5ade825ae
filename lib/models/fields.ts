/** Typed reading of a model directory's JSON files, with errors that name file and field. */
import { EliqError, type EliqErrorCode } from "../errors.js";

/** One JSON object of a file; every method throws an error of its `code` when the field is not what it should be. */
export class FieldReader {
  readonly #fields: Record<string, unknown>;

  /**
   * @param json the parsed value, which must be an object.
   * @param file how messages call the file.
   * @param prefix path of this object in the file, e.g. "alignment.".
   * @param code of the errors.
   */
  constructor(
    json: unknown,
    readonly file: string,
    readonly prefix = "",
    readonly code: EliqErrorCode = "ERR_MODEL_CORRUPT",
  ) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new EliqError(code, `${file}: ${prefix.replace(/\.$/, "") || "it"} must be an object.`);
    }
    this.#fields = json as Record<string, unknown>;
  }

  /**
   * @throws EliqError of `code` when `format` is another; ERR_MODEL_UNSUPPORTED when the version is not `version`.
   */
  requireFormat(format: string, version: number): void {
    if (this.#fields.format !== format) {
      throw new EliqError(this.code, `${this.file} is not of format "${format}".`);
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
    if (typeof value !== "string" || value === "") throw this.wrong(name, "a string that is not empty");
    return value;
  }

  number(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.wrong(name, "a finite number");
    return value;
  }

  /** A list of finite numbers, possibly empty. */
  numbers(name: string): number[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || !value.every((item) => Number.isFinite(item)))
      throw this.wrong(name, "a list of finite numbers");
    return value as number[];
  }

  /** Names of the fields that are there. */
  names(): string[] {
    return Object.keys(this.#fields);
  }

  boolean(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value !== "boolean") throw this.wrong(name, "true or false");
    return value;
  }

  object(name: string): FieldReader {
    return new FieldReader(this.#fields[name], this.file, `${this.prefix}${name}.`, this.code);
  }

  /** The error for a field that is not as it should be; `expected` follows "must be". */
  wrong(name: string, expected: string): EliqError {
    return new EliqError(this.code, `${this.file}: ${this.prefix}${name} must be ${expected}.`);
  }
}
