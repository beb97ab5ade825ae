import { displace } from "../../kernels/displacement.js";
import { smoothField } from "../../kernels/fields.js";
import { pseudoText } from "../../kernels/glyphs.js";
import { lerp } from "../../kernels/scalars.js";
import { type Block, writtenBlocks } from "../../kernels/writing.js";
import { Random } from "../../random.js";
import { collect, pipeline, type Raster, resize, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Share of the picture whose writing is broken or that bears invented writing, 0..1. */
  share: number;
  /** Size of the pieces into which letters run, px. */
  stroke: number;
};

/** A panel with invented writing, or the writing alone. Lengths in px, the angle in degrees. */
interface Sign {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly lines: number;
  readonly bare: boolean;
  readonly light: boolean;
  readonly seed: number;
}

/** Writing that falls apart: letters run into marks that are none, and signs and labels bear invented glyphs. */
export const brokenGlyphs: DegradationFamily<Settings> = {
  name: "broken-glyphs",
  summary: "Writing falls apart into marks that are no letters, and signs and labels bear invented glyphs.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical", "aesthetic"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [{ what: "most of the picture", measure: "changed-share", atMost: 0.6 }],
  parameters(severity, random) {
    return { share: tidy(lerp(0.05, 0.3, severity)), stroke: tidy(random.uniform(6, 8.5)) };
  },
  async apply(raster, { share, stroke }, random) {
    const scale = scaleOf(raster);
    // A block too many does no harm, so the order is drawn over all blocks found, and then over invented signs.
    const blocks = random.shuffle(writtenBlocks(raster, Math.max(9, Math.round(23 * scale))));
    const signs = inventSigns(raster, random);
    const fields = [0, 1].map(() => smoothField(raster.width, raster.height, Math.max(2.5, stroke * scale), random));
    let left = share * raster.width * raster.height;
    const weights = new Float32Array(raster.width * raster.height);
    for (const block of blocks) {
      if (left <= 0) break;
      left -= block.side ** 2;
      markBlock(weights, raster, block);
    }
    const shown: Sign[] = [];
    for (const sign of signs) {
      if (left <= 0) break;
      left -= sign.width * sign.height * (sign.bare ? 0.6 : 1);
      shown.push(sign);
      markSign(weights, raster, sign);
    }
    const painted = shown.length > 0 ? await paint(raster, shown) : raster;
    return garble(painted, fields as [Float32Array, Float32Array], weights, stroke * scale);
  },
};

/** A fixed sequence of signs, each where it covers little of those before it. */
function inventSigns({ width, height }: Raster, random: Random): Sign[] {
  const side = Math.sqrt(width * height);
  const signs: Sign[] = [];
  for (let i = 0; i < 24; i++) {
    const lines = 1 + random.integer(3);
    const w = random.uniform(0.17, 0.3) * side;
    const h = lines * random.uniform(0.052, 0.08) * side;
    const angle = random.uniform(-11, 11);
    const draws = { bare: random.uniform() < 0.3, light: random.uniform() < 0.6, seed: random.uint32() };
    const places = Array.from({ length: 6 }, () => ({
      x: random.uniform(0.3 * w, Math.max(0.3 * w, width - 0.3 * w)),
      y: random.uniform(0.4 * h, Math.max(0.4 * h, height - 0.4 * h)),
    }));
    const room = ({ x, y }: { x: number; y: number }) =>
      Math.min(1, ...signs.map((other) => Math.max(Math.abs(x - other.x) / w, Math.abs(y - other.y) / h)));
    const place = places.reduce((a, b) => (room(b) > room(a) ? b : a));
    signs.push({ ...place, width: w, height: h, angle, lines, ...draws });
  }
  return signs;
}

