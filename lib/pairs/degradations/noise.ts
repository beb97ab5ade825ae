import { geometric, mapValues, smoothField } from "../kernels.js";
import type { DegradationFamily } from "./family.js";

/** White Gaussian noise, in colour or in brightness only. */
export const gaussianNoise: DegradationFamily = {
  name: "gaussian-noise",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  apply(raster, severity, random) {
    const sigma = geometric(7, 60, severity);
    if (random.uniform() < 0.6) {
      const noise = random.fillNormal(new Float32Array(raster.data.length));
      return mapValues(raster, (value, i) => value + sigma * (noise[i] as number));
    }
    const noise = random.fillNormal(new Float32Array(raster.width * raster.height));
    return mapValues(raster, (value, i) => value + sigma * (noise[(i / 3) | 0] as number));
  },
};

/** Coarse noise with a correlation length of a few pixels: film grain, a demosaiced and denoised high-ISO shot. */
export const grainNoise: DegradationFamily = {
  name: "grain-noise",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  apply(raster, severity, random) {
    const sigma = geometric(6, 42, severity);
    const spacing = random.uniform(1.5, 4);
    const { width, height } = raster;
    const bright = smoothField(width, height, spacing, random);
    const tint = smoothField(width, height, 2 * spacing, random);
    const colour = random.uniform(0, 0.7);
    return mapValues(raster, (value, i) => {
      const p = (i / 3) | 0;
      const shift = i % 3 === 0 ? colour : i % 3 === 2 ? -colour : 0;
      return value + sigma * ((bright[p] as number) + shift * (tint[p] as number));
    });
  },
};
