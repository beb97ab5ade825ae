/** Parts of a picture chosen by a random field. */

/** Values looked at to place a threshold; the share is right within about one in a hundred. */
const samples = 8192;

/** The value above which `share` (0..1) of a field lies. */
export function threshold(field: Float32Array, share: number): number {
  // An odd stride walks through all columns.
  const stride = Math.max(1, Math.floor(field.length / samples)) | 1;
  const values = new Float32Array(Math.ceil(field.length / stride));
  for (let i = 0, p = 0; p < field.length; i++, p += stride) values[i] = field[p] as number;
  values.sort();
  const at = Math.max(0, Math.min(values.length - 1, Math.round((1 - share) * values.length)));
  return values[at] as number;
}

/**
 * Weight 0..1 of every pixel: 0 outside the region of the `share` highest values of the field, and rising to 1 over `ramp` units of
 * the field inside. A larger share contains a smaller one.
 */
export function regionWeights(field: Float32Array, share: number, ramp: number): Float32Array {
  const edge = threshold(field, share);
  const out = new Float32Array(field.length);
  for (let p = 0; p < field.length; p++) {
    const at = ((field[p] as number) - edge) / ramp;
    out[p] = at <= 0 ? 0 : at >= 1 ? 1 : at * at * (3 - 2 * at);
  }
  return out;
}
