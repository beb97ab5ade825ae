/** Interpolation and rounding of single numbers. */

/** Linear interpolation. */
export function lerp(from: number, to: number, t: number): number {
  return from + (to - from) * t;
}

/** Geometric interpolation, for quantities perceived as ratios (blur radius, JPEG quality). */
export function geometric(from: number, to: number, t: number): number {
  return from * (to / from) ** t;
}

/** Rounds into a byte. */
export function byte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
}
