/** The asymmetric generalised Gaussian density (AGGD) and its fit by moments. */

/** Parameters of an AGGD: shape, and the scales of its left and right half. */
export interface AsymmetricGaussian {
  /** 2 is a Gaussian, 1 a Laplacian; on the grid .200, .201 … 10. */
  shape: number;
  left: number;
  right: number;
  /** (right - left) Gamma(2 / shape) / Gamma(1 / shape): the mean of the density. */
  mean: number;
}

/** What the fit needs to know about a sample. */
export interface Moments {
  count: number;
  absolute: number;
  negatives: number;
  negativeSquares: number;
  positives: number;
  positiveSquares: number;
}

const SMALLEST = 0.2;
const STEP = 0.001;
const GRID = 9801;

interface Tables {
  /** Gamma(2/a)^2 / (Gamma(1/a) Gamma(3/a)), ascending in a. */
  ratio: Float64Array;
  /** sqrt(Gamma(1/a) / Gamma(3/a)): scale per standard deviation. */
  scale: Float64Array;
  /** Gamma(2/a) / Gamma(1/a). */
  mean: Float64Array;
}

let tables: Tables | undefined;

/**
 * Moment-matching fit of Lasmar, Stitou & Berthoumieu, "Multiscale skewed heavy tailed model for texture analysis", ICIP 2009, with
 * the shape taken from the grid that NIQE's authors use.
 *
 * @returns undefined when the sample has no negative or no positive values: then one half has no scale.
 */
export function fitAsymmetricGaussian(moments: Moments): AsymmetricGaussian | undefined {
  if (moments.negatives === 0 || moments.positives === 0) return undefined;
  const leftDeviation = Math.sqrt(moments.negativeSquares / moments.negatives);
  const rightDeviation = Math.sqrt(moments.positiveSquares / moments.positives);
  const squares = (moments.negativeSquares + moments.positiveSquares) / moments.count;
  const skew = leftDeviation / rightDeviation;
  const ratio = (moments.absolute / moments.count) ** 2 / squares;
  const wanted = (ratio * (skew ** 3 + 1) * (skew + 1)) / (skew ** 2 + 1) ** 2;
  if (!Number.isFinite(wanted)) return undefined;
  tables ??= buildTables();
  const index = nearest(tables.ratio, wanted);
  const scale = tables.scale[index] as number;
  const left = leftDeviation * scale;
  const right = rightDeviation * scale;
  return { shape: shapeAt(index), left, right, mean: (right - left) * (tables.mean[index] as number) };
}

function shapeAt(index: number): number {
  return SMALLEST + index * STEP;
}

function buildTables(): Tables {
  const ratio = new Float64Array(GRID);
  const scale = new Float64Array(GRID);
  const mean = new Float64Array(GRID);
  for (let i = 0; i < GRID; i++) {
    const [one, two, three] = [1, 2, 3].map((k) => logGamma(k / shapeAt(i))) as [number, number, number];
    ratio[i] = Math.exp(2 * two - one - three);
    scale[i] = Math.exp((one - three) / 2);
    mean[i] = Math.exp(two - one);
  }
  return { ratio, scale, mean };
}

/** Index of the entry of an ascending table nearest to `wanted`; of two equally near, the first. */
function nearest(table: Float64Array, wanted: number): number {
  let low = 0;
  let high = table.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((table[middle] as number) < wanted) low = middle;
    else high = middle;
  }
  return wanted - (table[low] as number) <= (table[high] as number) - wanted ? low : high;
}

/** Lanczos' approximation with g = 7 and nine terms; about 1e-15 relative for x > 0. */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  // Below 1/2 by Gamma(x) = Gamma(x + 1) / x.
  if (x < 0.5) return logGamma(x + 1) - Math.log(x);
  let series = 0.99999999999980993;
  terms.forEach((term, i) => {
    series += term / (x + i);
  });
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}
