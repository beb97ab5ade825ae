/**
 * MATLAB level-5 MAT files, as far as tables of opinions need them: matrices of real numbers, matrices of characters, and cells of
 * either. Layout after MathWorks, "MAT-File Format" (R2024b), chapter 1.
 */
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { EliqError } from "../../errors.js";

/** What a variable holds; elements in MATLAB's order, column by column. */
type MatValue =
  | { readonly kind: "numbers"; readonly values: Float64Array }
  | { readonly kind: "text"; readonly rows: readonly string[] }
  | { readonly kind: "cells"; readonly cells: readonly MatValue[] }
  /** Structures, sparse and complex matrices, objects: named in errors, never read. */
  | { readonly kind: "other" };

/** The variables of a MAT file. */
export class MatFile {
  private constructor(
    readonly path: string,
    private readonly variables: ReadonlyMap<string, MatValue>,
  ) {}

  /**
   * Reads a file of either byte order, compressed or not.
   *
   * @throws EliqError ERR_IO when it cannot be read; ERR_DATASET when it is no level-5 MAT file, or damaged.
   */
  static async read(path: string): Promise<MatFile> {
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new EliqError("ERR_IO", `${path} cannot be read: ${(cause as Error).message}.`, { cause });
    });
    return new MatFile(path, await readVariables(bytes, path));
  }

  /** @throws EliqError ERR_DATASET when there is no such variable of real numbers. */
  numbers(name: string): Float64Array {
    const value = this.variables.get(name);
    if (value?.kind === "numbers") return value.values;
    throw this.#without(name, "numbers");
  }

  /**
   * The texts of a cell of characters, or the rows of a matrix of characters.
   *
   * @throws EliqError ERR_DATASET when there is no such variable.
   */
  texts(name: string): string[] {
    const value = this.variables.get(name);
    const texts = value && textsOf(value);
    if (texts) return texts;
    throw this.#without(name, "texts");
  }

  #without(name: string, what: string): EliqError {
    const found = [...this.variables.keys()].join(", ") || "none";
    return new EliqError(
      "ERR_DATASET",
      `${this.path} has no variable ${name} of ${what}; its variables are ${found}. Give the file as it is published.`,
    );
  }
}

/** undefined when anything in it is no text. */
function textsOf(value: MatValue): string[] | undefined {
  if (value.kind === "text") return value.rows.map((row) => row.trimEnd());
  if (value.kind !== "cells") return undefined;
  const texts: string[] = [];
  for (const cell of value.cells) {
    const [text, ...more] = textsOf(cell) ?? [];
    if (text === undefined || more.length > 0) return undefined;
    texts.push(text);
  }
  return texts;
}

/** Data types of elements, and the classes of matrices. */
const mi = { uint16: 4, matrix: 14, compressed: 15, utf8: 16, utf16: 17 };
const mx = { cell: 1, char: 4, double: 6, uint64: 15, function: 16 };
const complexFlag = 0x800;

const headerBytes = 128;
/** Tables of opinions are far smaller; a file that asks for more is damaged or hostile. */
const mostBytes = 256 * 1024 * 1024;
const deepestCell = 8;

async function readVariables(bytes: Buffer, path: string): Promise<Map<string, MatValue>> {
  const little = readHeader(bytes, path);
  const variables = new Map<string, MatValue>();
  const cursor = new Cursor(bytes.subarray(headerBytes), little, path);
  while (!cursor.done) {
    const element = cursor.next();
    const whole = element.type === mi.compressed ? await unpack(element.data, little, path) : element;
    if (whole.type !== mi.matrix) continue;
    const matrix = readMatrix(whole.data, little, path, 0);
    if (matrix) variables.set(matrix.name, matrix.value);
  }
  return variables;
}

/** @returns whether the file is little-endian. */
function readHeader(bytes: Buffer, path: string): boolean {
  const text = bytes.toString("latin1", 0, 116);
  const hdf = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");
  if (text.startsWith("MATLAB 7.3") || bytes.subarray(0, 8).equals(hdf) || bytes.subarray(512, 520).equals(hdf))
    throw new EliqError(
      "ERR_DATASET",
      `${path} is a MATLAB 7.3 file (HDF5), which eliq does not read; save it again in MATLAB with save(…, "-v7").`,
    );
  const order = bytes.toString("latin1", 126, 128);
  if (bytes.length < headerBytes || (order !== "IM" && order !== "MI"))
    throw new EliqError("ERR_DATASET", `${path} is not a MATLAB level-5 MAT file; give the file as it is published.`);
  return order === "IM";
}

async function unpack(data: Buffer, little: boolean, path: string): Promise<Element> {
  const bytes = await promisify(inflate)(data, { maxOutputLength: mostBytes }).catch((cause: unknown) => {
    throw damaged(path, cause);
  });
  return new Cursor(bytes, little, path).next();
}

interface Element {
  readonly type: number;
  readonly data: Buffer;
}

