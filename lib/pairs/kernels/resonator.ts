/** Ripples: the echo of a filter that rings. */

/**
 * Adds up, for every pixel, its neighbours along rows and along columns weighted by decay^|distance| cos(2 pi distance / period),
 * and takes away as much of the pixel itself that a constant plane answers with 0. Edges answer with ripples to both sides, as a
 * sharp cut in the spectrum does (Gibbs). Recursive, so that the cost is free of the reach; borders repeated.
 *
 * @param period in px, at least 2.
 * @param decay per px, 0..1 (excluded).
 */
export function ripples(
  plane: Float32Array,
  width: number,
  height: number,
  period: number,
  decay: number,
): Float32Array {
  const [re, im] = [decay * Math.cos((2 * Math.PI) / period), decay * Math.sin((2 * Math.PI) / period)];
  const out = new Float32Array(plane.length);
  // Answer of one direction to a constant, the pixel itself included: 1 / (1 - decay e^(i angle)).
  const norm = (1 - re) ** 2 + im ** 2;
  const settled = [(1 - re) / norm, im / norm] as const;
  const self = 2 * (2 * settled[0] - 1);
  for (let p = 0; p < plane.length; p++) out[p] = -(self + 2) * (plane[p] as number);
  for (let y = 0; y < height; y++) {
    addEcho(plane, out, y * width, 1, width, [re, im], settled);
    addEcho(plane, out, (y + 1) * width - 1, -1, width, [re, im], settled);
  }
  addColumnEchoes(plane, out, width, height, 1, [re, im], settled);
  addColumnEchoes(plane, out, width, height, -1, [re, im], settled);
  return out;
}

type Complex = readonly [number, number];

/** Adds the real part of the running echo along one line of `length` pixels. */
function addEcho(
  plane: Float32Array,
  out: Float32Array,
  start: number,
  step: number,
  length: number,
  [re, im]: Complex,
  settled: Complex,
): void {
  let a = settled[0] * (plane[start] as number);
  let b = settled[1] * (plane[start] as number);
  for (let k = 0, p = start; k < length; k++, p += step) {
    const next = re * a - im * b + (plane[p] as number);
    b = im * a + re * b;
    a = next;
    (out[p] as number) += a;
  }
}

/** The same along all columns at once, downwards (`direction` 1) or upwards (-1). */
function addColumnEchoes(
  plane: Float32Array,
  out: Float32Array,
  width: number,
  height: number,
  direction: 1 | -1,
  [re, im]: Complex,
  settled: Complex,
): void {
  const first = direction > 0 ? 0 : (height - 1) * width;
  const a = new Float32Array(width);
  const b = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    a[x] = settled[0] * (plane[first + x] as number);
    b[x] = settled[1] * (plane[first + x] as number);
  }
  for (let k = 0, row = first; k < height; k++, row += direction * width)
    for (let x = 0; x < width; x++) {
      const [u, v] = [a[x] as number, b[x] as number];
      const next = re * u - im * v + (plane[row + x] as number);
      a[x] = next;
      b[x] = im * u + re * v;
      (out[row + x] as number) += next;
    }
}
