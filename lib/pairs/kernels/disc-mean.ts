/** Means over discs: what a lens out of focus records of every point. */

/** Half-widths of the rows of a disc, from the top row to the bottom row. */
function rows(radius: number): Int32Array {
  const reach = Math.floor(radius);
  return Int32Array.from({ length: 2 * reach + 1 }, (_, i) => Math.floor(Math.sqrt(radius ** 2 - (i - reach) ** 2)));
}

/**
 * Mean over all pixels at most `radius` px away, three interleaved channels, pixels beyond the border repeating the border's. A
 * row of the disc is a difference of two running sums, so that the cost grows with the radius, not with its square.
 */
export function discMean(values: Uint16Array, width: number, height: number, radius: number): Uint16Array {
  const halves = rows(radius);
  const reach = halves.length >> 1;
  const share = 1 / halves.reduce((sum, half) => sum + 2 * half + 1, 0);
  const stride = 3 * (width + 2 * reach + 1);
  const sums = runningSums(values, width, height, reach);
  const out = new Uint16Array(values.length);
  const total = new Int32Array(3 * width);
  for (let y = 0; y < height; y++) {
    total.fill(0);
    for (let dy = 0; dy <= reach; dy++) {
      const half = halves[reach + dy] as number;
      const [above, below] = [stride * Math.max(0, y - dy), stride * Math.min(height - 1, y + dy)];
      const [low, high] = [3 * (reach - half), 3 * (reach + half + 1)];
      if (dy === 0) addDifference(total, sums, above + low, above + high);
      else addDifferences(total, sums, above + low, above + high, below + low, below + high);
    }
    const to = 3 * width * y;
    for (let i = 0; i < total.length; i++) out[to + i] = (total[i] as number) * share + 0.5;
  }
  return out;
}

function addDifference(total: Int32Array, sums: Int32Array, low: number, high: number): void {
  for (let i = 0; i < total.length; i++)
    total[i] = ((total[i] as number) + (sums[high + i] as number) - (sums[low + i] as number)) | 0;
}

/** Two rows at once, since memory is what costs. */
function addDifferences(
  total: Int32Array,
  sums: Int32Array,
  lowA: number,
  highA: number,
  lowB: number,
  highB: number,
): void {
  for (let i = 0; i < total.length; i++) {
    const a = ((sums[highA + i] as number) - (sums[lowA + i] as number)) | 0;
    const b = ((sums[highB + i] as number) - (sums[lowB + i] as number)) | 0;
    total[i] = ((total[i] as number) + a + b) | 0;
  }
}

/** Per row and channel, sums of all values before a place; the row begins `reach` px before the picture. Modulo 2^32. */
function runningSums(values: Uint16Array, width: number, height: number, reach: number): Int32Array {
  const sums = new Int32Array(3 * (width + 2 * reach + 1) * height);
  for (let y = 0, to = 0; y < height; y++, to += 3) {
    let [r, g, b] = [0, 0, 0];
    const row = 3 * y * width;
    for (let x = -reach; x < width + reach; x++, to += 3) {
      const from = row + 3 * (x < 0 ? 0 : x >= width ? width - 1 : x);
      r = (r + (values[from] as number)) | 0;
      g = (g + (values[from + 1] as number)) | 0;
      b = (b + (values[from + 2] as number)) | 0;
      sums[to + 3] = r;
      sums[to + 4] = g;
      sums[to + 5] = b;
    }
  }
  return sums;
}
