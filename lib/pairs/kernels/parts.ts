/** Parts of a picture's objects: groups of pieces that can be copied, moved and removed. */
import type { Random } from "../random.js";
import { type Raster, scaleOf } from "../raster.js";
import { boxMean } from "./box-mean.js";
import { mirror } from "./displacement.js";
import { surroundings } from "./filling.js";
import { gaussianBlur } from "./gaussian.js";
import { attend } from "./saliency.js";
import { byte } from "./scalars.js";
import { type Box, boxOf, type Segmentation, segment } from "./segments.js";

/** Diameter of a piece, px at 512 px. */
const pieceSize = 46;
/** Most pieces of one part. */
const mostPieces = 4;
/** Colour distance (CIELAB) that is worth one piece's diameter of distance from the first piece, so that parts are compact. */
const compactness = 12;

/** Largest difference from its coarse colours that counts as a surface's texture and not as a contour, 8-bit units. */
const texture = 20;

/** A part: touching pieces of like colour. */
export interface Part {
  readonly pieces: readonly number[];
  /** Pixels. */
  readonly area: number;
  /** A random number 0..1 of its own, for what is to be decided part by part. */
  readonly draw: number;
}

/** The parts of a picture, none of which share a piece, in a random order in which salient ones tend to come first. */
export interface Parts {
  readonly segmentation: Segmentation;
  readonly all: readonly Part[];
}

/** Cuts a picture into parts. The numbers drawn depend on the picture and on `random` alone. */
export async function findParts(raster: Raster, random: Random): Promise<Parts> {
  const segmentation = await segment(raster, pieceSize);
  const { scores, touching } = attend(segmentation);
  // Weighted sampling without replacement: P. Efraimidis and P. Spirakis, Information Processing Letters 97(5), 2006.
  const seeds = Array.from(scores, (score, piece) => ({
    piece,
    key: random.uniform() ** (1 / (0.01 + score * score)),
    size: 2 + random.integer(mostPieces - 1),
    draw: random.uniform(),
  }));
  const used = new Uint8Array(segmentation.count);
  const all: Part[] = [];
  for (const { piece, size, draw } of seeds.sort((a, b) => b.key - a.key)) {
    if (used[piece]) continue;
    const pieces = grow(piece, size, segmentation, touching, used);
    all.push({ pieces, area: pieces.reduce((sum, k) => sum + (segmentation.areas[k] as number), 0), draw });
  }
  return { segmentation, all };
}

/** A piece and up to `size - 1` free ones, each time the touching one that is nearest in colour and place; marks them used. */
function grow(
  seed: number,
  size: number,
  segmentation: Segmentation,
  touching: readonly (readonly number[])[],
  used: Uint8Array,
): number[] {
  const pieces = [seed];
  used[seed] = 1;
  while (pieces.length < size) {
    const free = pieces.flatMap((k) => touching[k] as readonly number[]).filter((k) => !used[k]);
    if (free.length === 0) break;
    const distance = (k: number) => unlike(segmentation, seed, k) + compactness * apart(segmentation, seed, k);
    const nearest = free.reduce((a, b) => (distance(b) < distance(a) ? b : a));
    used[nearest] = 1;
    pieces.push(nearest);
  }
  return pieces;
}

/** Distance of two pieces' centres in diameters of the first. */
function apart({ centres, areas }: Segmentation, a: number, b: number): number {
  const dx = (centres[2 * a] as number) - (centres[2 * b] as number);
  const dy = (centres[2 * a + 1] as number) - (centres[2 * b + 1] as number);
  return Math.hypot(dx, dy) / Math.sqrt(areas[a] as number);
}

/** Colour distance of two pieces in CIELAB. */
export function unlike({ colours }: Segmentation, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < 3; c++) sum += ((colours[3 * a + c] as number) - (colours[3 * b + c] as number)) ** 2;
  return Math.sqrt(sum);
}

/** The first parts that together cover `share` (0..1) of the picture, at least one; a larger share has the smaller one's parts first. */
export function firstParts({ segmentation, all }: Parts, share: number): readonly Part[] {
  const wanted = share * segmentation.width * segmentation.height;
  let [area, count] = [0, 0];
  while (count < all.length && (count === 0 || area < wanted)) area += (all[count++] as Part).area;
  return all.slice(0, count);
}

/** Weights 0..1 of the pixels of a box, row by row; outside of it all are 0. */
export interface PartMask {
  readonly mask: Float32Array;
  readonly box: Box;
}

/** A part's mask with a soft edge of about 7 px at 512 px. */
export function maskOf({ segmentation }: Parts, { pieces }: Part): PartMask {
  const { labels, width, height } = segmentation;
  const radius = Math.max(1, Math.round((1.75 * Math.sqrt(width * height)) / 512));
  const box = boxOf(segmentation, pieces, 2 * radius + 1);
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  const hard = new Float32Array(w * h);
  for (let y = 0, i = 0; y < h; y++)
    for (let x = 0, p = (y + box.top) * width + box.left; x < w; x++, p++, i++)
      hard[i] = pieces.includes(labels[p] as number) ? 1 : 0;
  return { mask: boxMean(boxMean(hard, w, h, radius), w, h, radius), box };
}

/** Where and how a part is put down again. */
export interface Placement {
  /** Shift of its centre, px. */
  readonly dx: number;
  readonly dy: number;
  /** Radians, clockwise. */
  readonly turn: number;
  readonly scale: number;
  /** Seen in a mirror, left and right. */
  readonly mirrored: boolean;
}

