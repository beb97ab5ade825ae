/** A cosine by table, for patterns over all pixels. */

const size = 4096;
const entries = Float32Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size));

/** cos(2 pi turns), to about .001; `turns` within +-500,000. */
export function cosineOfTurns(turns: number): number {
  return entries[(turns * size) & (size - 1)] as number;
}