/** Draws signs in tones that suit the place: its mean colour, lightened or darkened. */
async function paint(raster: Raster, signs: readonly Sign[]): Promise<Raster> {
  const { width, height } = raster;
  const tones = await resize(raster, Math.min(12, width), Math.min(12, height), "linear");
  const drawn = signs.map((sign) => drawing(sign, ...inks(tones, sign, raster))).join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn}</svg>`;
  return collect(pipeline(raster).composite([{ input: Buffer.from(svg) }]));
}

/** A sign as an SVG element. */
function drawing({ x, y, width, height, angle, lines, bare, seed }: Sign, panel: string, ink: string): string {
  const at = (value: number) => value.toFixed(2);
  const size = `width="${at(width)}" height="${at(height)}" rx="${at(0.06 * height)}"`;
  const rim = `stroke="${ink}" stroke-opacity=".6" stroke-width="${at(0.02 * height)}"`;
  const back = bare ? "" : `<rect ${size} fill="${panel}" fill-opacity=".84" ${rim}/>`;
  const text = pseudoText(0.9 * width, 0.86 * height, lines, ink, new Random(seed));
  const put = `translate(${at(x)} ${at(y)}) rotate(${at(angle)}) translate(${at(-width / 2)} ${at(-height / 2)})`;
  const inset = `translate(${at(0.05 * width)} ${at(0.07 * height)})`;
  return `<g transform="${put}">${back}<g transform="${inset}">${text}</g></g>`;
}

/** Colours of panel and writing, as SVG writes them. */
function inks(tones: Raster, { x, y, light, bare }: Sign, { width, height }: Raster): [string, string] {
  const column = Math.max(0, Math.min(tones.width - 1, Math.floor((x / width) * tones.width)));
  const row = Math.max(0, Math.min(tones.height - 1, Math.floor((y / height) * tones.height)));
  const at = 3 * (row * tones.width + column);
  const colour = [0, 1, 2].map((c) => tones.data[at + c] as number);
  const towards = (target: number, amount: number) =>
    `rgb(${colour.map((v) => Math.round(lerp(v, target, amount))).join(",")})`;
  const lightPlace = (colour[0] as number) + (colour[1] as number) + (colour[2] as number) > 390;
  if (bare) return ["none", lightPlace ? towards(10, 0.85) : towards(245, 0.85)];
  return light ? [towards(240, 0.72), towards(15, 0.85)] : [towards(25, 0.7), towards(245, 0.85)];
}

/** Weight 1 inside a block, falling to 0 over a third of its side around it. */
function markBlock(weights: Float32Array, { width, height }: Raster, { left, top, side }: Block): void {
  const ramp = side / 3;
  for (let y = Math.max(0, Math.floor(top - ramp)); y < Math.min(height, top + side + ramp); y++)
    for (let x = Math.max(0, Math.floor(left - ramp)); x < Math.min(width, left + side + ramp); x++) {
      const outside = Math.max(left - x, x - left - side, top - y, y - top - side, 0);
      const p = y * width + x;
      weights[p] = Math.max(weights[p] as number, 1 - outside / ramp);
    }
}

/** A small weight over a sign, so that its own outlines waver. */
function markSign(weights: Float32Array, { width, height }: Raster, sign: Sign): void {
  const reach = 0.5 * Math.hypot(sign.width, sign.height);
  for (let y = Math.max(0, Math.floor(sign.y - reach)); y < Math.min(height, sign.y + reach); y++)
    for (let x = Math.max(0, Math.floor(sign.x - reach)); x < Math.min(width, sign.x + reach); x++) {
      const p = y * width + x;
      const near = Math.min(1, 4 - (4 * Math.hypot(x - sign.x, y - sign.y)) / reach);
      weights[p] = Math.max(weights[p] as number, 0.3 * near);
    }
}

/** Letters pushed about by up to about a stroke, where the weights say so. */
function garble(
  raster: Raster,
  [dx, dy]: [Float32Array, Float32Array],
  weights: Float32Array,
  amplitude: number,
): Raster {
  for (let p = 0; p < weights.length; p++) {
    const weight = 0.62 * amplitude * (weights[p] as number);
    dx[p] = weight * (dx[p] as number);
    dy[p] = 0.8 * weight * (dy[p] as number);
  }
  return displace(raster, dx, dy);
}
