/** Smooth filling of gaps. */

/**
 * Fills a plane where its weights are below 1 from where they are not: averages over ever larger cells (pull), then back down, each
 * cell taking what it lacks from the coarser one (push). S. Gortler et al., "The lumigraph", SIGGRAPH 1996, section 3.4.
 *
 * @param weights 0 (nothing known) to 1 (known); same size.
 * @returns the known values where the weight is 1; 0 everywhere when nothing is known.
 */
export function pushPull(values: Float32Array, weights: Float32Array, width: number, height: number): Float32Array {
  if (width <= 1 && height <= 1) return values.map((value, i) => ((weights[i] as number) > 0 ? value : 0));
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const sums = new Float32Array(w * h);
  const known = new Float32Array(w * h);
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const cell = (y >> 1) * w + (x >> 1);
      (sums[cell] as number) += (values[p] as number) * (weights[p] as number);
      (known[cell] as number) += weights[p] as number;
    }
  for (let i = 0; i < sums.length; i++) {
    if ((known[i] as number) > 0) sums[i] = (sums[i] as number) / (known[i] as number);
    known[i] = Math.min(1, known[i] as number);
  }
  const coarse = pushPull(sums, known, w, h);
  const out = new Float32Array(values.length);
  for (let y = 0, p = 0; y < height; y++) {
    const near = (y >> 1) * w;
    const far = Math.max(0, Math.min(h - 1, (y >> 1) + (y & 1 ? 1 : -1))) * w;
    for (let x = 0; x < width; x++, p++) {
      const weight = weights[p] as number;
      if (weight >= 1) {
        out[p] = values[p] as number;
        continue;
      }
      const i = x >> 1;
      const j = Math.max(0, Math.min(w - 1, i + (x & 1 ? 1 : -1)));
      const smooth =
        0.5625 * (coarse[near + i] as number) +
        0.1875 * ((coarse[near + j] as number) + (coarse[far + i] as number)) +
        0.0625 * (coarse[far + j] as number);
      out[p] = weight * (values[p] as number) + (1 - weight) * smooth;
    }
  }
  return out;
}
