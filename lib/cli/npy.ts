/** NumPy's .npy format, version 1.0: a matrix of float32 whose number of rows is known only at the end. */
import { type FileHandle, open } from "node:fs/promises";

const headerLength = 128;

/** Writes rows as they come; `close` completes the header. */
export class NpyWriter {
  #rows = 0;

  private constructor(
    readonly file: FileHandle,
    readonly columns: number,
  ) {}

  static async create(path: string, columns: number): Promise<NpyWriter> {
    const file = await open(path, "w");
    const writer = new NpyWriter(file, columns);
    await file.write(writer.#header(), 0, headerLength, 0);
    return writer;
  }

  /** @returns the index of the row. */
  async append(row: Float32Array): Promise<number> {
    const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
    await this.file.write(bytes, 0, bytes.length, headerLength + this.#rows * this.columns * 4);
    return this.#rows++;
  }

  async close(): Promise<void> {
    await this.file.write(this.#header(), 0, headerLength, 0);
    await this.file.close();
  }

  /** Magic, version, length of the rest as uint16, and a Python dictionary padded with spaces and a line feed. */
  #header(): Buffer {
    const shape = `{'descr': '<f4', 'fortran_order': False, 'shape': (${this.#rows}, ${this.columns}), }`;
    const header = Buffer.alloc(headerLength, " ");
    header.write("\x93NUMPY\x01\x00", 0, "latin1");
    header.writeUInt16LE(headerLength - 10, 8);
    header.write(shape, 10, "latin1");
    header.write("\n", headerLength - 1, "latin1");
    return header;
  }
}
