import { EliqError } from "../../../errors.js";
import { smoothField } from "../../kernels/fields.js";
import { regionWeights } from "../../kernels/regions.js";
import { byte, lerp } from "../../kernels/scalars.js";
import { collect, pipeline, type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Share of the picture in which the other one shows, 0..1. */
  share: number;
  /** How strongly it shows there, 0..1. */
  strength: number;
  /** Size of the regions, px. */
  spacing: number;
  /** Whether the other picture is seen in a mirror. */
  mirrored: boolean;
};

/** Two pictures blended within regions: features of the other one shine through as ghosts. */
export const identityBlending: DegradationFamily<Settings> = {
  name: "identity-blending",
  summary: "Two subjects blend into each other: in some regions the features of another picture shine through.",
  cell: { origin: "aigc", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  local: true,
  partner: true,
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the picture outside the regions", measure: "changed-share", atMost: 0.6 }],
  parameters(severity, random) {
    return {
      share: tidy(lerp(0.32, 0.55, severity)),
      strength: tidy(lerp(0.28, 0.74, severity)),
      spacing: tidy(random.uniform(75, 120)),
      mirrored: random.uniform() < 0.5,
    };
  },
  async apply(raster, { share, strength, spacing, mirrored }, random, partner) {
    if (!partner)
      throw new EliqError(
        "ERR_INVALID_ARGUMENT",
        'The family "identity-blending" needs a second picture; pass one as `partner`.',
      );
    const { data, width, height } = raster;
    const other = (await fitted(partner, width, height, mirrored)).data;
    const region = smoothField(width, height, spacing * scaleOf(raster), random);
    const weights = regionWeights(region, share, 0.5);
    const out = Uint8Array.from(data);
    for (let p = 0, i = 0; p < weights.length; p++, i += 3) {
      const weight = strength * (weights[p] as number);
      if (weight > 0)
        for (let c = i; c < i + 3; c++)
          out[c] = byte((data[c] as number) + weight * ((other[c] as number) - (data[c] as number)));
    }
    return { data: out, width, height };
  },
};

/** The partner at the given size, its shape kept, what stands over cut off. */
function fitted(partner: Raster, width: number, height: number, mirrored: boolean): Promise<Raster> {
  const resized = pipeline(partner).resize(width, height, { fit: "cover", kernel: "linear" });
  return collect(mirrored ? resized.flop() : resized);
}
