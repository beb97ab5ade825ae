/** Superpixels: a picture cut into connected pieces of about one colour whose borders follow the picture's own. */
import { type Raster, resize, scaleOf } from "../raster.js";
import { boxMean } from "./box-mean.js";
import { cielab } from "./cielab.js";

/** A picture's pieces, numbered 0 .. count - 1. */
export interface Segmentation {
  readonly width: number;
  readonly height: number;
  /** The piece that each pixel of the full raster belongs to. */
  readonly labels: Int32Array;
  readonly count: number;
  /** Pixels of each piece. */
  readonly areas: Float64Array;
  /** Four per piece: left, top, right, bottom, the last two exclusive. */
  readonly boxes: Int32Array;
  /** Two per piece: mean x and y, in pixels. */
  readonly centres: Float64Array;
  /** Three per piece: mean L*, a*, b*. */
  readonly colours: Float64Array;
}

/** A part of the raster: left, top, right, bottom, the last two exclusive. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Side of a square of as many pixels as the picture is reduced to. */
const reducedSide = 128;
const iterations = 5;
/** Weight of distance against colour: CIELAB units that one seed spacing is worth. */
const compactness = 11;

/** The reduced picture on which pieces are found: CIELAB planes and the spacing of the seeds. */
interface Grid {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
  readonly spacing: number;
}

/**
 * SLIC superpixels (R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE TPAMI 2012) on the
 * picture reduced to about 128 x 128 px, their borders enlarged smoothly. Each piece is connected. No randomness.
 *
 * @param size wanted typical diameter of a piece, in px of a picture of 512 x 512 px; at least about 12.
 */
export async function segment(raster: Raster, size: number): Promise<Segmentation> {
  const ratio = Math.min(1, reducedSide / (512 * scaleOf(raster)));
  const width = Math.max(1, Math.round(raster.width * ratio));
  const height = Math.max(1, Math.round(raster.height * ratio));
  const small = ratio < 1 ? await resize(raster, width, height, "linear") : raster;
  const spacing = Math.max(3, (size / 512) * Math.sqrt(width * height));
  const grid = { width, height, planes: cielab(small), spacing };
  const { labels, count } = connect(cluster(grid), grid);
  const enlarged = enlarge(labels, width, height, raster.width, raster.height);
  return { ...describe(enlarged, raster.width, raster.height, count), colours: meanColours(labels, count, grid) };
}

/** L*, a*, b*, x, y of every cluster's centre, five each. */
type Centres = Float64Array;

/** k-means in colour and place, each centre searching only its own surroundings; the label of each pixel. */
function cluster(grid: Grid): Int32Array {
  const { width, height, spacing } = grid;
  const centres = seeds(grid);
  const labels = new Int32Array(width * height);
  const distances = new Float64Array(width * height);
  const reach = Math.ceil(1.2 * spacing);
  for (let round = 0; round < iterations; round++) {
    distances.fill(Number.POSITIVE_INFINITY);
    for (let k = 0; k < centres.length / 5; k++) claim(k, centres, labels, distances, reach, grid);
    moveCentres(centres, labels, grid);
  }
  return labels;
}

/** Centres on a regular lattice, each moved to the flattest pixel beside it, so that none starts on an edge. */
function seeds({ width, height, planes, spacing }: Grid): Centres {
  const columns = Math.max(1, Math.round(width / spacing));
  const rows = Math.max(1, Math.round(height / spacing));
  const centres = new Float64Array(5 * columns * rows);
  for (let j = 0, k = 0; j < rows; j++)
    for (let i = 0; i < columns; i++, k += 5) {
      const at = flattest(Math.floor(((i + 0.5) * width) / columns), Math.floor(((j + 0.5) * height) / rows));
      for (let c = 0; c < 3; c++) centres[k + c] = (planes[c] as Float32Array)[at] as number;
      centres[k + 3] = at % width;
      centres[k + 4] = Math.floor(at / width);
    }
  return centres;

  function flattest(cx: number, cy: number): number {
    const bright = planes[0];
    let [best, lowest] = [cy * width + cx, Number.POSITIVE_INFINITY];
    for (let y = Math.max(1, cy - 1); y <= Math.min(height - 2, cy + 1); y++)
      for (let x = Math.max(1, cx - 1); x <= Math.min(width - 2, cx + 1); x++) {
        const p = y * width + x;
        const across = (bright[p + 1] as number) - (bright[p - 1] as number);
        const down = (bright[p + width] as number) - (bright[p - width] as number);
        const slope = across * across + down * down;
        if (slope < lowest) [best, lowest] = [p, slope];
      }
    return best;
  }
}

