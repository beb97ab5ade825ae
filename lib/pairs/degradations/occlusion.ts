import { byte, lerp } from "../kernels.js";
import type { Random } from "../random.js";
import { type Raster, scaleOf } from "../raster.js";
import type { DegradationFamily } from "./family.js";

/** Runs of coding blocks lost in transmission, filled with grey, the block to the left, or a displaced part of the picture. */
export const blockLoss: DegradationFamily = {
  name: "block-loss",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  apply(raster, severity, random) {
    const out: Raster = { data: Uint8Array.from(raster.data), width: raster.width, height: raster.height };
    const side = Math.max(4, Math.round(random.pick([8, 16, 32]) * scaleOf(raster)));
    const lost = lerp(0.03, 0.4, severity) * ((raster.width * raster.height) / (side * side));
    for (let done = 0; done < lost; ) {
      const run = 1 + random.integer(8);
      const column = random.integer(Math.ceil(raster.width / side));
      const row = random.integer(Math.ceil(raster.height / side));
      const fill = random.integer(3);
      const [dx, dy] = [side * (random.integer(9) - 4), side * (random.integer(9) - 4)];
      for (let i = 0; i < run; i++) loseBlock(out, raster, (column + i) * side, row * side, side, fill, dx, dy);
      done += run;
    }
    return out;
  },
};

function loseBlock(
  out: Raster,
  source: Raster,
  left: number,
  top: number,
  side: number,
  fill: number,
  dx: number,
  dy: number,
): void {
  const { width, height } = source;
  for (let y = top; y < Math.min(height, top + side); y++)
    for (let x = left; x < Math.min(width, left + side); x++) {
      const sx = Math.max(0, Math.min(width - 1, fill === 1 ? left - 1 : x + dx));
      const sy = Math.max(0, Math.min(height - 1, fill === 1 ? y : y + dy));
      for (let c = 0; c < 3; c++)
        out.data[3 * (y * width + x) + c] = fill === 0 ? 128 : (source.data[3 * (sy * width + sx) + c] as number);
    }
}

/** Flat shapes and bars in foreign colours laid over the picture. */
export const clutterOverlay: DegradationFamily = {
  name: "clutter-overlay",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  apply(raster, severity, random) {
    const out: Raster = { data: Uint8Array.from(raster.data), width: raster.width, height: raster.height };
    const count = Math.round(lerp(2, 16, severity));
    for (let i = 0; i < count; i++) drawShape(out, random);
    return out;
  },
};

/** An ellipse, a rectangle or a bar, turned, half to fully opaque. */
function drawShape(out: Raster, random: Random): void {
  const { width, height, data } = out;
  const size = Math.min(width, height);
  const kind = random.integer(3);
  const half = random.uniform(0.05, 0.14) * size;
  const a = kind === 2 ? random.uniform(0.2, 0.5) * size : half;
  const b = kind === 2 ? random.uniform(0.01, 0.03) * size : half * random.uniform(0.5, 1);
  const angle = random.uniform(0, Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [cx, cy] = [random.uniform(0, width), random.uniform(0, height)];
  const colour = [random.integer(256), random.integer(256), random.integer(256)];
  const opacity = random.uniform(0.6, 1);
  const reach = Math.ceil(Math.hypot(a, b));
  for (let y = Math.max(0, Math.floor(cy - reach)); y < Math.min(height, cy + reach); y++)
    for (let x = Math.max(0, Math.floor(cx - reach)); x < Math.min(width, cx + reach); x++) {
      const u = ((x - cx) * cos + (y - cy) * sin) / a;
      const v = ((y - cy) * cos - (x - cx) * sin) / b;
      if (kind === 0 ? u * u + v * v > 1 : Math.abs(u) > 1 || Math.abs(v) > 1) continue;
      for (let c = 0; c < 3; c++) {
        const i = 3 * (y * width + x) + c;
        data[i] = byte(lerp(data[i] as number, colour[c] as number, opacity));
      }
    }
}
