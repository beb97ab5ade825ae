import { createHash } from "node:crypto";

/** Sorted standard-normal quantiles: entry i is the value with cumulative probability (i + 1/2) / length. */
let normalTable: Float32Array | undefined;

/**
 * Seeded generator whose sequence is the same on every platform: sfc32 (Chris Doty-Humphrey, PractRand), its state taken from a
 * SHA-256 of the keys. Integer arithmetic throughout; the floating functions used are V8's own, not the C library's.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  /** @param keys anything that names the stream, e.g. `new Random(seed, "pairs", step)`; different keys give independent streams. */
  constructor(...keys: (string | number)[]) {
    const digest = createHash("sha256").update(JSON.stringify(keys)).digest();
    this.a = digest.readInt32LE(0);
    this.b = digest.readInt32LE(4);
    this.c = digest.readInt32LE(8);
    this.counter = digest.readInt32LE(12);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** @returns an integer in [0, 2^32). */
  uint32(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + sum) | 0;
    return sum >>> 0;
  }

  /** @returns a number in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.uint32() / 4294967296);
  }

  /** @returns an integer in [0, count). */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** @returns an element of a non-empty list. */
  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)] as T;
  }

  /** @returns -1 or 1. */
  sign(): number {
    return this.uint32() & 1 ? 1 : -1;
  }

  /** Fisher-Yates; the list given is left as it is. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = shuffled[i] as T;
      shuffled[i] = shuffled[j] as T;
      shuffled[j] = kept;
    }
    return shuffled;
  }

  /** @returns a standard normal, one of 65,536 quantiles (so |value| < 4.4), which is ample for 8-bit pixels. */
  normal(): number {
    return normals()[this.uint32() >>> 16] as number;
  }

  /** Fills `values` with standard normals; two per draw. */
  fillNormal(values: Float32Array): Float32Array {
    const table = normals();
    for (let i = 0; i < values.length; i += 2) {
      const bits = this.uint32();
      values[i] = table[bits >>> 16] as number;
      if (i + 1 < values.length) values[i + 1] = table[bits & 0xffff] as number;
    }
    return values;
  }
}

function normals(): Float32Array {
  if (normalTable) return normalTable;
  const table = new Float32Array(65536);
  for (let i = 0; i < 65536; i++) table[i] = normalQuantile((i + 0.5) / 65536);
  normalTable = table;
  return table;
}

/** Newton iterations on the cumulative normal, started from the logistic approximation. */
function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  let x = Math.log(probability / (1 - probability)) / 1.702;
  for (let i = 0; i < 12; i++) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    x -= Math.max(-0.5, Math.min(0.5, (cumulativeNormal(x) - probability) / density));
  }
  return x;
}

/** Marsaglia's series (Journal of Statistical Software 11(4), 2004); accurate to double precision for |x| < 6. */
function cumulativeNormal(x: number): number {
  let sum = x;
  let term = x;
  for (let i = 3; i < 200 && Math.abs(term) > 1e-18; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
