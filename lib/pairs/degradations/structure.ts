import { boxMean, channel, displace, geometric, join, lerp, luma, smoothField } from "../kernels.js";
import type { Random } from "../random.js";
import { blur, type Raster, resize, scaleOf } from "../raster.js";
import type { DegradationFamily } from "./family.js";

/** Field scaled to `amplitude` px. */
function displacement(raster: Raster, spacing: number, amplitude: number, random: Random): Float32Array {
  const field = smoothField(raster.width, raster.height, spacing, random);
  for (let i = 0; i < field.length; i++) (field[i] as number) *= amplitude;
  return field;
}

/** Parts of the picture bent out of shape: melted faces, wavy frames. */
export const localWarp: DegradationFamily = {
  name: "local-warp",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["technical", "aesthetic"],
  apply(raster, severity, random) {
    const scale = scaleOf(raster);
    const spacing = random.uniform(16, 44) * scale;
    const amplitude = spacing * lerp(0.2, 0.75, severity);
    const dx = displacement(raster, spacing, amplitude, random);
    const dy = displacement(raster, spacing, amplitude, random);
    const region = smoothField(raster.width, raster.height, 110 * scale, random);
    const edge = lerp(0.3, -1.2, severity);
    for (let i = 0; i < region.length; i++) {
      const weight = Math.max(0, Math.min(1, 2.5 * ((region[i] as number) - edge)));
      (dx[i] as number) *= weight;
      (dy[i] as number) *= weight;
    }
    return displace(raster, dx, dy);
  },
};

/** Fine structure run together: displacement at the scale of textures, then softened. */
export const textureMelt: DegradationFamily = {
  name: "texture-melt",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical", "aesthetic"],
  async apply(raster, severity, random) {
    const scale = scaleOf(raster);
    const spacing = Math.max(2, random.uniform(4, 12) * scale);
    const amplitude = spacing * lerp(0.3, 1.3, severity);
    const dx = displacement(raster, spacing, amplitude, random);
    const dy = displacement(raster, spacing, amplitude, random);
    return blur(displace(raster, dx, dy), 0.8 * scale);
  },
};

/**
 * What an early text-to-image network draws: a small, bent picture enlarged, with texture invented around edges and a faint woven
 * grid left by transposed convolutions.
 */
export const coarseGenerator: DegradationFamily = {
  name: "coarse-generator",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical", "aesthetic"],
  async apply(raster, severity, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const factor = geometric(2.5, 8, severity) * Math.max(1, scale);
    const small = await resize(
      raster,
      Math.max(8, Math.round(width / factor)),
      Math.max(8, Math.round(height / factor)),
    );
    const spacing = random.uniform(3, 8);
    const amplitude = lerp(0.5, 2, severity);
    const bent = displace(
      small,
      displacement(small, spacing, amplitude, random),
      displacement(small, spacing, amplitude, random),
    );
    const large = await resize(bent, width, height, random.pick(["linear", "cubic"] as const));
    return inventTexture(large, lerp(0.2, 0.75, severity), random);
  },
};

/** Adds noise and a woven pattern, both in proportion to the local contrast of the picture. */
function inventTexture(raster: Raster, amount: number, random: Random): Raster {
  const { width, height } = raster;
  const scale = scaleOf(raster);
  const bright = luma(raster);
  const radius = Math.max(2, Math.round(6 * scale));
  const average = boxMean(bright, width, height, radius);
  const square = boxMean(
    bright.map((v) => v * v),
    width,
    height,
    radius,
  );
  const noise = smoothField(width, height, Math.max(1, random.uniform(1.5, 5) * scale), random);
  const period = random.pick([4, 8, 8, 16]);
  const woven = random.uniform(0, 0.8);
  const planes = [0, 1, 2].map((c) => channel(raster, c));
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const contrast = Math.sqrt(Math.max(0, (square[p] as number) - (average[p] as number) ** 2)) + 4;
      const grid = Math.cos((2 * Math.PI * x) / period) + Math.cos((2 * Math.PI * y) / period);
      const added = amount * contrast * ((noise[p] as number) + 0.5 * woven * grid);
      for (const plane of planes) (plane[p] as number) += added;
    }
  return join(planes, width, height);
}

/** Patches of the picture repeated in the wrong place with soft edges: duplicated and misplaced parts. */
export const misplacedParts: DegradationFamily = {
  name: "misplaced-parts",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  apply(raster, severity, random) {
    const { width, height } = raster;
    const out: Raster = { data: Uint8Array.from(raster.data), width, height };
    const count = Math.round(lerp(2, 20, severity));
    for (let i = 0; i < count; i++) {
      const a = random.uniform(0.06, 0.15) * Math.min(width, height);
      const b = a * random.uniform(0.5, 1);
      copyPatch(out, raster, a, b, random);
    }
    return out;
  },
};

/** Copies an elliptic patch, half-axes `a` and `b` px, whose outer third fades. */
function copyPatch(out: Raster, source: Raster, a: number, b: number, random: Random): void {
  const { width, height } = source;
  const [cx, cy] = [random.uniform(0, width), random.uniform(0, height)];
  const [dx, dy] = [Math.round(random.uniform(0, width) - cx), Math.round(random.uniform(0, height) - cy)];
  for (let y = Math.max(0, Math.floor(cy - b)); y < Math.min(height, cy + b); y++)
    for (let x = Math.max(0, Math.floor(cx - a)); x < Math.min(width, cx + a); x++) {
      const [sx, sy] = [x + dx, y + dy];
      if (sx < 0 || sy < 0 || sx >= width || sy >= height) continue;
      const weight = Math.max(0, Math.min(1, 3 * (1 - Math.hypot((x - cx) / a, (y - cy) / b))));
      const to = 3 * (y * width + x);
      const from = 3 * (sy * width + sx);
      for (let c = 0; c < 3; c++)
        out.data[to + c] = lerp(out.data[to + c] as number, source.data[from + c] as number, weight) + 0.5;
    }
}
