import { lerp } from "../../kernels/scalars.js";
import { Random } from "../../random.js";
import { collect, pipeline } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";
import { clutterOrder } from "./clutter-items.js";

const most = 12;

/** Cables, stickers, captions, watermarks, parts of a user interface, tape and dirt laid over the picture. */
export const clutterOverlay: DegradationFamily<{ items: number; size: number }> = {
  name: "clutter-overlay",
  summary: "Things that do not belong lie over the picture: cables, stickers, captions, a watermark, a date, dirt.",
  cell: { origin: "conventional", dimension: "aesthetic" },
  aspects: ["aesthetic"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [{ what: "most of the picture", measure: "changed-share", atMost: 0.6 }],
  parameters: (severity, random) => ({
    items: Math.round(lerp(3, most, severity)),
    size: tidy(random.uniform(0.85, 1.02)),
  }),
  async apply(raster, { items, size }, random) {
    const { width, height } = raster;
    const canvas = { width, height, unit: size * Math.min(width, height) };
    const order = clutterOrder(most, random);
    // Each thing has a stream of its own, so that the first ones are the same at every level.
    const seeds = order.map(() => random.uint32());
    const shown = order.slice(0, items).map((draw, i) => draw(canvas, new Random("clutter", seeds[i] as number)));
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shown.join("")}</svg>`;
    return collect(pipeline(raster).composite([{ input: Buffer.from(svg) }]));
  },
};
