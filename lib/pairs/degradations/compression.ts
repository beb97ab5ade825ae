import { geometric } from "../kernels.js";
import { type Raster, reencode } from "../raster.js";
import type { DegradationFamily } from "./family.js";

/** Cyclic shift, so that the next JPEG generation uses another block grid. */
function roll(raster: Raster, dx: number, dy: number): Raster {
  const { data, width, height } = raster;
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    const from = ((((y + dy) % height) + height) % height) * width * 3;
    const cut = 3 * (((dx % width) + width) % width);
    out.set(data.subarray(from + cut, from + 3 * width), 3 * y * width);
    out.set(data.subarray(from, from + cut), 3 * y * width + 3 * width - cut);
  }
  return { data: out, width, height };
}

/** Repeated JPEG on shifting block grids, ELIQ's own conventional technical negative. */
export const repeatedJpeg: DegradationFamily = {
  name: "repeated-jpeg",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  async apply(raster, severity, random) {
    const rounds = 2 + random.integer(2);
    let current = raster;
    for (let i = 0; i < rounds; i++) {
      const quality = Math.round(geometric(45, 5, severity) * random.uniform(0.85, 1.15));
      const dx = random.integer(8);
      const dy = random.integer(8);
      const shifted = await reencode(roll(current, dx, dy), {
        quality: Math.max(3, quality),
        chromaSubsampling: "4:2:0",
      });
      current = roll(shifted, -dx, -dy);
    }
    return current;
  },
};
