/** Embeddings as text: little-endian float32, base64. */
import { EliqError } from "../errors.js";

/** @returns base64 of the vector's bytes, four a number. */
export function encodeEmbedding(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}

/** @throws EliqError ERR_RESULTS when the text is no whole number of float32 values. */
export function decodeEmbedding(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 0 || bytes.length % 4 !== 0)
    throw new EliqError("ERR_RESULTS", "An embedding is not base64 of float32 numbers; write the results file again.");
  // A copy, because Buffer's own memory may begin at an odd place.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
