/** Removing a thing from a picture: its place is filled with the picture's own surroundings. */
import type { Random } from "../random.js";
import type { Raster } from "../raster.js";
import { mirror } from "./displacement.js";
import { pushPull } from "./push-pull.js";
import { enlargePlane } from "./reduction.js";
import { byte } from "./scalars.js";
import type { Box } from "./segments.js";

/** Where to copy from: pixel p is filled from p + (dx, dy), as often repeated as it takes to leave the hole. */
interface Shift {
  readonly dx: number;
  readonly dy: number;
}

/** The pixels to be filled: 1 inside; and a box around them and some surroundings. */
export interface Hole {
  readonly inside: Uint8Array;
  readonly box: Box;
}

/** Cell of the grid on which the difference to the surroundings is smoothed, px. */
const membraneCell = 5;
/** Difference to the surroundings, 8-bit units, up to which it passes for one of light and tint. */
const plausible = 45;

/**
 * The raster with the hole filled as by a healing brush: texture from another place of the picture, chosen so that it fits around
 * the hole, its colours bent smoothly to those on the hole's rim.
 */
export function heal(raster: Raster, hole: Hole, random: Random): Raster {
  const rim = rimOf(raster, hole);
  const shift = bestShift(raster, hole, rim, random);
  const { data, width } = raster;
  const out = Uint8Array.from(data);
  const { left, top, right, bottom } = hole.box;
  const bent = [0, 1, 2].map((c) => membrane(raster, hole, rim, shift, c));
  for (let y = top, i = 0; y < bottom; y++)
    for (let x = left; x < right; x++, i++) {
      const p = y * width + x;
      if (!hole.inside[p]) continue;
      const from = 3 * sourceOf(x, y, raster, hole.inside, shift);
      for (let c = 0; c < 3; c++)
        out[3 * p + c] = byte((data[from + c] as number) + ((bent[c] as Float32Array)[i] as number));
    }
  return { data: out, width, height: raster.height };
}

/** The pixel that (x, y) is filled from. Mirrored at the borders; where every step stays in the hole, the last one. */
function sourceOf(x: number, y: number, { width, height }: Raster, inside: Uint8Array, { dx, dy }: Shift): number {
  let p = 0;
  for (let step = 1; step <= 6; step++) {
    p = mirror(y + step * dy, height - 1) * width + mirror(x + step * dx, width - 1);
    if (!inside[p]) return p;
  }
  return p;
}

/** Pixels outside the hole within the box and within a few px of it, as x, y pairs. */
function rimOf({ width }: Raster, { inside, box }: Hole): Int32Array {
  const rim: number[] = [];
  const reach = 4;
  for (let y = box.top + reach; y < box.bottom - reach; y++)
    for (let x = box.left + reach; x < box.right - reach; x++) {
      const p = y * width + x;
      if (inside[p]) continue;
      if (inside[p - reach] || inside[p + reach] || inside[p - reach * width] || inside[p + reach * width])
        rim.push(x, y);
    }
  return Int32Array.from(rim);
}

/** Of some forty shifts the one whose source looks most like the hole's rim and lies in the picture, outside the hole. */
function bestShift(raster: Raster, hole: Hole, rim: Int32Array, random: Random): Shift {
  const { box } = hole;
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  const turn = random.uniform(0, 1);
  let best = { dx: w, dy: 0, cost: Number.POSITIVE_INFINITY };
  for (let i = 0; i < 16; i++)
    for (const far of [0.6, 0.85, 1.15]) {
      const angle = (2 * Math.PI * (i + turn)) / 16;
      const dx = Math.round(far * w * Math.cos(angle));
      const dy = Math.round(far * h * Math.sin(angle));
      const cost = mismatch(raster, hole, rim, { dx, dy });
      if (cost < best.cost) best = { dx, dy, cost };
    }
  return best;
}

/** Mean squared colour difference along the rim, plus a price for sources in the hole or beyond the border. */
function mismatch({ data, width, height }: Raster, { inside, box }: Hole, rim: Int32Array, { dx, dy }: Shift): number {
  let [sum, count] = [0, 1];
  const stride = 2 * Math.max(1, Math.floor(rim.length / 2 / 150));
  for (let k = 0; k < rim.length; k += stride) {
    const [x, y] = [(rim[k] as number) + dx, (rim[k + 1] as number) + dy];
    const p = mirror(y, height - 1) * width + mirror(x, width - 1);
    const here = (rim[k + 1] as number) * width + (rim[k] as number);
    for (let c = 0; c < 3; c++) sum += ((data[3 * p + c] as number) - (data[3 * here + c] as number)) ** 2;
    if (inside[p]) sum += 9000;
    count++;
  }
  let [lost, all] = [0, 1];
  const step = Math.max(1, Math.floor((box.right - box.left) / 16));
  for (let y = box.top; y < box.bottom; y += step)
    for (let x = box.left; x < box.right; x += step) {
      if (!inside[y * width + x]) continue;
      all++;
      const [sx, sy] = [x + dx, y + dy];
      if (sx < 0 || sy < 0 || sx >= width || sy >= height) lost += 1;
      else if (inside[sy * width + sx]) lost += 1.5;
    }
  return sum / count + 6000 * (lost / all);
}

/** What must be added inside the box so that the copied pixels agree with the picture along the rim; one channel. */
function membrane(raster: Raster, { inside, box }: Hole, rim: Int32Array, shift: Shift, c: number): Float32Array {
  const { data, width } = raster;
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  const columns = Math.ceil(w / membraneCell);
  const rows = Math.ceil(h / membraneCell);
  const sums = new Float32Array(columns * rows);
  const counts = new Float32Array(columns * rows);
  for (let k = 0; k < rim.length; k += 2) {
    const [x, y] = [rim[k] as number, rim[k + 1] as number];
    const from = sourceOf(x, y, raster, inside, shift);
    const cell =
      Math.min(rows - 1, Math.floor((y - box.top) / membraneCell)) * columns +
      Math.min(columns - 1, Math.floor((x - box.left) / membraneCell));
    const difference = (data[3 * (y * width + x) + c] as number) - (data[3 * from + c] as number);
    // Rim pixels that are still the removed thing's, or another thing's, are far off and must not tinge the filling.
    const weight = 1 / (1 + (difference / plausible) ** 4);
    (sums[cell] as number) += weight * difference;
    (counts[cell] as number) += weight;
  }
  for (let i = 0; i < sums.length; i++) {
    if (!counts[i]) continue;
    sums[i] = (sums[i] as number) / (counts[i] as number);
    counts[i] = Math.min(1, counts[i] as number);
  }
  return enlargePlane(pushPull(sums, counts, columns, rows), columns, rows, w, h);
}
