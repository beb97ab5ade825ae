/** Principal axes of embeddings: a few numbers for an image in place of hundreds. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { EliqError } from "../errors.js";

/** Where embeddings lie, and along which directions they vary most. */
export interface PrincipalAxes {
  /** Mean embedding: `dimension` numbers. */
  readonly mean: Float32Array;
  /** Unit vectors, one after the other, by descending variance: count x dimension. */
  readonly axes: Float32Array;
  /** Standard deviation along each axis, above 0: `count` numbers. */
  readonly deviations: Float32Array;
}

/** Axes along which embeddings vary less than this share of the first axis's deviation carry rounding, not images. */
const leastDeviation = 1e-5;

/**
 * Principal component analysis (Jolliffe, Principal Component Analysis, 2nd ed., 2002).
 *
 * @param embeddings at least 2, of one length.
 * @param most most axes wanted; fewer come where the embeddings span less.
 * @throws EliqError ERR_INVALID_ARGUMENT when all embeddings are equal.
 */
export function fitPrincipalAxes(embeddings: readonly Float32Array[], most: number): PrincipalAxes {
  const dimension = (embeddings[0] as Float32Array).length;
  const mean = new Float64Array(dimension);
  for (const embedding of embeddings)
    for (let j = 0; j < dimension; j++) mean[j] = at(mean, j) + at(embedding, j) / embeddings.length;
  const centred = Matrix.from1DArray(
    embeddings.length,
    dimension,
    embeddings.flatMap((embedding) => Array.from(embedding, (value, j) => value - at(mean, j))),
  );
  const covariance = centred.transpose().mmul(centred).div(embeddings.length);
  // Eigenvalues in ascending order.
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const deviations = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))).reverse();
  const largest = deviations[0] as number;
  const kept = deviations.slice(0, most).filter((value) => value > leastDeviation * largest);
  if (kept.length === 0 || largest < leastDeviation)
    throw new EliqError("ERR_INVALID_ARGUMENT", "All embeddings are equal; give a population of different images.");
  return {
    mean: Float32Array.from(mean),
    axes: Float32Array.from(kept.flatMap((_, i) => eigenvectorMatrix.getColumn(dimension - 1 - i))),
    deviations: Float32Array.from(kept),
  };
}

/**
 * Coordinates of an embedding: along each axis its distance from the mean in standard deviations, and as the last one the length of
 * what no axis explains, in standard deviations of the last axis. An image unlike all that the axes were fitted on often differs in that
 * last coordinate alone.
 *
 * @param embedding `dimension` numbers.
 * @returns count + 1 numbers.
 * @throws EliqError ERR_INVALID_ARGUMENT for an embedding of another length.
 */
export function projectEmbedding({ mean, axes, deviations }: PrincipalAxes, embedding: Float32Array): Float32Array {
  if (embedding.length !== mean.length)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `The embedding has ${embedding.length} numbers and the reference's have ${mean.length}; embed with the same model.`,
    );
  const count = deviations.length;
  const coordinates = new Float32Array(count + 1);
  const rest = Float64Array.from(embedding, (value, j) => value - at(mean, j));
  for (let i = 0; i < count; i++) {
    const axis = axes.subarray(i * mean.length, (i + 1) * mean.length);
    let along = 0;
    for (let j = 0; j < axis.length; j++) along += at(axis, j) * at(rest, j);
    coordinates[i] = along / at(deviations, i);
    for (let j = 0; j < axis.length; j++) rest[j] = at(rest, j) - along * at(axis, j);
  }
  coordinates[count] = Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0)) / at(deviations, count - 1);
  return coordinates;
}

/** An element known to exist. */
function at(values: ArrayLike<number>, i: number): number {
  return values[i] as number;
}
