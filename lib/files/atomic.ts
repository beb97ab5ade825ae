/** Files that are whole or not there. */
import { open, readFile, rename } from "node:fs/promises";

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
