/** Where a critic finds fault: the local quality, turned over so that a map is strong where quality is low. */
import { HeatMap } from "./heat-map.js";

/**
 * How much lower the local quality of a cell is than that of the image's best cell, in raw units: 0 at the best cell.
 *
 * @param localQuality of an `Explanation`.
 */
export function faultsOf(localQuality: HeatMap): HeatMap {
  const { max, gridWidth, gridHeight, imageWidth, imageHeight } = localQuality;
  const faults = localQuality.values.map((value) => max - value);
  return new HeatMap(faults, gridWidth, gridHeight, imageWidth, imageHeight);
}
