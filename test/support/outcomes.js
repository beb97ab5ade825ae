// @ts-check
// What tests look at after a run: the error it ended with, the lines it wrote.
import { readFile } from "node:fs/promises";

/** The error that a promise is rejected with. @param {Promise<unknown>} promise @returns {Promise<any>} */
export function failure(promise) {
  return promise.then(
    () => {
      throw new Error("expected a failure");
    },
    (error) => error,
  );
}

/** The values of a file of JSON lines; none when there is no file. @param {string} path @returns {Promise<any[]>} */
export async function jsonLines(path) {
  const text = await readFile(path, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
