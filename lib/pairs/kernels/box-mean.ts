/** Local means. */

/** Mean over the (2 radius + 1)-square window of one plane, edges repeated; running sums, so the cost is free of the radius. */
export function boxMean(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  const lines = new Float32Array(plane.length);
  const size = 2 * radius + 1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = (radius + 1) * (plane[row] as number);
    for (let x = 1; x <= radius; x++) sum += plane[row + Math.min(x, width - 1)] as number;
    for (let x = 0; x < width; x++) {
      lines[row + x] = sum / size;
      sum +=
        (plane[row + Math.min(x + radius + 1, width - 1)] as number) - (plane[row + Math.max(x - radius, 0)] as number);
    }
  }
  const out = new Float32Array(plane.length);
  const sums = new Float64Array(width);
  for (let y = -radius; y <= radius; y++) addRow(sums, lines, width, clampRow(y, height), 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[y * width + x] = (sums[x] as number) / size;
    addRow(sums, lines, width, clampRow(y + radius + 1, height), 1);
    addRow(sums, lines, width, clampRow(y - radius, height), -1);
  }
  return out;
}

function clampRow(y: number, height: number): number {
  return Math.max(0, Math.min(height - 1, y));
}

function addRow(sums: Float64Array, lines: Float32Array, width: number, y: number, sign: number): void {
  for (let x = 0; x < width; x++) (sums[x] as number) += sign * (lines[y * width + x] as number);
}
