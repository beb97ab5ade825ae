import { boxMean } from "../../kernels/box-mean.js";
import { mirror } from "../../kernels/displacement.js";
import { smoothField } from "../../kernels/fields.js";
import { byte, lerp } from "../../kernels/scalars.js";
import { boxOf, softMask } from "../../kernels/segments.js";
import { findSubject, type Subject } from "../../kernels/subjects.js";
import type { Random } from "../../random.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";
import { firstPieces } from "./subject-masks.js";

/** The prompt's object is hidden behind something that was not asked for. */
export const objectCovered: DegradationFamily<{ share: number; material: number }> = {
  name: "object-covered",
  summary: "Something opaque hides what the prompt names: a lump of the picture's own background, or a plain body.",
  cell: { origin: "aigc", dimension: "alignment" },
  aspects: ["alignment"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [{ what: "the rest of the picture", measure: "changed-share", atMost: 0.55 }],
  parameters: (severity, random) => ({ share: tidy(lerp(0.25, 1, severity)), material: tidy(random.uniform()) }),
  async apply(raster, { share, material }, random) {
    const found = await findSubject(raster, { smallest: 0.09, largest: 0.28 });
    const cover = roundedMask(found, firstPieces(found, share), 14 * scaleOf(raster));
    const body = material < 0.6 ? backgroundLump(raster, found, random) : plainBody(raster, found, random);
    return lay(raster, body, cover, scaleOf(raster));
  },
};

/** Pieces swollen and rounded to a lump: a blurred mask, raised steeply around a low level. */
function roundedMask({ segmentation }: Subject, pieces: readonly number[], radius: number): Float32Array {
  const { mask } = softMask(segmentation, pieces, 4 * radius);
  for (let p = 0; p < mask.length; p++) {
    const t = Math.max(0, Math.min(1, ((mask[p] as number) - 0.3) * 7));
    mask[p] = t * t * (3 - 2 * t);
  }
  return mask;
}

/** The least salient part of the picture that is as large as the subject, brought to the subject's place. */
function backgroundLump(raster: Raster, found: Subject, random: Random): Raster {
  const { width, height } = raster;
  const { centres, areas, count } = found.segmentation;
  const box = boxOf(found.segmentation, found.pieces);
  const [cx, cy] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  let [from, lowest] = [0, Number.POSITIVE_INFINITY];
  for (let k = 0; k < count; k++) {
    const [dx, dy] = [(centres[2 * k] as number) - cx, (centres[2 * k + 1] as number) - cy];
    const apart = Math.min(1, Math.hypot(dx, dy) / Math.hypot(box.right - box.left, box.bottom - box.top));
    const cost =
      (found.scores[k] as number) - 0.8 * apart - 0.2 * random.uniform() + ((areas[k] as number) < 9 ? 1 : 0);
    if (cost < lowest) [from, lowest] = [k, cost];
  }
  const dx = Math.round((centres[2 * from] as number) - cx);
  const dy = Math.round((centres[2 * from + 1] as number) - cy);
  const gain = random.uniform(0.72, 0.9);
  const out = new Uint8Array(raster.data.length);
  for (let y = 0, o = 0; y < height; y++) {
    const row = mirror(y + dy, height - 1) * width;
    for (let x = 0; x < width; x++) {
      const i = 3 * (row + mirror(x + dx, width - 1));
      for (let c = 0; c < 3; c++, o++) out[o] = (raster.data[i + c] as number) * gain;
    }
  }
  return { data: out, width, height };
}

/** A body in one of the background's colours, unevenly lit and lightly grained. */
function plainBody({ width, height, data }: Raster, found: Subject, random: Random): Raster {
  const { centres, count } = found.segmentation;
  const k = random.integer(count);
  const at = 3 * (Math.floor(centres[2 * k + 1] as number) * width + Math.floor(centres[2 * k] as number));
  const scale = Math.sqrt(width * height) / 512;
  const light = smoothField(width, height, Math.max(2, 90 * scale), random);
  const grain = random.fillNormal(new Float32Array(width * height));
  const base = [0, 1, 2].map((c) => 0.8 * (data[at + c] as number) + random.uniform(10, 50));
  const out = new Uint8Array(data.length);
  for (let p = 0, i = 0; p < light.length; p++) {
    const gain = 1 + 0.16 * (light[p] as number);
    const noise = 3.5 * (grain[p] as number);
    for (let c = 0; c < 3; c++, i++) out[i] = byte((base[c] as number) * gain + noise);
  }
  return { data: out, width, height };
}

/** Puts the body on the picture: a shadow beside it, its rim shaded like something round. */
function lay(raster: Raster, body: Raster, cover: Float32Array, scale: number): Raster {
  const { width, height, data } = raster;
  const radius = Math.max(1, Math.round(9 * scale));
  const soft = boxMean(boxMean(cover, width, height, radius), width, height, radius);
  const out = Uint8Array.from(data);
  const drop = Math.round(6 * scale);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const above = Math.max(0, y - drop) * width + Math.max(0, x - drop);
      const shadow = 1 - 0.55 * (soft[above] as number);
      const weight = cover[p] as number;
      if (weight <= 0 && shadow > 0.999) continue;
      const round = 0.72 + 0.28 * Math.min(1, 1.6 * (soft[p] as number) - 0.3);
      for (let c = 0, i = 3 * p; c < 3; c++, i++)
        out[i] = byte((data[i] as number) * shadow * (1 - weight) + (body.data[i] as number) * round * weight);
    }
  return { data: out, width, height };
}
