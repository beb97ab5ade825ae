import { geometric } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import type { Raster } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Share of the pixels that are hit. */
  share: number;
  /** What a hit pixel becomes: black or white, or any colour. */
  kind: "salt-and-pepper" | "random";
};

/** Single pixels replaced. */
export const impulseNoise: DegradationFamily<Settings> = {
  name: "impulse-noise",
  summary: "Single pixels turned black, white or any colour, as by dead sensor cells and errors of transmission.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the layout", measure: "layout-correlation", atLeast: 0.9 }],
  parameters: (severity, random) => ({
    share: tidy(geometric(0.006, 0.25, severity)),
    kind: random.pick(["salt-and-pepper", "random"] as const),
  }),
  apply: (raster, { share, kind }, random) => hit(raster, share, kind === "random", random),
};

/** One draw per pixel decides whether it is hit and what it becomes, so that a greater share hits the same pixels and more. */
function hit({ data, width, height }: Raster, share: number, anyColour: boolean, random: Random): Raster {
  const out = Uint8Array.from(data);
  const limit = share * 4294967296;
  for (let i = 0; i < out.length; i += 3) {
    const bits = random.uint32();
    if (bits >= limit) continue;
    const extreme = bits & 1 ? 255 : 0;
    out[i] = anyColour ? bits & 255 : extreme;
    out[i + 1] = anyColour ? (bits >>> 8) & 255 : extreme;
    out[i + 2] = anyColour ? (bits >>> 16) & 255 : extreme;
  }
  return { data: out, width, height };
}
