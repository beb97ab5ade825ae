/** Names of the files in the folder that a build writes. */

export const manifestName = "manifest.jsonl";
/** Inputs that were left out, with reasons. */
export const skippedName = "skipped.jsonl";
