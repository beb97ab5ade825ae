/** What a critic orders rightly among pairs it was not trained on. */
import { Aspect, type NativeTrainer } from "../native/addon.js";
import { allPairs, type PoolImage } from "../pairs/index.js";

/** Right ones among the pairs that rank an aspect. */
export interface PairAccuracy {
  pairs: number;
  /** Share ordered rightly, 0..1; ties count half. */
  accuracy: number;
}

export interface PairReport {
  quality: PairAccuracy;
  technical: PairAccuracy;
  aesthetic: PairAccuracy;
  /** Of quality, by family ("a + b" for combinations). */
  families: Record<string, PairAccuracy>;
}

type Scores = Awaited<ReturnType<NativeTrainer["score"]>>;

const visual = ["quality", "technical", "aesthetic"] as const;

class Tally {
  private right = 0;
  private pairs = 0;
  count(difference: number): void {
    this.pairs++;
    this.right += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
  }
  result(): PairAccuracy {
    return { pairs: this.pairs, accuracy: this.pairs > 0 ? this.right / this.pairs : Number.NaN };
  }
}

/** Scores all members of the images and counts the pairs within each image. */
export async function evaluatePairs(trainer: NativeTrainer, images: readonly PoolImage[]): Promise<PairReport> {
  const samples = samplesOf(images);
  const scores = await trainer.score(Int32Array.from(samples));
  const place = new Map(samples.map((sample, index) => [sample, index]));
  const totals = { quality: new Tally(), technical: new Tally(), aesthetic: new Tally() };
  const families = new Map<string, Tally>();
  for (const pair of allPairs(images)) {
    const better = place.get(pair.better) as number;
    const worse = place.get(pair.worse) as number;
    for (const aspect of visual)
      if (pair.rank & Aspect[aspect]) totals[aspect].count(difference(scores, aspect, better, worse));
    const family = families.get(pair.family) ?? new Tally();
    family.count(difference(scores, "quality", better, worse));
    families.set(pair.family, family);
  }
  return {
    quality: totals.quality.result(),
    technical: totals.technical.result(),
    aesthetic: totals.aesthetic.result(),
    families: Object.fromEntries([...families].sort().map(([name, tally]) => [name, tally.result()])),
  };
}

function difference(scores: Scores, aspect: (typeof visual)[number], better: number, worse: number): number {
  return (scores[aspect][better] as number) - (scores[aspect][worse] as number);
}

/** All samples of the images. */
export function samplesOf(images: readonly PoolImage[]): number[] {
  return images.flatMap((image) => [image.clean, ...image.chains.flatMap((chain) => chain.samples)]);
}
