import { findParts, firstParts, maskOf, removeParts } from "../../kernels/parts.js";
import { lerp } from "../../kernels/scalars.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Share of the picture covered by parts that are missing, 0..1. */
  share: number;
};

/** Parts of objects left out, the background smeared over the gap: missing limbs, heads and legs of chairs. */
export const missingParts: DegradationFamily<Settings> = {
  name: "missing-parts",
  summary:
    "Parts of objects are left out and the background is smeared over the gap: missing limbs, heads and chair legs.",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [{ what: "most of the picture", measure: "changed-share", atMost: 0.6 }],
  parameters: (severity) => ({ share: tidy(lerp(0.06, 0.34, severity)) }),
  async apply(raster, { share }, random) {
    const parts = await findParts(raster, random);
    return removeParts(
      raster,
      firstParts(parts, share).map((part) => maskOf(parts, part)),
    );
  },
};
