/** Eigenvalues of small symmetric matrices, for distances under a possibly singular covariance. */

/**
 * v^T pinv(A) v for a symmetric, positive semi-definite A. Directions whose eigenvalue is below size x 2.2e-16 x the largest count
 * as absent, as in MATLAB's and numpy's pseudo-inverse.
 *
 * @param matrix row-major, size x size; not changed. @param vector `size` numbers.
 */
export function inverseQuadraticForm(matrix: Float64Array, vector: Float64Array): number {
  const size = vector.length;
  const { values, vectors } = symmetricEigen(matrix, size);
  const threshold = size * Number.EPSILON * values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  let form = 0;
  for (let k = 0; k < size; k++) {
    const value = values[k] as number;
    if (value <= threshold) continue;
    let projection = 0;
    for (let i = 0; i < size; i++) projection += (vectors[k * size + i] as number) * (vector[i] as number);
    form += (projection * projection) / value;
  }
  return form;
}

/** Eigenvalues in no order; row k of `vectors` belongs to value k. */
export interface Eigen {
  values: Float64Array;
  vectors: Float64Array;
}

/**
 * Cyclic Jacobi rotations (Golub & Van Loan, Matrix Computations, 4th ed., section 8.5): slow for large matrices, accurate and short
 * for small ones.
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  for (let sweep = 0; sweep < 60 && offDiagonal(a, size) > 0; sweep++) {
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, vectors, size, p, q);
    }
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i] as number), vectors };
}

/** Largest element off the diagonal that still matters beside its two diagonal elements, as a share; 0 when none does. */
function offDiagonal(a: Float64Array, size: number): number {
  let largest = 0;
  for (let p = 0; p < size; p++) {
    for (let q = p + 1; q < size; q++) {
      const scale = Math.sqrt(Math.abs((a[p * size + p] as number) * (a[q * size + q] as number)));
      const value = Math.abs(a[p * size + q] as number);
      if (value > Number.EPSILON * scale) largest = Math.max(largest, value);
    }
  }
  return largest;
}

function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const apq = a[p * size + q] as number;
  if (apq === 0) return;
  const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  turn(a, size, p, q, c, s);
  for (let k = 0; k < size; k++) turnPair(a, k * size + p, k * size + q, c, s);
  a[p * size + q] = 0;
  a[q * size + p] = 0;
  turn(vectors, size, p, q, c, s);
}

/** Rows p and q. */
function turn(m: Float64Array, size: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < size; k++) turnPair(m, p * size + k, q * size + k, c, s);
}

function turnPair(m: Float64Array, first: number, second: number, c: number, s: number): void {
  const x = m[first] as number;
  const y = m[second] as number;
  m[first] = c * x - s * y;
  m[second] = s * x + c * y;
}
