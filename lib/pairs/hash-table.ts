/** What a build remembers of each image: a few numbers in typed arrays, so that a million images are some dozens of megabytes. */
import { createHash } from "node:crypto";

/** First 52 bits of the SHA-256 of a text, as a number (two of a million texts meet with probability 1e-4); never 0. */
export function hash52(text: string): number {
  const digest = createHash("sha256").update(text).digest();
  return digest.readUInt32BE(0) * 2 ** 20 + (digest.readUInt32BE(4) >>> 12) || 1;
}

/** Numbers by 52-bit hash: open addressing with linear probing, at most two thirds full. */
export class HashTable {
  #keys = new Float64Array(1024);
  #values = new Int32Array(1024);
  #size = 0;

  /** The value of a key, or undefined. */
  get(key: number): number | undefined {
    const at = this.#find(key);
    return this.#keys[at] === key ? this.#values[at] : undefined;
  }

  set(key: number, value: number): void {
    if (3 * (this.#size + 1) > 2 * this.#keys.length) this.#grow();
    const at = this.#find(key);
    if (this.#keys[at] !== key) this.#size++;
    this.#keys[at] = key;
    this.#values[at] = value;
  }

  /** Place of the key, or of the gap where it would go. */
  #find(key: number): number {
    const mask = this.#keys.length - 1;
    // The low 32 bits of a SHA-256 prefix are uniform by themselves.
    let at = (key % 4294967296) & mask;
    while (this.#keys[at] !== 0 && this.#keys[at] !== key) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(2 * keys.length);
    this.#values = new Int32Array(2 * keys.length);
    for (let i = 0; i < keys.length; i++)
      if (keys[i] !== 0) {
        const at = this.#find(keys[i] as number);
        this.#keys[at] = keys[i] as number;
        this.#values[at] = values[i] as number;
      }
  }
}

/** A list of numbers that grows by doubling. */
export class NumberList {
  #values = new Float64Array(1024);
  length = 0;

  push(value: number): number {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    if (index < 0 || index >= this.length) throw new RangeError(`There is no number ${index} of ${this.length}.`);
    return this.#values[index] as number;
  }

  put(index: number, value: number): void {
    if (index < 0 || index >= this.length) throw new RangeError(`There is no number ${index} of ${this.length}.`);
    this.#values[index] = value;
  }
}
