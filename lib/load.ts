/** Loading: model directory, addon, engine and decoder, as much of it at once as can be. */
import { abortable } from "./batching/abort.js";
import type { EliqParts } from "./eliq.js";
import { EliqError, throwIfAborted } from "./errors.js";
import type { AllowUrls } from "./images/fetch.js";
import { defaultMaxPixels } from "./images/limits.js";
import { loadDecoder } from "./images/read.js";
import { type Model, readModel } from "./models/directory.js";
import { verifyWeights } from "./models/weights.js";
import type { NativeEngine } from "./native/addon.js";
import { loadAddon } from "./native/load.js";

/** What a load is doing; the stages come in this order. */
export type LoadProgress =
  | { readonly stage: "model"; readonly model: string; readonly directory: string }
  | { readonly stage: "addon" }
  | { readonly stage: "engine"; readonly device: string }
  | { readonly stage: "ready"; readonly model: string; readonly device: string; readonly threads: number };

/** Options of `Eliq.load`. */
export interface LoadOptions {
  /** Directory of the model, as a path or file URL; the model shipped with the package unless told. */
  model?: string | URL | undefined;
  /**
   * Calibration in place of the model's own: path or file URL of a calibration file, or a name such as "photos" for
   * `calibrations/photos.json` in the model directory. It must have been made with the same model.
   */
  calibration?: string | URL | undefined;
  /** "auto" (the default) falls back to the CPU; every other device is used or the load fails. */
  device?: "auto" | "cpu" | (string & {}) | undefined;
  /**
   * Threads of one model operation, 1 or more; the number of physical cores unless told. It belongs to the process: a second
   * load that asks for another number fails with ERR_INVALID_ARGUMENT.
   */
  threads?: number | undefined;
  /** Whether http(s) URLs are fetched; false unless told. A function is asked for each URL, redirections included. */
  allowUrls?: AllowUrls | undefined;
  /** Images of more pixels are refused before they are decoded; 64 * 1024 * 1024 unless told. */
  maxPixels?: number | undefined;
  /** Ends the load with ERR_ABORTED. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/**
 * Loads what an Eliq is made of.
 *
 * @param read describes the model; for the making of a calibration, which cannot presuppose one.
 */
export async function loadParts(
  options: LoadOptions,
  read: () => Promise<Model> = () => readModel(options.model, options.calibration),
): Promise<EliqParts> {
  const { device = "auto", threads, allowUrls = false, maxPixels = defaultMaxPixels, signal, onProgress } = options;
  checkOptions(options);
  throwIfAborted(signal);
  const model = await read();
  onProgress?.({ stage: "model", model: model.id, directory: model.directory });
  throwIfAborted(signal);

  onProgress?.({ stage: "addon" });
  const addon = loadAddon();
  onProgress?.({ stage: "engine", device });
  const loading = addon.loadEngine({ directory: model.directory, device, threads: threads ?? 0 });
  const engine = await withEngine(loading, model, signal);
  onProgress?.({ stage: "ready", model: model.id, device: engine.device, threads: engine.threads });
  return { engine, model, allowUrls, maxPixels };
}

/** The engine reads the model on its own thread, while this one loads the decoder. An engine that nobody gets is let go. */
async function withEngine(
  loading: Promise<NativeEngine>,
  model: Model,
  signal: AbortSignal | undefined,
): Promise<NativeEngine> {
  try {
    const [engine] = await Promise.all([
      abortable(loading, signal),
      verifyWeights(model),
      // Its failure matters only to whoever passes an encoded image, and shows then.
      loadDecoder().catch(() => {}),
    ]);
    return engine;
  } catch (error) {
    loading.then(
      (engine) => engine.dispose(),
      () => {},
    );
    throw error;
  }
}

function checkOptions({ device, threads, allowUrls, maxPixels }: LoadOptions): void {
  if (device !== undefined && typeof device !== "string")
    throw invalid('device must be a string such as "auto" or "cpu".');
  if (threads !== undefined && !isPositiveInteger(threads))
    throw invalid("threads must be a whole number of 1 or more.");
  if (maxPixels !== undefined && !isPositiveInteger(maxPixels)) {
    throw invalid("maxPixels must be a whole number of 1 or more.");
  }
  if (allowUrls !== undefined && typeof allowUrls !== "boolean" && typeof allowUrls !== "function") {
    throw invalid("allowUrls must be true, false or a function that is asked for each URL.");
  }
}

function isPositiveInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function invalid(message: string): EliqError {
  return new EliqError("ERR_INVALID_ARGUMENT", message);
}
