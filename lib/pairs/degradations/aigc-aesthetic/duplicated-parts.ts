import {
  findParts,
  firstParts,
  maskOf,
  type Part,
  type PartMask,
  type Parts,
  type Placement,
  place,
  unlike,
} from "../../kernels/parts.js";
import { lerp } from "../../kernels/scalars.js";
import { Random } from "../../random.js";
import type { Raster } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Share of the picture covered by parts that are shown twice, 0..1. */
  share: number;
};

/** Parts of objects shown a second time beside themselves: extra limbs, handles and windows. */
export const duplicatedParts: DegradationFamily<Settings> = {
  name: "duplicated-parts",
  summary: "Parts of objects appear a second time beside themselves: extra limbs, handles and windows.",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [{ what: "most of the picture", measure: "changed-share", atMost: 0.6 }],
  parameters: (severity) => ({ share: tidy(lerp(0.07, 0.36, severity)) }),
  async apply(raster, { share }, random) {
    const parts = await findParts(raster, random);
    const out = Uint8Array.from(raster.data);
    for (const part of firstParts(parts, share)) {
      const mask = maskOf(parts, part);
      place(out, raster, mask, besides(parts, part, mask, raster));
    }
    return { data: out, width: raster.width, height: raster.height };
  },
};

/** Of six places about one part's length away the one whose colours differ most, so that the copy is seen. */
function besides(parts: Parts, part: Part, { box }: PartMask, { width, height }: Raster): Placement {
  const random = new Random(part.draw);
  const length = Math.hypot(box.right - box.left, box.bottom - box.top);
  const [cx, cy] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const first = random.uniform(0, 2 * Math.PI);
  let [best, highest] = [{ dx: 0, dy: 0 }, -1];
  for (let k = 0; k < 6; k++) {
    const angle = first + (k * Math.PI) / 3;
    const distance = length * random.uniform(0.5, 0.9);
    const [dx, dy] = [distance * Math.cos(angle), distance * Math.sin(angle)];
    const [x, y] = [Math.round(cx + dx), Math.round(cy + dy)];
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    const there = parts.segmentation.labels[y * width + x] as number;
    const difference = unlike(parts.segmentation, part.pieces[0] as number, there);
    if (difference > highest) [best, highest] = [{ dx, dy }, difference];
  }
  return {
    ...best,
    turn: random.uniform(-0.4, 0.4),
    scale: random.uniform(0.85, 1.15),
    mirrored: random.uniform() < 0.4,
  };
}