/** Gives cluster `k` the pixels around its centre that no other centre is nearer to so far. */
function claim(
  k: number,
  centres: Centres,
  labels: Int32Array,
  distances: Float64Array,
  reach: number,
  { width, height, planes, spacing }: Grid,
): void {
  const [ls, as, bs] = planes;
  const [l, a, b] = [centres[5 * k] as number, centres[5 * k + 1] as number, centres[5 * k + 2] as number];
  const [cx, cy] = [centres[5 * k + 3] as number, centres[5 * k + 4] as number];
  const weight = (compactness / spacing) ** 2;
  const right = Math.min(width - 1, Math.ceil(cx + reach));
  const bottom = Math.min(height - 1, Math.ceil(cy + reach));
  for (let y = Math.max(0, Math.floor(cy - reach)); y <= bottom; y++)
    for (let x = Math.max(0, Math.floor(cx - reach)), p = y * width + x; x <= right; x++, p++) {
      const dl = (ls[p] as number) - l;
      const da = (as[p] as number) - a;
      const db = (bs[p] as number) - b;
      const distance = dl * dl + da * da + db * db + weight * ((x - cx) * (x - cx) + (y - cy) * (y - cy));
      if (distance >= (distances[p] as number)) continue;
      distances[p] = distance;
      labels[p] = k;
    }
}

/** Each centre to the mean of its pixels; one without pixels stays. */
function moveCentres(centres: Centres, labels: Int32Array, { width, planes }: Grid): void {
  const [ls, as, bs] = planes;
  const sums = new Float64Array(centres.length);
  const counts = new Int32Array(centres.length / 5);
  for (let p = 0; p < labels.length; p++) {
    const k = labels[p] as number;
    const at = 5 * k;
    (sums[at] as number) += ls[p] as number;
    (sums[at + 1] as number) += as[p] as number;
    (sums[at + 2] as number) += bs[p] as number;
    (sums[at + 3] as number) += p % width;
    (sums[at + 4] as number) += Math.floor(p / width);
    (counts[k] as number)++;
  }
  for (let k = 0; k < counts.length; k++)
    if (counts[k]) for (let i = 5 * k; i < 5 * k + 5; i++) centres[i] = (sums[i] as number) / (counts[k] as number);
}

/**
 * Renumbers so that every label is one connected piece; pieces under a quarter of the wanted size join the piece met before them,
 * as in the paper's last step.
 */
function connect(clusters: Int32Array, { width, height, spacing }: Grid): { labels: Int32Array; count: number } {
  const labels = new Int32Array(clusters.length).fill(-1);
  const queue = new Int32Array(clusters.length);
  const smallest = (spacing * spacing) / 4;
  let count = 0;
  for (let start = 0; start < clusters.length; start++) {
    if (labels[start] !== -1) continue;
    const length = flood(start, count);
    const beside = start % width > 0 ? labels[start - 1] : labels[start - width];
    if (length < smallest && beside !== undefined) for (let i = 0; i < length; i++) labels[queue[i] as number] = beside;
    else count++;
  }
  return { labels, count };

  /** Labels the connected pixels of one cluster; they are left in the queue. */
  function flood(start: number, label: number): number {
    const wanted = clusters[start];
    queue[0] = start;
    labels[start] = label;
    let end = 1;
    for (let i = 0; i < end; i++) {
      const p = queue[i] as number;
      const x = p % width;
      if (x > 0) visit(p - 1);
      if (x < width - 1) visit(p + 1);
      if (p >= width) visit(p - width);
      if (p < width * (height - 1)) visit(p + width);
    }
    return end;

    function visit(q: number): void {
      if (labels[q] !== -1 || clusters[q] !== wanted) return;
      labels[q] = label;
      queue[end++] = q;
    }
  }
}