/** Puts down a part of `source` on `out`, a picture of the same size; what reaches beyond the border is lost. */
export function place(out: Uint8Array, source: Raster, { mask, box }: PartMask, placement: Placement): void {
  const { width, height } = source;
  const { dx, dy, turn, scale, mirrored } = placement;
  const [cx, cy] = [(box.left + box.right - 1) / 2, (box.top + box.bottom - 1) / 2];
  const reach = (Math.hypot(box.right - box.left, box.bottom - box.top) / 2) * scale + 1;
  const [toX, toY] = [cx + dx, cy + dy];
  const [cos, sin] = [Math.cos(turn) / scale, Math.sin(turn) / scale];
  const flip = mirrored ? -1 : 1;
  const right = Math.min(width - 1, Math.ceil(toX + reach));
  const bottom = Math.min(height - 1, Math.ceil(toY + reach));
  for (let y = Math.max(0, Math.floor(toY - reach)); y <= bottom; y++)
    for (let x = Math.max(0, Math.floor(toX - reach)); x <= right; x++) {
      const sx = cx + flip * ((x - toX) * cos + (y - toY) * sin);
      const sy = cy + (y - toY) * cos - (x - toX) * sin;
      if (sx < box.left || sy < box.top || sx > box.right - 1 || sy > box.bottom - 1) continue;
      const weight = mask[(Math.round(sy) - box.top) * (box.right - box.left) + Math.round(sx) - box.left] as number;
      if (weight > 0) mix(out, 3 * (y * width + x), source, sx, sy, weight);
    }
}

/** Mixes in the source's colour at a position inside it, bilinearly. */
function mix(
  out: Uint8Array,
  to: number,
  { data, width, height }: Raster,
  sx: number,
  sy: number,
  weight: number,
): void {
  const [x0, y0] = [sx | 0, sy | 0];
  const [fx, fy] = [sx - x0, sy - y0];
  const from = 3 * (y0 * width + x0);
  const right = x0 + 1 < width ? 3 : 0;
  const below = y0 + 1 < height ? 3 * width : 0;
  for (let c = 0; c < 3; c++) {
    const top = (data[from + c] as number) * (1 - fx) + (data[from + right + c] as number) * fx;
    const bottom = (data[from + below + c] as number) * (1 - fx) + (data[from + below + right + c] as number) * fx;
    const here = out[to + c] as number;
    out[to + c] = byte(here + (top + (bottom - top) * fy - here) * weight);
  }
}

/**
 * Removes parts: each is filled with colours that continue its surroundings and with fine structure from a place beside it that
 * resembles them.
 */
export async function removeParts(raster: Raster, masks: readonly PartMask[]): Promise<Raster> {
  const { data, width, height } = raster;
  const holes = new Float32Array(width * height);
  for (const { mask, box } of masks)
    for (let y = box.top, i = 0; y < box.bottom; y++)
      for (let p = y * width + box.left, end = y * width + box.right; p < end; p++, i++)
        holes[p] = Math.max(holes[p] as number, mask[i] as number);
  const around = await surroundings(raster, holes);
  const coarse = await gaussianBlur(raster, Math.max(1, 5 * scaleOf(raster)));
  const out = Uint8Array.from(data);
  for (const part of masks) {
    const [dx, dy] = bestSource(part, holes, around, coarse);
    fill(out, raster, coarse, around, part, dx, dy);
  }
  return { data: out, width, height };
}

/** The shift, just longer than the part, to a place whose coarse colours are nearest to those wanted. */
function bestSource(
  { mask, box }: PartMask,
  holes: Float32Array,
  around: readonly [Float32Array, Float32Array, Float32Array],
  { data, width, height }: Raster,
): [number, number] {
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  const step = Math.max(1, Math.round(Math.sqrt(w * h) / 8));
  let [best, lowest]: [[number, number], number] = [[0, 0], Number.POSITIVE_INFINITY];
  for (let k = 0; k < 16; k++) {
    const angle = (k * Math.PI) / 8 + 0.1;
    const [dx, dy] = [Math.round(1.05 * w * Math.cos(angle)), Math.round(1.05 * h * Math.sin(angle))];
    let cost = 0;
    for (let y = box.top; y < box.bottom; y += step)
      for (let x = box.left; x < box.right; x += step) {
        const p = y * width + x;
        if ((mask[(y - box.top) * w + x - box.left] as number) < 0.5) continue;
        const [sx, sy] = [x + dx, y + dy];
        const q = sy * width + sx;
        if (sx < 0 || sy < 0 || sx >= width || sy >= height || (holes[q] as number) > 0.02) cost += 150;
        else
          for (let c = 0; c < 3; c++)
            cost += Math.abs((data[3 * q + c] as number) - (around[c as 0 | 1 | 2][p] as number));
      }
    if (cost < lowest) [best, lowest] = [[dx, dy], cost];
  }
  return best;
}

/** Fills one part with the colours of its surroundings plus the fine structure at the shifted place. */
function fill(
  out: Uint8Array,
  { data, width, height }: Raster,
  coarse: Raster,
  around: readonly [Float32Array, Float32Array, Float32Array],
  { mask, box }: PartMask,
  dx: number,
  dy: number,
): void {
  for (let y = box.top, i = 0; y < box.bottom; y++)
    for (let x = box.left, p = y * width + x; x < box.right; x++, p++, i++) {
      const weight = mask[i] as number;
      if (weight === 0) continue;
      const from = 3 * (mirror(y + dy, height - 1) * width + mirror(x + dx, width - 1));
      for (let c = 0; c < 3; c++) {
        const difference = (data[from + c] as number) - (coarse.data[from + c] as number);
        // Tukey's biweight: small differences pass, contours do not.
        const t = difference / texture;
        const fine = t * t < 1 ? difference * (1 - t * t) ** 2 : 0;
        const here = out[3 * p + c] as number;
        out[3 * p + c] = byte(here + weight * ((around[c as 0 | 1 | 2][p] as number) + fine - here));
      }
    }
}
