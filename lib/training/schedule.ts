/**
 * One-cycle learning rate: linear warm-up from peak/25 over the first `warmUp` of the steps, then a cosine to peak/1000.
 *
 * Source: L. N. Smith and N. Topin, "Super-Convergence" (2018), with the cosine in place of the linear descent.
 *
 * @param step 0 … steps - 1.
 * @param warmUp share of the steps, 0..1.
 */
export function oneCycle(step: number, steps: number, peak: number, warmUp = 0.3): number {
  const rising = Math.max(1, Math.round(steps * warmUp));
  if (step < rising) return peak * (1 / 25 + (24 / 25) * ((step + 1) / rising));
  const progress = (step + 1 - rising) / Math.max(1, steps - rising);
  return peak * (0.001 + 0.999 * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
