import { blend } from "../../kernels/blending.js";
import { heal } from "../../kernels/healing.js";
import { lerp } from "../../kernels/scalars.js";
import { boxOf } from "../../kernels/segments.js";
import { findSubject } from "../../kernels/subjects.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";
import { firstPieces, spreadMask } from "./subject-masks.js";

/** The prompt's object is missing: its pieces vanish into the background. */
export const objectRemoved: DegradationFamily<{ share: number }> = {
  name: "object-removed",
  summary: "What the prompt names is missing, in part or wholly: the subject's place is filled with its surroundings.",
  cell: { origin: "aigc", dimension: "alignment" },
  aspects: ["alignment"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [
    { what: "the rest of the picture", measure: "changed-share", atMost: 0.5 },
    { what: "the layout", measure: "layout-correlation", atLeast: 0.2 },
  ],
  parameters: (severity) => ({ share: tidy(lerp(0.3, 1, severity)) }),
  async apply(raster, { share }, random) {
    const found = await findSubject(raster, { smallest: 0.09, largest: 0.32, outstanding: 0.35 });
    const feather = 9 * scaleOf(raster);
    // The whole subject is healed at every level, so that a milder level shows a part of the severest one's background.
    const whole = spreadMask(found.segmentation, found.pieces, feather);
    const inside = new Uint8Array(whole.length);
    for (let p = 0; p < inside.length; p++) if ((whole[p] as number) > 0) inside[p] = 1;
    const box = boxOf(found.segmentation, found.pieces, feather + 12);
    const empty = heal(raster, { inside, box }, random);
    return blend(raster, empty, spreadMask(found.segmentation, firstPieces(found, share), feather));
  },
};
