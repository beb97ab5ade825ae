import { byte, lerp } from "../../kernels/scalars.js";
import { type Box, boxOf, softMask } from "../../kernels/segments.js";
import { findSubject, type Subject } from "../../kernels/subjects.js";
import type { Random } from "../../random.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

const most = 5;

/** More of a thing than the prompt says: the subject once more, and once more. */
export const countChanged: DegradationFamily<{ copies: number; size: number }> = {
  name: "count-changed",
  summary: "The wrong number of things: copies of the subject stand where there should be none.",
  cell: { origin: "aigc", dimension: "alignment" },
  aspects: ["alignment"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [{ what: "the rest of the picture", measure: "changed-share", atMost: 0.55 }],
  parameters: (severity, random) => ({
    copies: Math.round(lerp(1, most, severity)),
    size: tidy(random.uniform(0.85, 1.05)),
  }),
  async apply(raster, { copies, size }, random) {
    const found = await findSubject(raster, { smallest: 0.05, largest: 0.1 });
    const { mask, box } = softMask(found.segmentation, found.pieces, 5 * scaleOf(raster));
    const out = Uint8Array.from(raster.data);
    const places = placesFor(raster, found, size, random);
    for (const place of places.slice(0, copies)) paste(out, raster, mask, box, place, size);
    return { data: out, width: raster.width, height: raster.height };
  },
};

/** Where a copy's centre comes to lie, px, and whether it is seen in a mirror. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly mirrored: boolean;
}

/**
 * Places for all copies, one after another: apart from the subject and the earlier copies, at about the subject's height, on quiet ground.
 */
function placesFor({ width, height }: Raster, found: Subject, size: number, random: Random): Place[] {
  const box = boxOf(found.segmentation, found.pieces);
  const [w, h] = [(box.right - box.left) * size, (box.bottom - box.top) * size];
  const [cx, cy] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const taken: { x: number; y: number }[] = [{ x: cx, y: cy }];
  const candidates = Array.from({ length: 60 }, () => ({
    x: random.uniform(0.3 * Math.min(w, width), width - 0.3 * Math.min(w, width)),
    y: random.uniform(0.35 * Math.min(h, height), height - 0.35 * Math.min(h, height)),
    mirrored: random.uniform() < 0.5,
  }));
  const places: Place[] = [];
  while (places.length < most) {
    let [best, lowest] = [candidates[0] as Place, Number.POSITIVE_INFINITY];
    for (const candidate of candidates) {
      const crowded = taken.reduce((sum, other) => {
        const apart = Math.hypot((candidate.x - other.x) / w, (candidate.y - other.y) / h);
        return sum + Math.max(0, 1.05 - apart) ** 2;
      }, 0);
      const cost = 14 * crowded + (1.2 * Math.abs(candidate.y - cy)) / height + saliencyAt(found, candidate);
      if (cost < lowest) [best, lowest] = [candidate, cost];
    }
    places.push(best);
    taken.push(best);
  }
  return places;
}

function saliencyAt({ segmentation: { labels, width }, scores }: Subject, { x, y }: Place): number {
  return scores[labels[Math.floor(y) * width + Math.floor(x)] as number] as number;
}

/** Lays the masked part of the raster over `out`, its box centred at the place, scaled and perhaps mirrored; bilinear. */
function paste(
  out: Uint8Array,
  { data, width, height }: Raster,
  mask: Float32Array,
  box: Box,
  place: Place,
  size: number,
): void {
  const [cx, cy] = [(box.left + box.right - 1) / 2, (box.top + box.bottom - 1) / 2];
  const [w, h] = [((box.right - box.left) * size) / 2, ((box.bottom - box.top) * size) / 2];
  const across = (place.mirrored ? -1 : 1) / size;
  for (let y = Math.max(0, Math.ceil(place.y - h)); y < Math.min(height, place.y + h); y++) {
    const sy = Math.max(0, Math.min(height - 1.001, cy + (y - place.y) / size));
    const [y0, fy] = [sy | 0, sy - (sy | 0)];
    for (let x = Math.max(0, Math.ceil(place.x - w)); x < Math.min(width, place.x + w); x++) {
      const sx = Math.max(0, Math.min(width - 1.001, cx + (x - place.x) * across));
      const [x0, fx] = [sx | 0, sx - (sx | 0)];
      const p = y0 * width + x0;
      const right = x0 + 1 < width ? 1 : 0;
      const below = y0 + 1 < height ? width : 0;
      const weight = bilinear(mask, p, 1, right, below, fx, fy);
      if (weight <= 0.003) continue;
      for (let c = 0, o = 3 * (y * width + x); c < 3; c++, o++) {
        const value = bilinear(data, 3 * p + c, 3, right, below, fx, fy);
        out[o] = byte((out[o] as number) * (1 - weight) + value * weight);
      }
    }
  }
}

function bilinear(
  values: Float32Array | Uint8Array,
  at: number,
  channels: number,
  right: number,
  below: number,
  fx: number,
  fy: number,
): number {
  const a = values[at] as number;
  const b = values[at + channels * right] as number;
  const c = values[at + channels * below] as number;
  const d = values[at + channels * (right + below)] as number;
  return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy;
}
