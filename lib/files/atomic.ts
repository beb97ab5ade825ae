/** Files that are whole or not there. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { EliqError } from "../errors.js";

/** Writes a file so that a reader, or a kill at any moment, finds either the old contents or the new. */
export async function writeAtomically(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(contents);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/**
 * As {@link writeAtomically}, for a file that the user named; makes its folder.
 *
 * @throws EliqError ERR_IO when it cannot be written.
 */
export async function writeOutput(path: string, contents: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeAtomically(path, contents);
  } catch (cause) {
    throw new EliqError("ERR_IO", `${path} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}

/** Parsed JSON, or undefined when there is no such file. */
export async function readJsonIfThere<T>(path: string): Promise<T | undefined> {
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** A text file's contents, or undefined when there is no such file. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
