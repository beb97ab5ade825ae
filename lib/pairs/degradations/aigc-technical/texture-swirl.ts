import { displace } from "../../kernels/displacement.js";
import { smoothField } from "../../kernels/fields.js";
import { eddies, eddyGrid } from "../../kernels/flow.js";
import { lerp } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Diameter of an eddy, px. */
  spacing: number;
  /** How far eddies have turned, radians. */
  turn: number;
};

/** Textures rolled up into eddies, as networks with too little capacity paint hair, leaves and crowds. */
export const textureSwirl: DegradationFamily<Settings> = {
  name: "texture-swirl",
  summary: "Textures are rolled up into small eddies, as weak generators paint hair, leaves and crowds.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.85 }],
  parameters(severity, random) {
    return { spacing: tidy(random.uniform(9, 15)), turn: tidy(lerp(0.4, 2.3, severity)) };
  },
  apply(raster, { spacing, turn }, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const size = Math.max(5, spacing * scale);
    const grid = eddyGrid(width, height, size);
    const region = smoothField(grid.width, grid.height, Math.max(3, (70 * scale) / grid.cell), random);
    const weights = region.map((v) => Math.max(0.15, Math.min(1, 0.6 + 0.6 * v)));
    const { dx, dy } = eddies(width, height, size, turn, random, weights);
    return displace(raster, dx, dy);
  },
};
