/** Coarse coding of a plane in square cells of any size. */

/** Orthonormal `size`-point DCT-II; row k, frequency k, at k * size. */
export function cosineBasis(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => {
    const [k, n] = [Math.floor(i / size), i % size];
    return Math.sqrt((k === 0 ? 1 : 2) / size) * Math.cos(((2 * n + 1) * k * Math.PI) / (2 * size));
  });
}

/** How cells are coded. */
export interface CellCoding {
  /** Side of a cell, px. */
  readonly size: number;
  /** Where the first cell begins, px; 0 or negative, above -size. */
  readonly left: number;
  readonly top: number;
  /** Frequencies (u, v) with u + v < kept are kept; the last diagonal is weighted by what `kept` has left, so that it acts continuously. */
  readonly kept: number;
  /** Quantisation step of the coefficients, in units of the plane times `size` / 8; the mean's is half as large. 0: none. */
  readonly step: number;
}

/** Adds to `sums` the plane as it comes back from its cells' quantised low frequencies. Beyond the border pixels repeat. */
export function addCodedCells(
  sums: Float32Array,
  plane: Float32Array,
  width: number,
  height: number,
  coding: CellCoding,
): void {
  const { size, left, top } = coding;
  const used = Math.max(1, Math.min(2 * size - 1, Math.ceil(coding.kept)));
  const rank = Math.min(size, used);
  const basis = cosineBasis(size);
  const length = Math.ceil((width - left) / size) * size;
  const line = new Float32Array(length);
  const band = new Float32Array(length * rank);
  for (let y0 = top; y0 < height; y0 += size) {
    band.fill(0);
    for (let y = 0; y < size; y++) {
      padRow(line, plane, width, Math.max(0, Math.min(height - 1, y0 + y)), left);
      for (let v = 0; v < rank; v++) {
        const weight = basis[v * size + y] as number;
        for (let x = 0, b = v * length; x < length; x++, b++) (band[b] as number) += weight * (line[x] as number);
      }
    }
    codeRows(band, length, basis, rank, used, coding);
    for (let y = Math.max(0, -y0); y < size && y0 + y < height; y++)
      for (let v = 0; v < rank; v++)
        addRow(sums, (y0 + y) * width, width, band, v * length - left, basis[v * size + y] as number);
  }
}

/** A row with its first and last pixel repeated, from column `left` on. */
function padRow(line: Float32Array, plane: Float32Array, width: number, y: number, left: number): void {
  const row = y * width;
  line.fill(plane[row] as number, 0, -left);
  line.set(plane.subarray(row, row + width), -left);
  line.fill(plane[row + width - 1] as number, width - left);
}

function addRow(sums: Float32Array, to: number, width: number, band: Float32Array, from: number, weight: number): void {
  for (let x = 0; x < width; x++) (sums[to + x] as number) += weight * (band[from + x] as number);
}

/** Takes the vertical spectra of a row of cells, transforms them horizontally, quantises, and transforms back in place. */
function codeRows(
  band: Float32Array,
  length: number,
  basis: Float32Array,
  rank: number,
  used: number,
  { size, kept, step }: CellCoding,
): void {
  const spectrum = new Float32Array(size);
  for (let v = 0; v < rank; v++) {
    const count = Math.min(size, used - v);
    for (let at = v * length, end = at + length; at < end; at += size) {
      for (let u = 0; u < count; u++) {
        let sum = 0;
        for (let x = 0, b = u * size; x < size; x++, b++) sum += (basis[b] as number) * (band[at + x] as number);
        const coarse = ((u + v === 0 ? step / 2 : step) * size) / 8;
        spectrum[u] = Math.min(1, kept - u - v) * (coarse > 0 ? Math.round(sum / coarse) * coarse : sum);
      }
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let u = 0; u < count; u++) sum += (basis[u * size + x] as number) * (spectrum[u] as number);
        band[at + x] = sum;
      }
    }
  }
}
