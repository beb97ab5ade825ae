import type { WorkerPool } from "../../batching/worker-pool.js";
import type { Header } from "../manifest/schema.js";
import type { GivenNegatives } from "./given-negatives.js";
import type { BuildOptions } from "./options.js";
import type { Tasks } from "./workers.js";

export interface BuildProgress {
  readonly phase: "scan" | "render";
  /** Images of the list, or units. */
  readonly done: number;
  /** Undefined while it is not known. */
  readonly total?: number;
}

export interface BuildHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
}

/** What both passes of a build work with. */
export interface BuildContext {
  readonly options: BuildOptions;
  readonly hooks: BuildHooks;
  readonly header: Header;
  readonly pool: WorkerPool<Tasks>;
  readonly negatives: GivenNegatives | undefined;
  /** The source folder; paths in the manifest are relative to it. */
  readonly folder: string;
  /** A path as the manifest calls it. */
  readonly pathOf: (path: string) => string;
}
