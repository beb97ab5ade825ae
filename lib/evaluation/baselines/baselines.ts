/** Opinion-unaware baselines, computed in the same run as the critic's scores on worker threads. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WorkerPool } from "../../batching/worker-pool.js";
import { decodeImage } from "../../images/decode.js";
import { packageRoot } from "../../native/paths.js";
import { type NiqeModel, niqe, niqeModelFromJson } from "../niqe.js";
import { PATCH, type RgbPixels, type SceneStatistics, sceneStatistics } from "../scene-statistics.js";
import { fileSize, jpegSize, pixelCount, sharpness } from "./image-statistics.js";

/** Names of NIQE's two fits; both are printed, and the stronger one of a run is what a critic has to beat. */
const niqeFits = ["NIQE (photographs)", "NIQE (diffusion)"] as const;

/** Names of all baselines, in the order of the tables. */
export const baselineNames = [...niqeFits, "Sharpness", "JPEG size", "File size", "Pixels"] as const;

/** Baselines of one image, higher is better; null where one is undefined. */
export type Baselines = Record<(typeof baselineNames)[number], number | null>;

/** What the threads do. */
export type BaselineTasks = { measure: { task: { path: string; maxPixels: number }; result: Baselines } };

/** Threads that compute baselines. @param size number of threads; one for each processor unless told. */
export function startBaselines(size?: number): WorkerPool<BaselineTasks> {
  return new WorkerPool<BaselineTasks>(new URL("./worker.js", import.meta.url), "baseline", size);
}

/** The fits that `benchmarks/fit-niqe.js` made and the package carries. */
export type NiqeModels = Record<(typeof niqeFits)[number], NiqeModel>;

/** @throws EliqError ERR_MODEL_CORRUPT when a file is not what it should be. */
export async function loadNiqeModels(): Promise<NiqeModels> {
  const load = async (name: string) =>
    niqeModelFromJson(await readFile(join(packageRoot, "models", "niqe", `${name}.json`), "utf8"));
  const [photographs, diffusion] = await Promise.all([load("photographs"), load("diffusion")]);
  return { "NIQE (photographs)": photographs, "NIQE (diffusion)": diffusion };
}

/**
 * Baselines of the image at `path`, decoded as the critic's decoder does.
 *
 * @throws EliqError as `decodeImage`.
 */
export async function measureBaselines(
  { path, maxPixels }: BaselineTasks["measure"]["task"],
  models: NiqeModels,
): Promise<Baselines> {
  // The bytes serve twice: for the size of the file, and decoded.
  const bytes = await readFile(path);
  const image = await decodeImage(bytes, path, maxPixels);
  const statistics = statisticsOf(image);
  const niqeOf = (model: NiqeModel) => (statistics ? -niqe(statistics, model) : Number.NaN);
  return {
    "NIQE (photographs)": defined(niqeOf(models["NIQE (photographs)"])),
    "NIQE (diffusion)": defined(niqeOf(models["NIQE (diffusion)"])),
    Sharpness: defined(sharpness(image)),
    "JPEG size": defined(await jpegSize(image)),
    "File size": defined(fileSize(bytes.length, image)),
    Pixels: defined(pixelCount(image)),
  };
}

/** undefined for a picture that holds no whole patch. */
function statisticsOf(image: RgbPixels): SceneStatistics | undefined {
  return image.width < PATCH || image.height < PATCH ? undefined : sceneStatistics(image);
}

function defined(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