/** Positions of the full raster on the reduced one: the pixel before, and the share of the pixel after. */
function positions(length: number, reduced: number): { first: Int32Array; share: Float32Array } {
  const first = new Int32Array(length);
  const share = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const at = Math.max(0, Math.min(reduced - 1, ((i + 0.5) * reduced) / length - 0.5));
    first[i] = Math.min(Math.max(0, reduced - 2), Math.floor(at));
    share[i] = at - (first[i] as number);
  }
  return { first, share };
}

/**
 * Labels at full size: of the four labels around a pixel the one with the largest bilinear weight, which turns the reduced
 * picture's steps into slanted borders.
 */
function enlarge(labels: Int32Array, width: number, height: number, toWidth: number, toHeight: number): Int32Array {
  if (width === toWidth && height === toHeight) return labels;
  const across = positions(toWidth, width);
  const down = positions(toHeight, height);
  const out = new Int32Array(toWidth * toHeight);
  for (let y = 0, p = 0; y < toHeight; y++) {
    const row = (down.first[y] as number) * width;
    const below = height > 1 ? row + width : row;
    const fy = down.share[y] as number;
    for (let x = 0; x < toWidth; x++, p++) {
      const i = across.first[x] as number;
      const j = width > 1 ? i + 1 : i;
      const a = labels[row + i] as number;
      const b = labels[row + j] as number;
      const c = labels[below + i] as number;
      const d = labels[below + j] as number;
      out[p] = a === b && a === c && a === d ? a : heaviest(a, b, c, d, across.share[x] as number, fy);
    }
  }
  return out;
}

/** The label of the largest sum of bilinear weights among four corners. */
function heaviest(a: number, b: number, c: number, d: number, fx: number, fy: number): number {
  const wa = (1 - fx) * (1 - fy);
  const wb = fx * (1 - fy);
  const wc = (1 - fx) * fy;
  const wd = fx * fy;
  const sumA = wa + (b === a ? wb : 0) + (c === a ? wc : 0) + (d === a ? wd : 0);
  const sumB = wb + (a === b ? wa : 0) + (c === b ? wc : 0) + (d === b ? wd : 0);
  const sumC = wc + (a === c ? wa : 0) + (b === c ? wb : 0) + (d === c ? wd : 0);
  const sumD = wd + (a === d ? wa : 0) + (b === d ? wb : 0) + (c === d ? wc : 0);
  if (sumA >= sumB && sumA >= sumC && sumA >= sumD) return a;
  if (sumB >= sumC && sumB >= sumD) return b;
  return sumC >= sumD ? c : d;
}

/** Areas, boxes and centres of the pieces of the full raster. */
function describe(labels: Int32Array, width: number, height: number, count: number): Omit<Segmentation, "colours"> {
  const areas = new Float64Array(count);
  const centres = new Float64Array(2 * count);
  const boxes = new Int32Array(4 * count);
  for (let k = 0; k < count; k++) boxes.set([width, height, 0, 0], 4 * k);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const k = labels[p] as number;
      (areas[k] as number)++;
      (centres[2 * k] as number) += x;
      (centres[2 * k + 1] as number) += y;
      if (x < (boxes[4 * k] as number)) boxes[4 * k] = x;
      if (y < (boxes[4 * k + 1] as number)) boxes[4 * k + 1] = y;
      if (x >= (boxes[4 * k + 2] as number)) boxes[4 * k + 2] = x + 1;
      boxes[4 * k + 3] = y + 1;
    }
  for (let i = 0; i < centres.length; i++) centres[i] = (centres[i] as number) / Math.max(1, areas[i >> 1] as number);
  return { width, height, labels, count, areas, boxes, centres };
}

