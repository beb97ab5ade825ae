import { geometric } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Side of a block, px. */
  block: number;
  /** Share of the blocks that are lost. */
  share: number;
};

/** How a decoder fills what it has not received. */
const concealments = ["displaced", "displaced", "stretched", "flat", "empty"] as const;

/** Runs of lost blocks, filled with something else. */
export const blockLoss: DegradationFamily<Settings> = {
  name: "block-loss",
  summary: "Runs of blocks were lost in transmission: displaced, smeared, flat or empty pieces stand in their place.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  local: true,
  measure: { name: "changed-share", direction: "rises" },
  keeps: [{ what: "most of the picture", measure: "changed-share", atMost: 0.55 }],
  parameters: (severity, random) => ({
    block: tidy(random.uniform(11, 23)),
    share: tidy(geometric(0.06, 0.45, severity)),
  }),
  apply(raster, { block, share }, random) {
    // Odd, so that the grid of blocks has no common period with that of a coder.
    const size = 2 * Math.round((block * scaleOf(raster)) / 2 + 1) + 1;
    return loseBlocks(raster, size, share, random);
  },
};

/** Loses run after run of a sequence that does not depend on `share`, until the share is reached. */
function loseBlocks(raster: Raster, size: number, share: number, random: Random): Raster {
  const out: Raster = { data: Uint8Array.from(raster.data), width: raster.width, height: raster.height };
  const [left, top] = [random.integer(size), random.integer(size)];
  const columns = Math.ceil((raster.width + left) / size);
  const rows = Math.ceil((raster.height + top) / size);
  const lost = new Uint8Array(columns * rows);
  let remaining = Math.max(1, Math.round(share * lost.length));
  while (remaining > 0) {
    const start = random.integer(lost.length);
    const length = 1 + Math.floor(random.uniform(0, 1) ** 2 * 0.6 * columns);
    const conceal = concealment(raster, size, random);
    const rowEnd = columns * (Math.floor(start / columns) + 1);
    for (let k = start; k < Math.min(start + length, rowEnd) && remaining > 0; k++) {
      if (lost[k]) continue;
      lost[k] = 1;
      remaining--;
      const x = (k % columns) * size - left;
      const y = Math.floor(k / columns) * size - top;
      conceal(out, {
        left: Math.max(0, x),
        top: Math.max(0, y),
        right: Math.min(raster.width, x + size),
        bottom: Math.min(raster.height, y + size),
      });
    }
  }
  return out;
}

/** Pixels left..right - 1, top..bottom - 1. */
interface Block {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

type Conceal = (out: Raster, block: Block) => void;

/** Draws one way of filling lost blocks; always the same number of draws. */
function concealment(raster: Raster, size: number, random: Random): Conceal {
  const kind = random.pick(concealments);
  const dx = Math.round(random.sign() * random.uniform(0.4, 3) * size);
  const dy = Math.round(random.sign() * random.uniform(0.2, 1.5) * size);
  const empty = random.pick([
    [128, 128, 128],
    [0, 135, 0],
    [16, 16, 16],
  ] as const);
  switch (kind) {
    case "displaced":
      return (out, block) => fill(out, block, (x, y) => clampedPixel(raster, x + dx, y + dy));
    case "stretched":
      return (out, block) => fill(out, block, (x) => clampedPixel(raster, x, block.top - 1));
    case "flat":
      return (out, block) => {
        const mean = meanOf(raster, block);
        fill(out, block, () => mean);
      };
    case "empty":
      return (out, block) => fill(out, block, () => empty);
  }
}

type Colour = readonly [number, number, number];

function fill(out: Raster, { left, top, right, bottom }: Block, colourAt: (x: number, y: number) => Colour): void {
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) out.data.set(colourAt(x, y), 3 * (y * out.width + x));
}

function clampedPixel({ data, width, height }: Raster, x: number, y: number): Colour {
  const i = 3 * (Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x)));
  return [data[i] as number, data[i + 1] as number, data[i + 2] as number];
}

function meanOf({ data, width }: Raster, { left, top, right, bottom }: Block): Colour {
  const sums = [0, 0, 0];
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++)
      for (let c = 0; c < 3; c++) (sums[c] as number) += data[3 * (y * width + x) + c] as number;
  const [r, g, b] = sums.map((sum) => sum / Math.max(1, (right - left) * (bottom - top)));
  return [r as number, g as number, b as number];
}
