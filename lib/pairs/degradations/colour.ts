import { byte, geometric, lerp, luma, mapTables, mean, table } from "../kernels.js";
import type { DegradationFamily } from "./family.js";

/** Gains and offsets per channel that do not cancel: a wrong white balance or worse. */
export const colourCast: DegradationFamily = {
  name: "colour-cast",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  apply(raster, severity, random) {
    const raw = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)];
    const average = (raw[0] as number) / 3 + (raw[1] as number) / 3 + (raw[2] as number) / 3;
    const centred = raw.map((value) => value - average);
    const largest = Math.max(...centred.map(Math.abs), 1e-6);
    const [r, g, b] = centred.map((value) => {
      const tint = value / largest;
      return table((v) => v * (1 + tint * lerp(0.15, 0.65, severity)) + tint * lerp(6, 45, severity));
    });
    return mapTables(raster, [r as Uint8Array, g as Uint8Array, b as Uint8Array]);
  },
};

/** Everything drawn towards one grey. */
export const contrastCrush: DegradationFamily = {
  name: "contrast-crush",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  apply(raster, severity, random) {
    const centre = 0.6 * mean(luma(raster)) + random.uniform(30, 70);
    const gain = lerp(0.7, 0.12, severity);
    const crushed = table((value) => centre + (value - centre) * gain);
    return mapTables(raster, [crushed, crushed, crushed]);
  },
};

/** Shadows lost, in the manner of a short exposure: gamma and gain below one. */
export const underExposure: DegradationFamily = {
  name: "under-exposure",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  apply(raster, severity) {
    const gamma = geometric(1.4, 3.4, severity);
    const gain = lerp(0.9, 0.45, severity);
    const darker = table((value) => 255 * gain * (value / 255) ** gamma);
    return mapTables(raster, [darker, darker, darker]);
  },
};

/** Few levels per channel: banding and posterised skies. */
export const colourQuantisation: DegradationFamily = {
  name: "colour-quantisation",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  apply(raster, severity, random) {
    const steps = geometric(14, 2.2, severity);
    const phase = random.uniform(0, 1);
    const banded = table((value) => {
      const level = Math.floor((value / 255) * steps + phase) + 0.5 - phase;
      return byte((level / steps) * 255);
    });
    return mapTables(raster, [banded, banded, banded]);
  },
};
