/** Files of lines, by their bytes: a line feed alone ends a line, so that offsets are exact and no character splits a text. */
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** A line without its line break, and where it is. */
export interface FileLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

const lineFeed = 10;

/**
 * Streams the lines of a file; a last one without a line feed counts.
 *
 * @param end bytes to read at most.
 */
export async function* streamLines(path: string, end = Number.POSITIVE_INFINITY): AsyncGenerator<FileLine, void, void> {
  if (end === 0) return;
  let begun: Buffer = Buffer.alloc(0);
  let [number, offset] = [0, 0];
  const next = (bytes: Buffer): FileLine => {
    const line = { text: textOf(bytes), number: ++number, offset };
    offset += bytes.length + 1;
    return line;
  };
  for await (const part of createReadStream(path, { end: end - 1 })) {
    const chunk = part as Buffer;
    let from = 0;
    for (let feed = chunk.indexOf(lineFeed); feed >= 0; feed = chunk.indexOf(lineFeed, from)) {
      yield next(Buffer.concat([begun, chunk.subarray(from, feed)]));
      begun = Buffer.alloc(0);
      from = feed + 1;
    }
    begun = Buffer.concat([begun, chunk.subarray(from)]);
  }
  if (begun.length > 0) yield next(begun);
}

/**
 * The line that begins at an offset.
 *
 * @param end bytes of the file that count.
 */
export async function readLineAt(file: FileHandle, offset: number, end: number): Promise<string> {
  let line: Buffer = Buffer.alloc(0);
  for (let at = offset; at < end; ) {
    const chunk = Buffer.alloc(Math.min(4096, end - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    const feed = chunk.subarray(0, bytesRead).indexOf(lineFeed);
    line = Buffer.concat([line, chunk.subarray(0, feed < 0 ? bytesRead : feed)]);
    if (feed >= 0 || bytesRead === 0) break;
    at += bytesRead;
  }
  return textOf(line);
}

/** Without the carriage return that Windows puts before a line feed. */
function textOf(line: Buffer): string {
  return line.toString("utf8", 0, line.at(-1) === 13 ? line.length - 1 : line.length);
}

/** The offset after the last line feed before `size`, which is read from there backwards: what follows it is a torn line. */
export async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(65536);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - chunk.length);
    const { bytesRead } = await handle.read(chunk, 0, end - from, from);
    const feed = chunk.subarray(0, bytesRead).lastIndexOf(lineFeed);
    if (feed >= 0) return from + feed + 1;
    end = from;
  }
  return 0;
}
