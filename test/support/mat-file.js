// @ts-check
// A writer of MATLAB level-5 MAT files, of either byte order, for tests of their reader.
import { deflateSync } from "node:zlib";

/**
 * A matrix of doubles, of texts (a cell of characters) or of one text.
 * @typedef {{ name: string, shape?: [number, number], numbers?: number[], texts?: string[], text?: string }} MatVariable
 */

/** @param {MatVariable[]} variables @param {{ bigEndian?: boolean, compressed?: boolean }} [options] @returns {Buffer} */
export function matFile(variables, { bigEndian = false, compressed = false } = {}) {
  const writer = new Writer(bigEndian);
  const header = Buffer.alloc(128, " ");
  header.write("MATLAB 5.0 MAT-file, made by a test");
  header.fill(0, 116, 124);
  writer.uint16(0x0100).copy(header, 124);
  header.write(bigEndian ? "MI" : "IM", 126, "latin1");
  const elements = variables.map((variable) => writer.variable(variable));
  return Buffer.concat([
    header,
    ...elements.map((element) => (compressed ? writer.element(15, deflateSync(element), 1) : element)),
  ]);
}

class Writer {
  /** @param {boolean} bigEndian */
  constructor(bigEndian) {
    this.bigEndian = bigEndian;
  }

  /** @param {number} value */
  uint16(value) {
    const bytes = Buffer.alloc(2);
    this.bigEndian ? bytes.writeUInt16BE(value) : bytes.writeUInt16LE(value);
    return bytes;
  }

  /** @param {number} value */
  int32(value) {
    const bytes = Buffer.alloc(4);
    this.bigEndian ? bytes.writeInt32BE(value) : bytes.writeInt32LE(value);
    return bytes;
  }

  /** @param {number} value */
  double(value) {
    const bytes = Buffer.alloc(8);
    this.bigEndian ? bytes.writeDoubleBE(value) : bytes.writeDoubleLE(value);
    return bytes;
  }

  /** Four bytes or fewer go into the tag itself. @param {number} type @param {Buffer} data @param {number} [alignment] */
  element(type, data, alignment = 8) {
    if (data.length > 0 && data.length <= 4) {
      const tag = this.bigEndian
        ? [this.uint16(data.length), this.uint16(type)]
        : [this.uint16(type), this.uint16(data.length)];
      return Buffer.concat([...tag, data, Buffer.alloc(4 - data.length)]);
    }
    const padding = Buffer.alloc(Math.ceil(data.length / alignment) * alignment - data.length);
    return Buffer.concat([this.int32(type), this.int32(data.length), data, padding]);
  }

  /** @param {number} type class of the matrix @param {string} name @param {number[]} shape @param {Buffer[]} contents */
  matrix(type, name, shape, contents) {
    return this.element(
      14,
      Buffer.concat([
        this.element(6, Buffer.concat([this.int32(type), this.int32(0)])),
        this.element(5, Buffer.concat(shape.map((size) => this.int32(size)))),
        this.element(1, Buffer.from(name)),
        ...contents,
      ]),
    );
  }

  /** @param {string} name @param {string} text @returns {Buffer} */
  text(name, text) {
    const units = Buffer.concat([...text].map((letter) => this.uint16(letter.charCodeAt(0))));
    return this.matrix(4, name, [1, text.length], [this.element(4, units)]);
  }

  /** @param {MatVariable} variable */
  variable({ name, shape, numbers, texts, text }) {
    if (text !== undefined) return this.text(name, text);
    if (texts)
      return this.matrix(
        1,
        name,
        shape ?? [texts.length, 1],
        texts.map((each) => this.text("", each)),
      );
    const values = numbers ?? [];
    const data = this.element(9, Buffer.concat(values.map((value) => this.double(value))));
    return this.matrix(6, name, shape ?? [values.length, 1], [data]);
  }
}
