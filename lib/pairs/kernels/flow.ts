/** Offsets made by following a flow. */
import type { Random } from "../random.js";
import { smoothField } from "./fields.js";
import { enlargePlane } from "./reduction.js";

/** Offsets in px for every pixel: sample at (x + dx, y + dy). */
export interface Offsets {
  readonly dx: Float32Array;
  readonly dy: Float32Array;
}

/** Straight pieces that a path is made from; more would change no pixel by more than a fraction of a level. */
const steps = 6;

/**
 * Offsets that roll a picture up into eddies: each pixel is followed back along a steady flow free of divergence (the curl of a
 * random stream function), so that nothing tears or folds however far it turns.
 *
 * @param spacing diameter of an eddy, px.
 * @param turn how far the eddies have turned, typically, in radians.
 * @param weights slows the flow down, 0..1 at every node of the coarse grid; see {@link eddyGrid}.
 */
export function eddies(
  width: number,
  height: number,
  spacing: number,
  turn: number,
  random: Random,
  weights?: Float32Array,
): Offsets {
  const grid = eddyGrid(width, height, spacing);
  const stream = smoothField(grid.width, grid.height, spacing / grid.cell, random);
  const velocity = curl(stream, grid.width, grid.height);
  // The curvature of a field of variance 1 is about 3.5 per squared spacing; the vorticity is twice the turning rate.
  const time = (turn * (spacing / grid.cell) ** 2) / 3.5 / steps;
  const dx = new Float32Array(stream.length);
  const dy = new Float32Array(stream.length);
  for (let y = 0, p = 0; y < grid.height; y++)
    for (let x = 0; x < grid.width; x++, p++) {
      const pace = time * (weights ? (weights[p] as number) : 1);
      let [px, py] = [x, y];
      for (let k = 0; k < steps; k++) {
        const u = bilinear(velocity.dx, grid.width, grid.height, px, py);
        const v = bilinear(velocity.dy, grid.width, grid.height, px, py);
        px += pace * u;
        py += pace * v;
      }
      dx[p] = (px - x) * grid.cell;
      dy[p] = (py - y) * grid.cell;
    }
  return {
    dx: enlargePlane(dx, grid.width, grid.height, width, height),
    dy: enlargePlane(dy, grid.width, grid.height, width, height),
  };
}

/** The coarse grid on which {@link eddies} follows the flow: about five nodes per eddy. */
export function eddyGrid(
  width: number,
  height: number,
  spacing: number,
): { width: number; height: number; cell: number } {
  const cell = Math.max(1, spacing / 4.6);
  return { width: Math.max(2, Math.round(width / cell)), height: Math.max(2, Math.round(height / cell)), cell };
}

function curl(stream: Float32Array, width: number, height: number): Offsets {
  const dx = new Float32Array(stream.length);
  const dy = new Float32Array(stream.length);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const below = y + 1 < height ? p + width : p;
      const above = y > 0 ? p - width : p;
      const right = x + 1 < width ? p + 1 : p;
      const left = x > 0 ? p - 1 : p;
      dx[p] = ((stream[below] as number) - (stream[above] as number)) / 2;
      dy[p] = ((stream[left] as number) - (stream[right] as number)) / 2;
    }
  return { dx, dy };
}

function bilinear(plane: Float32Array, width: number, height: number, x: number, y: number): number {
  const cx = x < 0 ? 0 : x > width - 1.001 ? width - 1.001 : x;
  const cy = y < 0 ? 0 : y > height - 1.001 ? height - 1.001 : y;
  const [x0, y0] = [cx | 0, cy | 0];
  const [fx, fy] = [cx - x0, cy - y0];
  const at = y0 * width + x0;
  const top = (plane[at] as number) * (1 - fx) + (plane[at + 1] as number) * fx;
  const bottom = (plane[at + width] as number) * (1 - fx) + (plane[at + width + 1] as number) * fx;
  return top * (1 - fy) + bottom * fy;
}
