/** From a pool of rendered chains to batches of ordered pairs. */
import type { NativePairBatch } from "../native/addon.js";
import { Aspect } from "../native/addon.js";
import type { VisualAspect } from "./degradations/index.js";
import { Random } from "./random.js";

/** A chain whose members are samples of the trainer. */
export interface PoolChain {
  readonly steps: readonly string[];
  readonly aspects: readonly VisualAspect[];
  readonly severities: readonly number[];
  /** Sample indices, severities ascending. */
  readonly samples: readonly number[];
}

/** An image of the pool. */
export interface PoolImage {
  readonly clean: number;
  readonly chains: readonly PoolChain[];
}

/**
 * What a step sees. Few images with many pairs among them, since a sample costs the same however many pairs it is in.
 */
export interface BatchShape {
  /** Images per step. */
  readonly images: number;
  /** Chains of each of them; all pairs within a chain are taken, and the clean image above each of its levels. */
  readonly chains: number;
  /** Pairs of one image's clean side above another's strongly degraded one, for every pair within an image. */
  readonly across: number;
}

export const defaultShape: BatchShape = { images: 24, chains: 2, across: 3 };

/** From here on damage outweighs what images differ in by themselves, so that other contents may be compared. */
export const strongSeverity = 0.5;

export interface OrderedPair {
  readonly better: number;
  readonly worse: number;
  readonly rank: number;
  readonly invariant: number;
}

const bits: Readonly<Record<VisualAspect, number>> = { technical: Aspect.technical, aesthetic: Aspect.aesthetic };

function rankBits(aspects: readonly VisualAspect[]): number {
  return aspects.reduce<number>((sum, aspect) => sum | bits[aspect], Aspect.quality);
}

/** Of one content: what the damage does not touch must not move. */
function withinImage(better: number, worse: number, aspects: readonly VisualAspect[]): OrderedPair {
  const rank = rankBits(aspects);
  return { better, worse, rank, invariant: (Aspect.technical | Aspect.aesthetic) & ~rank };
}

/**
 * Draws batches of pairs. A batch is a function of the pool, the seed and the step alone, so a resumed run needs no state.
 */
export class PairSampler {
  private readonly images: readonly PoolImage[];

  /** @param images those with at least one chain are used. */
  constructor(
    images: readonly PoolImage[],
    private readonly seed: number,
    private readonly shape: BatchShape = defaultShape,
  ) {
    this.images = images.filter((image) => image.chains.length > 0);
    if (this.images.length === 0) throw new RangeError("The pool has no chains to draw pairs from.");
  }

  /** The batch of a step. */
  batch(step: number): NativePairBatch {
    const random = new Random(this.seed, "pairs", step);
    const chosen = this.choose(random);
    const within = [...allPairs(chosen)];
    return toBatch([...within, ...this.across(chosen, Math.round(within.length * this.shape.across), random)]);
  }

  /** Different images, each with different chains of its own. */
  private choose(random: Random): PoolImage[] {
    const places = new Set<number>();
    const wanted = Math.min(this.shape.images, this.images.length);
    while (places.size < wanted) places.add(random.integer(this.images.length));
    return [...places].map((place) => {
      const { clean, chains } = this.images[place] as PoolImage;
      return { clean, chains: random.shuffle(chains).slice(0, this.shape.chains) };
    });
  }

  private across(images: readonly PoolImage[], count: number, random: Random): OrderedPair[] {
    const strong = images.map(({ chains }) =>
      chains.flatMap(({ samples, severities, aspects }) =>
        samples
          .filter((_, level) => (severities[level] as number) >= strongSeverity)
          .map((sample) => ({ sample, rank: rankBits(aspects) })),
      ),
    );
    const damaged = strong.flatMap((samples, image) => samples.map((sample) => ({ image, ...sample })));
    if (images.length < 2 || damaged.length === 0) return [];
    return Array.from({ length: count }, () => {
      const { image, sample, rank } = random.pick(damaged);
      const other = (image + 1 + random.integer(images.length - 1)) % images.length;
      return { better: (images[other] as PoolImage).clean, worse: sample, rank, invariant: 0 };
    });
  }
}

function toBatch(pairs: readonly OrderedPair[]): NativePairBatch {
  return {
    better: Int32Array.from(pairs, ({ better }) => better),
    worse: Int32Array.from(pairs, ({ worse }) => worse),
    target: new Float32Array(pairs.length).fill(1),
    rank: Uint8Array.from(pairs, ({ rank }) => rank),
    invariant: Uint8Array.from(pairs, ({ invariant }) => invariant),
  };
}

/** Every pair within the images: the clean image above each level, and each level above every more severe one. */
export function* allPairs(images: readonly PoolImage[]): Generator<OrderedPair & { family: string }> {
  for (const image of images)
    for (const chain of image.chains) {
      const family = chain.steps.join(" + ");
      for (const [level, sample] of chain.samples.entries()) {
        yield { family, ...withinImage(image.clean, sample, chain.aspects) };
        for (const severer of chain.samples.slice(level + 1))
          yield { family, ...withinImage(sample, severer, chain.aspects) };
      }
    }
}
