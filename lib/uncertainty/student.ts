/** Student's t distribution with whole degrees of freedom. */

/**
 * P(-t <= T <= t) for T of Student's t distribution, by the finite series for whole degrees of freedom (Abramowitz and Stegun,
 * Handbook of Mathematical Functions, 26.7.3 and 26.7.4).
 *
 * @param t at least 0.
 * @param freedom degrees of freedom, a whole number of 1 or more.
 * @returns in [0, 1), increasing with t.
 */
export function studentCoverage(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  const series = Math.sin(angle) * sum;
  return odd ? (2 / Math.PI) * (angle + series) : series;
}

/**
 * The half-width, in standard errors, of the two-sided interval of Student's t distribution: the t of which
 * {@link studentCoverage} is `level`.
 *
 * @param level coverage, above 0 and below 1.
 * @param freedom degrees of freedom, a whole number of 1 or more.
 */
export function studentQuantile(level: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (studentCoverage(high, freedom) < level) [low, high] = [high, 2 * high];
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (studentCoverage(middle, freedom) < level) low = middle;
    else high = middle;
  }
  return high;
}