/** Reads the elements that follow one another in some bytes; never beyond them. */
class Cursor {
  #at = 0;

  constructor(
    readonly bytes: Buffer,
    readonly little: boolean,
    readonly path: string,
  ) {}

  get done(): boolean {
    return this.#at >= this.bytes.length;
  }

  next(): Element {
    const left = this.bytes.length - this.#at - 8;
    if (left < 0) throw damaged(this.path);
    const first = readUint32(this.bytes, this.#at, this.little);
    const small = first >>> 16;
    const [type, size, from] =
      small > 0
        ? [first & 0xffff, small, this.#at + 4]
        : [first, readUint32(this.bytes, this.#at + 4, this.little), this.#at + 8];
    if (size > (small > 0 ? 4 : left)) throw damaged(this.path);
    // Elements begin at multiples of eight, except after a compressed one.
    const padded = type === mi.compressed ? size : Math.ceil(size / 8) * 8;
    this.#at += small > 0 ? 8 : 8 + padded;
    return { type, data: this.bytes.subarray(from, from + size) };
  }
}

/** @returns undefined for an object of a class that has no name where others have one. */
function readMatrix(
  bytes: Buffer,
  little: boolean,
  path: string,
  depth: number,
): { name: string; value: MatValue } | undefined {
  // MATLAB writes an empty cell as a matrix without contents.
  if (bytes.length === 0) return { name: "", value: { kind: "numbers", values: new Float64Array() } };
  const cursor = new Cursor(bytes, little, path);
  const flags = cursor.next().data;
  if (flags.length < 4) throw damaged(path);
  const word = readUint32(flags, 0, little);
  const type = word & 0xff;
  if (type > mx.function) return undefined;
  const shape = readNumbers(cursor.next(), little, path);
  if (shape.length < 2 || shape.some((size) => size < 0)) throw damaged(path);
  const name = cursor.next().data.toString("latin1");
  const count = shape.reduce((product, size) => product * size, 1);
  if (type === mx.cell) return { name, value: readCells(cursor, count, depth) };
  if (type === mx.char) return { name, value: readText(cursor.next(), shape, little, path) };
  if (type < mx.double || type > mx.uint64 || (word & complexFlag) !== 0) return { name, value: { kind: "other" } };
  const values = readNumbers(cursor.next(), little, path);
  if (values.length !== count) throw damaged(path);
  return { name, value: { kind: "numbers", values } };
}

function readCells(cursor: Cursor, count: number, depth: number): MatValue {
  // Every cell takes eight bytes at least, so a shape cannot ask for more cells than there are bytes.
  if (depth >= deepestCell || count > cursor.bytes.length / 8) throw damaged(cursor.path);
  const cells: MatValue[] = [];
  for (let index = 0; index < count; index++) {
    const { type, data } = cursor.next();
    if (type !== mi.matrix) throw damaged(cursor.path);
    cells.push(readMatrix(data, cursor.little, cursor.path, depth + 1)?.value ?? { kind: "other" });
  }
  return { kind: "cells", cells };
}

function readText(element: Element, shape: Float64Array, little: boolean, path: string): MatValue {
  const [height = 0, width = 0] = shape;
  const text = decode(element, little, path);
  if (height === 1) return { kind: "text", rows: [text] };
  if (height === 0) return { kind: "text", rows: [""] };
  if (text.length !== height * width) throw damaged(path);
  const rows = Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => text[row + column * height]).join(""),
  );
  return { kind: "text", rows };
}

function decode({ type, data }: Element, little: boolean, path: string): string {
  if (type === mi.utf8) return data.toString("utf8");
  if (type !== mi.uint16 && type !== mi.utf16) return data.toString("latin1");
  const units = readNumbers({ type: mi.uint16, data }, little, path);
  let text = "";
  for (const unit of units) text += String.fromCharCode(unit);
  return text;
}

/** Bytes and reader of a number, by data type. */
const numberTypes: Record<number, [size: number, read: (view: DataView, at: number, little: boolean) => number]> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getInt16(at, little)],
  4: [2, (view, at, little) => view.getUint16(at, little)],
  5: [4, (view, at, little) => view.getInt32(at, little)],
  6: [4, (view, at, little) => view.getUint32(at, little)],
  7: [4, (view, at, little) => view.getFloat32(at, little)],
  9: [8, (view, at, little) => view.getFloat64(at, little)],
  12: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  13: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

function readNumbers({ type, data }: Element, little: boolean, path: string): Float64Array {
  const [size, read] = numberTypes[type] ?? [];
  if (size === undefined || read === undefined || data.length % size !== 0) throw damaged(path);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float64Array.from({ length: data.length / size }, (_, index) => read(view, index * size, little));
}

function readUint32(bytes: Buffer, at: number, little: boolean): number {
  return little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

function damaged(path: string, cause?: unknown): EliqError {
  return new EliqError("ERR_DATASET", `${path} is a damaged MAT file; fetch it again.`, { cause });
}
