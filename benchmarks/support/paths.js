// @ts-check
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Folder of the shared data: ELIQ_DATA, or ../shared/data beside the repository. */
export const dataDirectory = resolve(process.env.ELIQ_DATA ?? join(root, "../shared/data"));

/** Pristine models of NIQE that benchmarks/fit-niqe.js made. */
export const niqeDirectory = join(root, "models/niqe");
