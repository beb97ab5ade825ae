import type { Random } from "../random.js";
import type { Raster } from "../raster.js";

/** What a defect can lower. Overall quality is lowered by every one. */
export type VisualAspect = "technical" | "aesthetic";

/** Where a family stands in ELIQ's grid of negatives. */
export interface Cell {
  /** Defects of ordinary image processing, or looks of a failing image generator. */
  readonly origin: "conventional" | "aigc";
  readonly dimension: VisualAspect;
}

/** One kind of damage, at any severity. */
export interface DegradationFamily {
  /** Kebab-case, unique. */
  readonly name: string;
  readonly cell: Cell;
  /** Aspects that a pair of this family orders besides quality; the cell's dimension is always among them. */
  readonly aspects: readonly VisualAspect[];
  /**
   * Damages a picture. The result has the same size, and more damage for a higher severity when `random` starts in the same state.
   *
   * @param severity 0 (hardly visible) to 1 (spoilt).
   */
  apply(raster: Raster, severity: number, random: Random): Promise<Raster> | Raster;
}
