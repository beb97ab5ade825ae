/** What JPEG leaves in a picture: steps at the block grid, and coefficients at multiples of a quantiser's step. */
import type { Plane } from "./sanity-measures.js";

/** Where a grid of blocks of 8 px begins, 0..7. */
export interface GridPhase {
  readonly left: number;
  readonly top: number;
}

/**
 * Where a block grid would begin: the phase with the highest steps between neighbours. A step is how much the difference of two
 * neighbours exceeds the mean difference next to it on both sides, so that slopes and textures count little (in the manner of
 * Z. Wang, A. Bovik, B. Evans, "Blind measurement of blocking artifacts in images", ICIP 2000). There is always an answer; a
 * picture that was cropped after compression has a grid that begins elsewhere than at its edge.
 */
export function gridPhase({ values, width, height }: Plane): GridPhase {
  const across = new Float64Array(8);
  const down = new Float64Array(8);
  for (let y = 1; y < height - 2; y++)
    for (let x = 1; x < width - 2; x++) {
      const at = y * width + x;
      (across[(x + 1) & 7] as number) += stepAt(values, at, 1);
      (down[(y + 1) & 7] as number) += stepAt(values, at, width);
    }
  return { left: across.indexOf(Math.max(...across)), top: down.indexOf(Math.max(...down)) };
}

function stepAt(values: Float32Array, at: number, stride: number): number {
  const here = values[at] as number;
  const next = values[at + stride] as number;
  const before = Math.abs((values[at - stride] as number) - here);
  const after = Math.abs(next - (values[at + 2 * stride] as number));
  return Math.max(0, Math.abs(here - next) - (before + after) / 2);
}

/** Low frequencies (u, v) whose steps are looked at, with their entries in JPEG's example luma table (ITU-T T.81, table K.1). */
const frequencies: readonly (readonly [number, number, number])[] = [
  [1, 0, 11],
  [0, 1, 12],
  [1, 1, 12],
  [2, 0, 10],
  [0, 2, 14],
];

/** Nonzero coefficients that a judgement needs at least. */
const leastCoefficients = 24;
/** Mean cosine from which coefficients count as multiples of a step; 1: all of them are. */
const leastConcentration = 0.5;

/**
 * How coarsely a JPEG encoder quantised the picture, as the factor on the example table of ITU-T T.81: 1 at quality 50,
 * 3.3 at 15, 5 at 10; 0 when no step of more than `least` times the table is seen. Quantised coefficients lie at multiples of their
 * step, as those of another picture do not (Z. Fan, R. de Queiroz, "Identification of bitmap compression history: JPEG detection and
 * quantizer estimation", IEEE TIP 12, 2003). It needs the file's own pixel grid: after resizing nothing is seen.
 */
export function quantisation(plane: Plane, least: number): number {
  const { left, top } = gridPhase(plane);
  const factors: number[] = [];
  for (const [u, v, base] of frequencies) {
    const step = coarsestStep(coefficients(plane, left, top, u, v), Math.ceil(least * base));
    if (step > 0) factors.push(step / base);
  }
  factors.sort((a, b) => a - b);
  // One frequency alone may look quantised by chance.
  return factors.length < 2 ? 0 : (factors[factors.length >> 1] as number);
}

/** The values of one DCT coefficient (orthonormal 8 x 8, as in JPEG) in every whole block of the grid. */
function coefficients({ values, width, height }: Plane, left: number, top: number, u: number, v: number): Float32Array {
  const [across, down] = [cosines(u), cosines(v)];
  const out = new Float32Array(Math.max(0, ((width - left) >> 3) * ((height - top) >> 3)));
  let count = 0;
  for (let y = top; y + 8 <= height; y += 8)
    for (let x = left; x + 8 <= width; x += 8) {
      let sum = 0;
      for (let j = 0; j < 8; j++) {
        let row = 0;
        for (let i = 0; i < 8; i++) row += (across[i] as number) * (values[(y + j) * width + x + i] as number);
        sum += (down[j] as number) * row;
      }
      out[count++] = sum;
    }
  return out.subarray(0, count);
}

function cosines(frequency: number): Float64Array {
  const scale = frequency === 0 ? Math.sqrt(1 / 8) : 1 / 2;
  return Float64Array.from({ length: 8 }, (_, i) => scale * Math.cos(((2 * i + 1) * frequency * Math.PI) / 16));
}

/** Magnitudes above do not occur: eight times the greatest value of 255. */
const magnitudes = 2048;
const maxStep = 255;

/** cos(2 pi m / step) for m in 0..step - 1, by step; made when a step is first looked at. */
const phases: Float64Array[] = [];

function phasesOf(step: number): Float64Array {
  phases[step] ??= Float64Array.from({ length: step }, (_, m) => Math.cos((2 * Math.PI * m) / step));
  return phases[step];
}

/** The coarsest step of `least` or more whose multiples the coefficients lie at; 0: none. */
function coarsestStep(coefficients: Float32Array, least: number): number {
  const counts = new Uint32Array(magnitudes);
  for (let i = 0; i < coefficients.length; i++) {
    const magnitude = Math.min(magnitudes - 1, Math.round(Math.abs(coefficients[i] as number)));
    (counts[magnitude] as number)++;
  }
  for (let step = maxStep; step >= least; step--) if (isStep(counts, step)) return step;
  return 0;
}

/** Whether coefficients that are not quantised to zero lie at multiples of a step. */
function isStep(counts: Uint32Array, step: number): boolean {
  const cosine = phasesOf(step);
  let sum = 0;
  let count = 0;
  let first = 0;
  for (let magnitude = (step >> 1) + 1; magnitude < magnitudes; magnitude++) {
    const here = counts[magnitude] as number;
    if (here === 0) continue;
    sum += here * (cosine[magnitude % step] as number);
    count += here;
    if (magnitude < 1.5 * step) first += here;
  }
  // At twice the true step every other multiple would lie between; the first multiple is the commonest.
  return count >= leastCoefficients && sum >= leastConcentration * count && first >= count / 3;
}
