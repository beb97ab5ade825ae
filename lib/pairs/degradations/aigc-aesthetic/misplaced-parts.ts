import {
  findParts,
  firstParts,
  maskOf,
  type Part,
  type PartMask,
  type Placement,
  place,
  removeParts,
} from "../../kernels/parts.js";
import { lerp } from "../../kernels/scalars.js";
import { Random } from "../../random.js";
import type { Raster } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Share of the picture covered by parts that are in the wrong place, 0..1. */
  share: number;
};

/** Parts of objects moved to where they do not belong, turned: a hand on the wall, an eye on the chin. */
export const misplacedParts: DegradationFamily<Settings> = {
  name: "misplaced-parts",
  summary: "Parts of objects are in the wrong place and turned: a hand on the wall, an eye on the chin.",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [{ what: "most of the picture", measure: "changed-share", atMost: 0.6 }],
  parameters: (severity) => ({ share: tidy(lerp(0.04, 0.24, severity)) }),
  async apply(raster, { share }, random) {
    const parts = await findParts(raster, random);
    const moved = firstParts(parts, share).map((part) => ({ part, mask: maskOf(parts, part) }));
    const { data, width, height } = await removeParts(
      raster,
      moved.map(({ mask }) => mask),
    );
    const out = Uint8Array.from(data);
    for (const { part, mask } of moved) place(out, raster, mask, elsewhere(part, mask, raster));
    return { data: out, width, height };
  },
};

/** A place up to half the picture away, inside it. */
function elsewhere({ draw }: Part, { box }: PartMask, { width, height }: Raster): Placement {
  const random = new Random(draw);
  const [cx, cy] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const angle = random.uniform(0, 2 * Math.PI);
  const distance = random.uniform(0.16, 0.45) * Math.sqrt(width * height);
  const inside = (at: number, length: number) => (at < 0 ? -at : at > length ? 2 * length - at : at);
  return {
    dx: inside(cx + distance * Math.cos(angle), width) - cx,
    dy: inside(cy + distance * Math.sin(angle), height) - cy,
    turn: random.uniform(-1.3, 1.3),
    scale: random.uniform(0.85, 1.2),
    mirrored: random.uniform() < 0.5,
  };
}
