/** A file of JSON lines that is appended to, survives a kill at any moment, and is read by place. */
import { type FileHandle, open, truncate } from "node:fs/promises";
import { endOfLastLine, readLineAt, streamLines } from "./lines.js";

/**
 * Appends lines. A line counts when its line feed is there; a torn last one is cut off when the file is opened again.
 */
export class LineFile {
  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private end: number,
  ) {}

  /**
   * Opens a file to go on with it, creating it when needed.
   *
   * @param onLine called with each whole line that is there, in order, and the offset where it begins.
   */
  static async open(path: string, onLine?: (line: string, offset: number) => void): Promise<LineFile> {
    const handle = await open(path, "a+");
    try {
      const { size } = await handle.stat();
      const last = await endOfLastLine(handle, size);
      if (last < size) await truncate(path, last);
      if (onLine) for await (const { text, offset } of streamLines(path, last)) onLine(text, offset);
      return new LineFile(path, handle, last);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** @returns the offset where the line begins. */
  async append(value: unknown): Promise<number> {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    const offset = this.end;
    await this.handle.appendFile(line);
    this.end += line.length;
    return offset;
  }

  /** The line that begins at an offset. */
  read(offset: number): Promise<string> {
    return readLineAt(this.handle, offset, this.end);
  }

  /** All lines, in order. */
  async *lines(): AsyncGenerator<string, void, void> {
    for await (const { text } of streamLines(this.path, this.end)) yield text;
  }

  async sync(): Promise<void> {
    await this.handle.sync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** The last whole line of a file, which is read from its end; undefined when there is no file. */
export async function lastLine(path: string): Promise<string | undefined> {
  const handle = await open(path).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const end = await endOfLastLine(handle, (await handle.stat()).size);
    const start = await endOfLastLine(handle, Math.max(0, end - 1));
    const line = Buffer.alloc(Math.max(0, end - 1 - start));
    await handle.read(line, 0, line.length, start);
    return line.toString("utf8");
  } finally {
    await handle.close();
  }
}
