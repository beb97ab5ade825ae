import { byte, lerp } from "../../kernels/scalars.js";
import { softMask } from "../../kernels/segments.js";
import { findSubject } from "../../kernels/subjects.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";
import { firstPieces } from "./subject-masks.js";

/** The subject in another colour than the prompt says. */
export const attributeRecoloured: DegradationFamily<{ degrees: number; share: number; vividness: number }> = {
  name: "attribute-recoloured",
  summary: "The subject has another colour than asked for: part of it, then all, in a hue ever further away.",
  cell: { origin: "aigc", dimension: "alignment" },
  aspects: ["alignment"],
  local: true,
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [
    { what: "the shapes", measure: "ssim", atLeast: 0.8 },
    { what: "the layout", measure: "layout-correlation", atLeast: 0.9 },
    { what: "the rest of the picture", measure: "changed-share", atMost: 0.5 },
  ],
  parameters(severity, random) {
    const [sign, jitter, vivid] = [random.sign(), random.uniform(0.94, 1.06), random.uniform(0.95, 1.15)];
    return {
      degrees: tidy(sign * jitter * lerp(84, 172, severity)),
      share: tidy(lerp(0.52, 1, severity)),
      vividness: tidy(vivid * lerp(54, 74, severity)),
    };
  },
  async apply(raster, { degrees, share, vividness }) {
    const found = await findSubject(raster, { smallest: 0.19, largest: 0.4 });
    const { mask } = softMask(found.segmentation, firstPieces(found, share), 5 * scaleOf(raster));
    const whole = softMask(found.segmentation, found.pieces, 0).mask;
    return recolour(raster, mask, meanChroma(raster, whole), (degrees * Math.PI) / 180, vividness);
  },
};

/** Luma that a recoloured thing keeps. */
const pigment = 0.92;

/** Mean Cb and Cr (Rec. 601, -128..128) under a mask. */
function meanChroma({ data }: Raster, mask: Float32Array): [number, number] {
  let [cb, cr, weights] = [0, 0, 1e-6];
  for (let p = 0, i = 0; p < mask.length; p++, i += 3) {
    const weight = mask[p] as number;
    if (weight === 0) continue;
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    cb += weight * 0.564 * (b - y);
    cr += weight * 0.713 * (r - y);
    weights += weight;
  }
  return [cb / weights, cr / weights];
}

/**
 * Turns Cb and Cr by an angle; where the mean chroma is below `vividness`, what lacks is added in the new hue, most in the middle
 * tones, so that grey things take a colour too. Luma falls a little, as stronger pigments reflect less.
 */
function recolour(
  { data, width, height }: Raster,
  mask: Float32Array,
  [meanB, meanR]: readonly [number, number],
  angle: number,
  vividness: number,
): Raster {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const chroma = Math.hypot(meanB, meanR);
  const hue = Math.atan2(meanR, meanB) + angle;
  const lack = Math.max(0, vividness - chroma);
  const [addB, addR] = [lack * Math.cos(hue), lack * Math.sin(hue)];
  const out = Uint8Array.from(data);
  for (let p = 0, i = 0; p < mask.length; p++, i += 3) {
    const weight = mask[p] as number;
    if (weight <= 0) continue;
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    const [cb, cr] = [0.564 * (b - y), 0.713 * (r - y)];
    const tone = Math.min(1, (y * (255 - y)) / 8000);
    const newB = cb * cos - cr * sin + tone * addB;
    const newR = cb * sin + cr * cos + tone * addR;
    const darker = y * pigment;
    out[i] = byte(r + weight * (darker + 1.403 * newR - r));
    out[i + 1] = byte(g + weight * (darker - 0.344 * newB - 0.714 * newR - g));
    out[i + 2] = byte(b + weight * (darker + 1.773 * newB - b));
  }
  return { data: out, width, height };
}
