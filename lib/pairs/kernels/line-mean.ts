/** Means along straight lines: what a camera that moves at a constant speed records. */

/** A displacement in whole pixels. */
export type Offset = readonly [dx: number, dy: number];

/** Two sets of offsets; the line consists of all sums of one of each. */
export type Line = readonly [fine: readonly Offset[], coarse: readonly Offset[]];

/**
 * A straight line centred to half a pixel, one offset per px along its longer axis; every offset is at most 1 px from the true line. Split into two sets,
 * so that a mean over n offsets costs about 2 sqrt(n) additions.
 *
 * @param angle in radians, from the x axis towards the y axis.
 * @param length in px; at least two offsets are made.
 */
export function lineAt(angle: number, length: number): Line {
  const [x, y] = [Math.cos(angle), Math.sin(angle)];
  const long = Math.max(Math.abs(x), Math.abs(y));
  const taps = Math.max(2, Math.round(length * long));
  const fine = taps < 6 ? taps : Math.round(Math.sqrt(taps));
  const coarse = Math.round(taps / fine);
  const evenly = (count: number, step: number): Offset[] =>
    Array.from({ length: count }, (_, i) => {
      // Whole along the longer axis: half a pixel off the centre where the count is even.
      const at = step * i - ((step * (count - 1)) >> 1);
      return [Math.round(at * (x / long)), Math.round(at * (y / long))];
    });
  return [evenly(fine, 1), evenly(coarse, fine)];
}

/** Mean along a line around every pixel of three interleaved channels, borders repeated. */
export function lineMean(values: Uint16Array, width: number, height: number, [fine, coarse]: Line): Uint16Array {
  return meanOfShifts(meanOfShifts(values, width, height, fine), width, height, coarse);
}

/** Mean of the values at (x + dx, y + dy) for all offsets, three interleaved channels, borders repeated. */
export function meanOfShifts(
  values: Uint16Array,
  width: number,
  height: number,
  offsets: readonly Offset[],
): Uint16Array {
  const reach = Math.max(...offsets.map(([dx]) => Math.abs(dx)));
  const padded = padSides(values, width, height, reach);
  const stride = 3 * (width + 2 * reach);
  const out = new Uint16Array(values.length);
  const sums = new Int32Array(3 * width);
  const share = 1 / offsets.length;
  for (let y = 0, to = 0; y < height; y++, to += 3 * width) {
    const starts = offsets.map(([dx, dy]) => stride * Math.max(0, Math.min(height - 1, y + dy)) + 3 * (reach + dx));
    sums.fill(0);
    for (let k = 0; k < starts.length; k += 4) addRows(sums, padded, starts, k);
    for (let i = 0; i < sums.length; i++) out[to + i] = (sums[i] as number) * share + 0.5;
  }
  return out;
}

/** Adds the rows that begin at `starts[k]` and the up to three next ones, in one go since memory is what costs. */
function addRows(sums: Int32Array, values: Uint16Array, starts: readonly number[], k: number): void {
  const [a, b, c, d] = [starts[k] as number, starts[k + 1], starts[k + 2], starts[k + 3]];
  if (b === undefined) for (let i = 0; i < sums.length; i++) (sums[i] as number) += values[a + i] as number;
  else if (c === undefined)
    for (let i = 0; i < sums.length; i++) (sums[i] as number) += (values[a + i] as number) + (values[b + i] as number);
  else if (d === undefined)
    for (let i = 0; i < sums.length; i++)
      (sums[i] as number) += (values[a + i] as number) + (values[b + i] as number) + (values[c + i] as number);
  else
    for (let i = 0; i < sums.length; i++)
      (sums[i] as number) +=
        (values[a + i] as number) + (values[b + i] as number) + (values[c + i] as number) + (values[d + i] as number);
}

/** Every row continued by `reach` px of its first and of its last colour. */
function padSides(values: Uint16Array, width: number, height: number, reach: number): Uint16Array {
  const out = new Uint16Array(3 * (width + 2 * reach) * height);
  for (let y = 0, to = 0; y < height; y++) {
    const row = values.subarray(3 * width * y, 3 * width * (y + 1));
    for (let x = 0; x < reach; x++, to += 3) out.set(row.subarray(0, 3), to);
    out.set(row, to);
    to += row.length;
    for (let x = 0; x < reach; x++, to += 3) out.set(row.subarray(row.length - 3), to);
  }
  return out;
}
