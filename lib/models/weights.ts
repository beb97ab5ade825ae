/** Whether a model's weights are those that its config.json names. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { EliqError } from "../errors.js";
import type { Model } from "./directory.js";

/** Above this size the weights are not hashed at load: it would take longer than reading them. */
const hashedBytes = 64 * 1024 * 1024;

/**
 * Compares the SHA-256 of model.safetensors, computed off the JavaScript thread, with the model's revision: a damaged weight
 * gives wrong scores in silence, because no check of the file's structure can find it.
 *
 * @throws EliqError ERR_MODEL_CORRUPT when they differ.
 */
export async function verifyWeights({ directory, revision }: Model): Promise<void> {
  const path = join(directory, "model.safetensors");
  if ((await stat(path)).size > hashedBytes) return;
  const digest = await crypto.subtle.digest("SHA-256", await readFile(path));
  const found = Buffer.from(digest).toString("hex").slice(0, revision.length);
  if (found === revision) return;
  throw new EliqError(
    "ERR_MODEL_CORRUPT",
    `${path} is damaged or belongs to another model: its SHA-256 begins with ${found}, and config.json names revision ${revision}. Restore the model directory.`,
  );
}
