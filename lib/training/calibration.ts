/** The calibration that a training run writes: anchored on its own images and their damaged copies. */
import type { CalibratedScore, Calibration } from "../calibration/calibration.js";
import { type CalibrationIdentity, fitWhatThereIs, type GradedImage } from "../calibration/label-free.js";
import type { NativeTrainer } from "../native/addon.js";
import { samplesOf } from "./evaluate.js";
import type { PooledImage } from "./pool.js";

/**
 * Scores images and the chains among their damage that have the usual number of levels, and fits a calibration to them.
 *
 * @param images at least one.
 */
export async function calibrate(
  trainer: NativeTrainer,
  images: readonly PooledImage[],
  identity: CalibrationIdentity,
): Promise<Calibration> {
  const levels = usualLength(images);
  const samples = samplesOf(images);
  const scores = await trainer.score(Int32Array.from(samples));
  const place = new Map(samples.map((sample, index) => [sample, index]));
  const rawOf = (sample: number) => {
    const i = place.get(sample) as number;
    const [quality, technical, aesthetic] = [scores.quality[i], scores.technical[i], scores.aesthetic[i]];
    return { quality, technical, aesthetic, alignment: null } as GradedImage["raw"];
  };
  const graded = images.flatMap(({ clean, chains, origin: { kind } }): GradedImage[] => [
    { raw: rawOf(clean), level: 0, kind, orders: [] },
    ...chains
      .filter((chain) => chain.samples.length === levels)
      .flatMap((chain) => {
        const orders: CalibratedScore[] = ["quality", ...chain.aspects];
        return chain.samples.map((sample, i) => ({ raw: rawOf(sample), level: i + 1, kind, orders }));
      }),
  ]);
  return fitWhatThereIs(graded, levels, identity);
}

/** The number of levels that most chains have. */
function usualLength(images: readonly PooledImage[]): number {
  const counts = new Map<number, number>();
  for (const { chains } of images)
    for (const { samples } of chains) counts.set(samples.length, (counts.get(samples.length) ?? 0) + 1);
  const [usual] = [...counts].sort(([a, n], [b, m]) => m - n || b - a);
  return usual?.[0] ?? 1;
}
