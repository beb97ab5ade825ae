/** Pictures that look the same: a 64-bit difference hash, and an index that finds earlier hashes close to a new one. */
import { EliqError } from "../../errors.js";

/**
 * Difference hash (N. Krawetz, "Kind of Like That", 2013): luma averaged to 9 x 8 cells; bit 8 y + x says whether cell x + 1 of row
 * y is brighter than cell x. It survives resizing, recompression and changes of brightness or contrast.
 *
 * @param luma width * height values, row by row.
 * @returns 64 bits; the number of bits in which two hashes differ is their distance.
 */
export function differenceHash(luma: Float32Array, width: number, height: number): bigint {
  const cells = averageCells(luma, width, height, 9, 8);
  const halves = [0, 0];
  for (let bit = 0; bit < 64; bit++) {
    const cell = 9 * (bit >> 3) + (bit & 7);
    if ((cells[cell + 1] as number) > (cells[cell] as number)) (halves[bit >> 5] as number) |= 1 << (bit & 31);
  }
  return (BigInt((halves[1] as number) >>> 0) << 32n) | BigInt((halves[0] as number) >>> 0);
}

/** Means over a grid of cells; pictures smaller than the grid repeat pixels. */
function averageCells(luma: Float32Array, width: number, height: number, columns: number, rows: number): Float64Array {
  const cells = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [top, bottom] = span(row, rows, height);
      const [left, right] = span(column, columns, width);
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += luma[y * width + x] as number;
      cells[row * columns + column] = sum / ((bottom - top) * (right - left));
    }
  return cells;
}

function span(index: number, count: number, length: number): [number, number] {
  const from = Math.floor((index * length) / count);
  return [from, Math.max(from + 1, Math.floor(((index + 1) * length) / count))];
}

/** In how many bits two 64-bit hashes differ. */
export function hammingDistance(a: bigint, b: bigint): number {
  const difference = BigInt.asUintN(64, a ^ b);
  return bitCount(Number(difference & 0xffffffffn) | 0) + bitCount(Number(difference >> 32n) | 0);
}

/** Bits set in a 32-bit integer. */
function bitCount(bits: number): number {
  let count = bits - ((bits >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const bands = 4;
const bandValues = 1 << 16;
/** Beyond it, the neighbourhoods of a band's value cover so much that looking at everything is faster. */
const maxRadius = 11;

/**
 * Index of 64-bit hashes with exact search by Hamming distance (multi-index hashing, M. Norouzi, A. Punjani, D. J. Fleet, "Fast
 * search in Hamming space with multi-index hashing", CVPR 2012). Hashes within radius r differ by at most floor(r / 4) bits in at
 * least one of four bands of 16 bits, so only entries that share such a band are compared. 24 bytes an entry, and 1 MiB.
 */
export class NearDuplicates {
  readonly radius: number;
  #size = 0;
  #low = new Int32Array(1024);
  #high = new Int32Array(1024);
  /** Newest entry + 1 for each band and value; 0: none. */
  readonly #heads = new Int32Array(bands * bandValues);
  /** Entry before it in the same list + 1, four per entry. */
  #links = new Int32Array(bands * 1024);
  /** What a band may differ by. */
  readonly #masks: readonly number[];

  /** @param radius greatest distance that counts as near, 0..11. */
  constructor(radius = defaultRadius) {
    if (!Number.isInteger(radius) || radius < 0 || radius > maxRadius)
      throw new EliqError("ERR_INVALID_ARGUMENT", `The radius must be a whole number from 0 to ${maxRadius}.`);
    this.radius = radius;
    this.#masks = masksWithin(Math.floor(radius / bands));
  }

  /** How many hashes have been added. */
  get size(): number {
    return this.#size;
  }

  /** The entry nearest to `hash` within the radius, the earliest of several; undefined when there is none. */
  find(hash: bigint): number | undefined {
    let nearest: number | undefined;
    let least = this.radius + 1;
    this.#search(hash, (entry, distance) => {
      if (distance > least || (distance === least && nearest !== undefined && entry >= nearest)) return;
      least = distance;
      nearest = entry;
    });
    return least <= this.radius ? nearest : undefined;
  }

  /** Every entry within the radius, ascending. */
  all(hash: bigint): number[] {
    const found = new Set<number>();
    this.#search(hash, (entry, distance) => {
      if (distance <= this.radius) found.add(entry);
    });
    return [...found].sort((a, b) => a - b);
  }

  /** Visits the entries that share a band with `hash`, or nearly; some more than once. */
  #search(hash: bigint, visit: (entry: number, distance: number) => void): void {
    const low = Number(BigInt.asIntN(32, hash));
    const high = Number(BigInt.asIntN(32, hash >> 32n));
    for (let band = 0; band < bands; band++) {
      const value = bandOf(low, high, band);
      for (const mask of this.#masks)
        for (let next = this.#heads[band * bandValues + (value ^ mask)] as number; next !== 0; ) {
          const entry = next - 1;
          visit(entry, bitCount((this.#low[entry] as number) ^ low) + bitCount((this.#high[entry] as number) ^ high));
          next = this.#links[bands * entry + band] as number;
        }
    }
  }

  /** Adds a hash. @returns its entry: 0 for the first, then counting on. */
  add(hash: bigint): number {
    if (this.#size === this.#low.length) this.#grow();
    const entry = this.#size++;
    const low = Number(BigInt.asIntN(32, hash));
    const high = Number(BigInt.asIntN(32, hash >> 32n));
    this.#low[entry] = low;
    this.#high[entry] = high;
    for (let band = 0; band < bands; band++) {
      const head = band * bandValues + bandOf(low, high, band);
      this.#links[bands * entry + band] = this.#heads[head] as number;
      this.#heads[head] = entry + 1;
    }
    return entry;
  }

  #grow(): void {
    this.#low = enlarged(this.#low);
    this.#high = enlarged(this.#high);
    this.#links = enlarged(this.#links);
  }
}

function bandOf(low: number, high: number, band: number): number {
  const half = band < 2 ? low : high;
  return (band & 1 ? half >>> 16 : half) & 0xffff;
}

function enlarged(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * values.length);
  larger.set(values);
  return larger;
}

/** All 16-bit values with at most `bits` bits set, fewest first. */
function masksWithin(bits: number): number[] {
  return Array.from({ length: bandValues }, (_, mask) => mask)
    .filter((mask) => bitCount(mask) <= bits)
    .sort((a, b) => bitCount(a) - bitCount(b));
}

/** See docs/pairs.md for what it finds and what it takes for a copy wrongly. */
export const defaultRadius = 3;

/** Pictures this near are no copies, but share a split: crops, seeds and edits of one picture lie between the two radii. */
export const alikeRadius = 5;
