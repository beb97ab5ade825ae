import { lerp } from "../kernels.js";
import { collect, pipeline, type Raster } from "../raster.js";
import type { DegradationFamily } from "./family.js";

/** Takes a window given in pixels and enlarges it to the raster's own size, so that size tells nothing. */
async function cropAndEnlarge(
  raster: Raster,
  left: number,
  top: number,
  width: number,
  height: number,
): Promise<Raster> {
  return collect(
    pipeline(raster)
      .extract({ left, top, width, height })
      .resize(raster.width, raster.height, { fit: "fill", kernel: "cubic" }),
  );
}

/** A window near a corner or an edge: the subject is cut off and the little that is left is enlarged. */
export const badCrop: DegradationFamily = {
  name: "bad-crop",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  apply(raster, severity, random) {
    const side = lerp(0.75, 0.25, severity);
    const stretch = random.uniform(0.85, 1.18);
    const width = Math.max(8, Math.round(raster.width * Math.min(0.9, side * stretch)));
    const height = Math.max(8, Math.round(raster.height * Math.min(0.9, side / stretch)));
    const towards = () => (random.uniform() < 0.5 ? random.uniform(0, 0.15) : random.uniform(0.85, 1));
    const left = Math.round((raster.width - width) * towards());
    const top = Math.round((raster.height - height) * towards());
    return cropAndEnlarge(raster, left, top, width, height);
  },
};

/** A slanted horizon: rotated, then cut to the largest centred window of the same shape without corners. */
export const tilt: DegradationFamily = {
  name: "tilt",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  async apply(raster, severity, random) {
    const degrees = random.sign() * lerp(4, 38, severity);
    const { width, height } = raster;
    const turned = await collect(pipeline(raster).rotate(degrees, { background: "#808080" }));
    const angle = Math.abs((degrees * Math.PI) / 180);
    // A window w x h turned by the angle must fit in the unturned picture on both axes.
    const fit = Math.min(
      width / (width * Math.cos(angle) + height * Math.sin(angle)),
      height / (width * Math.sin(angle) + height * Math.cos(angle)),
    );
    const cutWidth = Math.max(8, Math.floor(width * fit) - 2);
    const cutHeight = Math.max(8, Math.floor(height * fit) - 2);
    const left = Math.round((turned.width - cutWidth) / 2);
    const top = Math.round((turned.height - cutHeight) / 2);
    return collect(
      pipeline(turned)
        .extract({ left, top, width: cutWidth, height: cutHeight })
        .resize(width, height, { fit: "fill", kernel: "cubic" }),
    );
  },
};
