/** A model whose raw scores alone are wanted: calibrating must not presuppose a calibration. */
import { assemble, type Eliq } from "../eliq.js";
import { type LoadOptions, loadParts } from "../load.js";
import { describeModel } from "../models/directory.js";
import type { Calibration } from "./calibration.js";
import { tableSize } from "./percentiles.js";
import type { AnchoredScale } from "./scale.js";

/**
 * Loads a model without reading its calibration.json; its calibrated scores mean nothing.
 *
 * @throws EliqError as `Eliq.load`, but none of a calibration's.
 */
export async function loadUncalibrated(options: Omit<LoadOptions, "calibration">): Promise<Eliq> {
  const read = async () => {
    const described = await describeModel(options.model);
    return { ...described, calibration: meaningless(described.id) };
  };
  return assemble(await loadParts(options, read));
}

function meaningless(model: string): Calibration {
  const scale: AnchoredScale = { kind: "anchored", raw: [-1, 1], score: [0.25, 0.75] };
  const table = Array.from({ length: tableSize }, () => 0);
  return {
    id: "none",
    model,
    created: "1970-01-01",
    population: { description: "none", positives: 0, negatives: 0, kinds: {} },
    scales: { quality: scale, technical: scale, aesthetic: scale, alignment: scale },
    percentiles: { quality: table, technical: table, aesthetic: table, alignment: table },
  };
}
