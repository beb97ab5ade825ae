/** Pictures of few colours. */
import type { Raster } from "../raster.js";

/** Bits per channel of the histogram's cells. */
const bits = 5;
const cells = 1 << (3 * bits);

/** The histogram: pixels per cell, and the sums of their channel values. */
interface Histogram {
  readonly counts: Uint32Array;
  readonly sums: readonly [Uint32Array, Uint32Array, Uint32Array];
}

/** A box of colours: the cells `order[from..to - 1]`. */
interface Box {
  readonly from: number;
  readonly to: number;
  /** Channel along which its colours spread most. */
  readonly channel: number;
  /** Pixels times variance along that channel: what a cut can save. */
  readonly gain: number;
}

/** A list of colours and, for every cell of 32 x 32 x 32, the entry that stands for it. */
export interface Palette {
  /** RGB triples, 0..255. */
  readonly colours: Uint8Array;
  readonly entries: Uint16Array;
}

/** The cell of a colour. */
export function cellOf(r: number, g: number, b: number): number {
  return ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);
}

/**
 * Palette of at most `count` colours by median cut (P. Heckbert, "Color image quantization for frame buffer display", SIGGRAPH
 * 1982), in the variant that always cuts the box with the greatest summed variance, at its mean. The first colours' boxes are cut
 * alike whatever the count.
 */
export function medianCut(raster: Raster, count: number): Palette {
  const histogram = count3(raster);
  const order = Uint16Array.from(Array.from({ length: cells }, (_, i) => i).filter((i) => histogram.counts[i]));
  const boxes = [measureBox(histogram, order, 0, order.length)];
  while (boxes.length < count) {
    const at = boxes.reduce((best, box, i) => (box.gain > (boxes[best] as Box).gain ? i : best), 0);
    const box = boxes[at] as Box;
    if (box.gain <= 0) break;
    const cut = cutAtMean(histogram, order, box);
    boxes[at] = measureBox(histogram, order, box.from, cut);
    boxes.push(measureBox(histogram, order, cut, box.to));
  }
  return toPalette(histogram, order, boxes);
}

function count3({ data }: Raster): Histogram {
  const counts = new Uint32Array(cells);
  const sums = [new Uint32Array(cells), new Uint32Array(cells), new Uint32Array(cells)] as const;
  const [reds, greens, blues] = sums;
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    const cell = cellOf(r, g, b);
    (counts[cell] as number)++;
    (reds[cell] as number) += r;
    (greens[cell] as number) += g;
    (blues[cell] as number) += b;
  }
  return { counts, sums };
}

/** Mean of one channel in a cell. */
function level(histogram: Histogram, channel: number, cell: number): number {
  return ((histogram.sums[channel] as Uint32Array)[cell] as number) / (histogram.counts[cell] as number);
}

function measureBox(histogram: Histogram, order: Uint16Array, from: number, to: number): Box {
  let best: Box = { from, to, channel: 0, gain: 0 };
  if (to - from < 2) return best;
  for (let channel = 0; channel < 3; channel++) {
    let [n, sum, squares] = [0, 0, 0];
    for (let k = from; k < to; k++) {
      const cell = order[k] as number;
      const count = histogram.counts[cell] as number;
      const value = level(histogram, channel, cell);
      n += count;
      sum += count * value;
      squares += count * value * value;
    }
    const gain = squares - (sum * sum) / n;
    if (gain > best.gain) best = { from, to, channel, gain };
  }
  return best;
}

/** Sorts a box's cells into those below and above its mean; where the upper ones begin. Both are non-empty if the gain is above 0. */
function cutAtMean(histogram: Histogram, order: Uint16Array, { from, to, channel }: Box): number {
  let [n, sum] = [0, 0];
  for (let k = from; k < to; k++) {
    const cell = order[k] as number;
    n += histogram.counts[cell] as number;
    sum += (histogram.sums[channel] as Uint32Array)[cell] as number;
  }
  const inBox = order.slice(from, to);
  const low = inBox.filter((cell) => level(histogram, channel, cell) < sum / n);
  order.set(low, from);
  order.set(
    inBox.filter((cell) => level(histogram, channel, cell) >= sum / n),
    from + low.length,
  );
  return from + low.length;
}

function toPalette(histogram: Histogram, order: Uint16Array, boxes: readonly Box[]): Palette {
  const colours = new Uint8Array(3 * boxes.length);
  const entries = new Uint16Array(cells);
  boxes.forEach(({ from, to }, entry) => {
    let n = 0;
    const sums = [0, 0, 0];
    for (const cell of order.subarray(from, to)) {
      n += histogram.counts[cell] as number;
      for (let c = 0; c < 3; c++) (sums[c] as number) += (histogram.sums[c] as Uint32Array)[cell] as number;
      entries[cell] = entry;
    }
    for (let c = 0; c < 3; c++) colours[3 * entry + c] = Math.round((sums[c] as number) / n);
  });
  return { colours, entries };
}
