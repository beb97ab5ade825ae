/** The cumulative normal distribution. */

const sqrt2Pi = Math.sqrt(2 * Math.PI);

/**
 * Phi(x), the probability that a standard normal variable is below x; absolute error below 1e-14.
 *
 * Near 0 by the series Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...) (G. Marsaglia, "Evaluating the normal
 * distribution", Journal of Statistical Software 11(4), 2004), in the tails by the continued fraction of Mills' ratio
 * (Abramowitz and Stegun, 26.2.14), which keeps its relative precision where the series cancels.
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 3) return 1 - upperTail(x);
  if (x < -3) return upperTail(-x);
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

/** 1 - Phi(x) for x >= 3. */
function upperTail(x: number): number {
  if (x > 39) return 0;
  let fraction = x;
  for (let k = 60; k >= 1; k--) fraction = x + k / fraction;
  return density(x) / fraction;
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / sqrt2Pi;
}
