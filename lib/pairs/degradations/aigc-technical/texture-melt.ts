import { displace } from "../../kernels/displacement.js";
import { smoothField } from "../../kernels/fields.js";
import { gaussianBlur } from "../../kernels/gaussian.js";
import { lerp } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Correlation length of the displacement, px. */
  spacing: number;
  /** Standard deviation of the displacement along and across the direction of running, px. */
  along: number;
  across: number;
  /** Direction in which textures run, radians from the horizontal. */
  direction: number;
};

/** Fine structure run together: displacement at the scale of textures, stronger in one direction, then softened. */
export const textureMelt: DegradationFamily<Settings> = {
  name: "texture-melt",
  summary: "Fine structure runs together like wax, as when a generator cannot resolve a texture.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical", "aesthetic"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.85 }],
  parameters(severity, random) {
    const spacing = random.uniform(5, 11);
    const along = spacing * lerp(0.28, 1.25, severity);
    return {
      spacing: tidy(spacing),
      along: tidy(along),
      across: tidy(0.5 * along),
      direction: tidy(random.uniform(0, Math.PI)),
    };
  },
  async apply(raster, { spacing, along, across, direction }, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const size = Math.max(3.5, spacing * scale);
    const dx = smoothField(width, height, size, random);
    const dy = smoothField(width, height, size, random);
    const [cos, sin] = [Math.cos(direction), Math.sin(direction)];
    for (let p = 0; p < dx.length; p++) {
      const a = along * scale * (dx[p] as number);
      const b = across * scale * (dy[p] as number);
      dx[p] = a * cos - b * sin;
      dy[p] = a * sin + b * cos;
    }
    return gaussianBlur(displace(raster, dx, dy), Math.max(0.5, 0.8 * scale));
  },
};
