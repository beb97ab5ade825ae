/** What a family of negatives is: a name, its place in ELIQ's grid, and how it makes a picture worse by a known amount. */
import type { MeasureName } from "../measures/index.js";
import type { Random } from "../random.js";
import type { Raster } from "../raster.js";

/** What a defect of the picture itself can lower. Overall quality is lowered by every one of them. */
export type VisualAspect = "technical" | "aesthetic";

/** What a pair can order besides overall quality. */
export type Aspect = VisualAspect | "alignment";

/** Where a family stands in ELIQ's grid of negatives. */
export interface Cell {
  /** Defects of ordinary image processing, or looks of a failing image generator. */
  readonly origin: "conventional" | "aigc";
  readonly dimension: Aspect;
}

type Value = number | string | boolean | readonly Value[] | { readonly [key: string]: Value };

/** Everything that a member of a chain is made from besides pixels and random streams; plain JSON, kept in the manifest. */
export type Parameters = { readonly [key: string]: Value };

/** A bound that the worst level still meets, against the clean picture. */
export interface Kept {
  /** In words: what survives. */
  readonly what: string;
  readonly measure: MeasureName;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One kind of damage to a picture, at any severity. */
export interface DegradationFamily<P extends Parameters = Parameters> {
  /** Kebab-case, unique. */
  readonly name: string;
  /** One sentence for docs and gallery: what one sees and where it comes from. */
  readonly summary: string;
  readonly cell: Cell;
  /**
   * Aspects that a pair of this family orders; the cell's dimension is always among them. Where a visual aspect is among them,
   * the pair orders overall quality too.
   */
  readonly aspects: readonly Aspect[];
  /** Changes less than 60 % of the pixels at every severity. */
  readonly local?: true;
  /** Its damage is compression, so that traces of coding are the defect and no shortcut. */
  readonly compression?: true;
  /** Needs a second picture. */
  readonly partner?: true;
  /** What shows that a higher severity is more damage, and which way it goes. */
  readonly measure: { readonly name: MeasureName; readonly direction: "rises" | "falls" };
  /** What the worst level still keeps. */
  readonly keeps: readonly Kept[];
  /**
   * Draws what the damage is made from. Called with `random` in the same state for each level of a chain, and must draw the same
   * numbers from it whatever the severity, so that levels differ in severity only. Lengths are in units of a picture of
   * 512 x 512 px; `apply` multiplies by `scaleOf(raster)`.
   *
   * @param severity 0 (just visible) to 1 (spoilt).
   */
  parameters(severity: number, random: Random): P;
  /**
   * Damages a picture; a function of its arguments alone. The result has the same size; the input is left as it is. More damage
   * for a higher severity's parameters when `random` starts in the same state.
   *
   * @param partner for families that ask for one: another picture, of any size.
   */
  apply(raster: Raster, parameters: P, random: Random, partner?: Raster): Promise<Raster> | Raster;
}

/** Levels of a chain, mild to severe; level k of n has severity (k - 1) / (n - 1). */
export const levels = 5;

/** The severity of a level, 1-based. */
export function severityOf(level: number): number {
  return (level - 1) / (levels - 1);
}

/** Rounds to four significant digits, for parameters that people read in a manifest. */
export function tidy(value: number): number {
  return Number(value.toPrecision(4));
}