function meanColours(labels: Int32Array, count: number, { planes }: Grid): Float64Array {
  const colours = new Float64Array(3 * count);
  const sizes = new Float64Array(count);
  for (let p = 0; p < labels.length; p++) {
    const k = labels[p] as number;
    (sizes[k] as number)++;
    for (let c = 0; c < 3; c++) (colours[3 * k + c] as number) += (planes[c] as Float32Array)[p] as number;
  }
  for (let i = 0; i < colours.length; i++) colours[i] = (colours[i] as number) / (sizes[Math.floor(i / 3)] as number);
  return colours;
}

/** Which pieces touch: for each, the numbers of its neighbours, ascending. */
export function neighbours({ labels, width, height, count }: Segmentation): readonly (readonly number[])[] {
  const sets = Array.from({ length: count }, () => new Set<number>());
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const k = labels[p] as number;
      const right = x + 1 < width ? (labels[p + 1] as number) : k;
      const below = y + 1 < height ? (labels[p + width] as number) : k;
      if (right !== k) link(k, right);
      if (below !== k) link(k, below);
    }
  return sets.map((set) => [...set].sort((a, b) => a - b));

  function link(a: number, b: number): void {
    sets[a]?.add(b);
    sets[b]?.add(a);
  }
}

/** The smallest box around the chosen pieces, widened by `margin` px inside the raster; an empty box for none. */
export function boxOf({ boxes, width, height }: Segmentation, chosen: Iterable<number>, margin = 0): Box {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const k of chosen) {
    left = Math.min(left, boxes[4 * k] as number);
    top = Math.min(top, boxes[4 * k + 1] as number);
    right = Math.max(right, boxes[4 * k + 2] as number);
    bottom = Math.max(bottom, boxes[4 * k + 3] as number);
  }
  if (right <= left || bottom <= top) return { left: 0, top: 0, right: 0, bottom: 0 };
  const extra = Math.ceil(margin);
  return {
    left: Math.max(0, left - extra),
    top: Math.max(0, top - extra),
    right: Math.min(width, right + extra),
    bottom: Math.min(height, bottom + extra),
  };
}

/** Weight 0..1 of every pixel of the full raster, and the box outside of which all weights are 0. */
export interface SoftMask {
  readonly mask: Float32Array;
  readonly box: Box;
}

/**
 * The chosen pieces as a mask whose edge rises smoothly from 0 to 1 over about `feather` px, half of it on either side of the border
 * (two box means of the hard mask).
 *
 * @param feather width of the edge, px of the full raster; below 1 the mask is hard.
 */
export function softMask(segmentation: Segmentation, chosen: Iterable<number>, feather: number): SoftMask {
  const { labels, width, count } = segmentation;
  const inside = new Uint8Array(count);
  const list = [...chosen];
  for (const k of list) inside[k] = 1;
  const radius = Math.round(feather / 4);
  const box = boxOf(segmentation, list, 2 * radius + 1);
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  const mask = new Float32Array(labels.length);
  if (w === 0 || h === 0) return { mask, box };
  let part = new Float32Array(w * h);
  for (let y = 0, i = 0; y < h; y++)
    for (let x = 0, p = (y + box.top) * width + box.left; x < w; x++, p++, i++)
      part[i] = inside[labels[p] as number] as number;
  if (radius > 0) part = boxMean(boxMean(part, w, h, radius), w, h, radius) as typeof part;
  for (let y = 0; y < h; y++) mask.set(part.subarray(y * w, (y + 1) * w), (y + box.top) * width + box.left);
  return { mask, box };
}
