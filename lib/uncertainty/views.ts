/**
 * Views of an image: what it could have been, had it been framed a little differently.
 *
 * Every view is an independent draw from one distribution: the frame is moved by up to a tenth of the image's width and height,
 * and left and right are exchanged in half of the views. What the frame then shows beyond the image is the image's border,
 * reflected. A view has the size of the image and its pixels are copied, not resampled, so that it differs in nothing else: views
 * that are cropped, and so enlarged on the way into the model, look blurred to it and score lower than the image itself
 * (docs/api.md has the figures).
 *
 * The draws of an image depend on its own pixels and the view's index alone: the same image has the same views wherever and
 * whenever it is scored, the first views of many are those of few, and different images have independent ones.
 */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { EliqError } from "../errors.js";
import type { RgbImage } from "../images/pixels.js";
import { Random } from "../pairs/random.js";

/** Most views that one score may be taken from. */
export const mostViews = 64;

/** How far the frame moves at most, as a share of the side. */
const greatestShift = 0.1;

/** Bytes of the image that its views are drawn from; enough to tell any two images apart, and quick for large ones. */
const sampledBytes = 65_536;

/** Pixels that are copied before others get their turn: a few milliseconds. */
const pixelsAtOnce = 1 << 20;

/** How a view's frame differs from the image. */
export interface View {
  /** Pixels that the frame is moved by, to the right where positive. */
  readonly x: number;
  /** The same downwards. */
  readonly y: number;
  /** Left and right of what the frame shows are exchanged. */
  readonly mirrored: boolean;
}

/**
 * Checks the number of views of a call.
 *
 * @returns 1 where none was given.
 * @throws EliqError ERR_INVALID_ARGUMENT for anything but a whole number from 1 to {@link mostViews}.
 */
export function checkViews(views: unknown): number {
  if (views === undefined) return 1;
  if (Number.isInteger(views) && (views as number) >= 1 && (views as number) <= mostViews) return views as number;
  throw new EliqError(
    "ERR_INVALID_ARGUMENT",
    `\`views\` must be a whole number from 1 to ${mostViews}; ${String(views)} was given.`,
  );
}

/** The first `count` views of an image. */
export function drawViews(image: RgbImage, count: number): View[] {
  const seed = seedOf(image);
  return Array.from({ length: count }, (_, index) => drawView(image, new Random("view", seed, index)));
}

function drawView({ width, height }: RgbImage, random: Random): View {
  return { x: drawShift(width, random), y: drawShift(height, random), mirrored: random.sign() > 0 };
}

function drawShift(side: number, random: Random): number {
  const most = Math.floor(greatestShift * side);
  return random.integer(2 * most + 1) - most;
}

/** A digest of the size and of bytes spread evenly over the image. */
function seedOf({ data, width, height }: RgbImage): string {
  const step = Math.max(1, Math.floor(data.length / sampledBytes));
  const sample = Uint8Array.from({ length: Math.ceil(data.length / step) }, (_, i) => data[i * step] as number);
  return createHash("sha256").update(`${width} x ${height}`).update(sample).digest("hex");
}

/**
 * Copies a view's pixels. Large copies are made in parts, so that nothing else waits long.
 *
 * @param room where the pixels go, as long as the image's own data; what it held before is lost.
 * @returns the view as an image of the same size, whose data are `room`.
 */
export async function copyView({ data, width, height }: RgbImage, view: View, room: Uint8Array): Promise<RgbImage> {
  const columns = Int32Array.from({ length: width }, (_, x) => {
    const shown = view.mirrored ? width - 1 - x : x;
    return 3 * reflected(view.x + shown, width);
  });
  const rowsAtOnce = Math.max(1, Math.floor(pixelsAtOnce / width));
  for (let row = 0, to = 0; row < height; row++) {
    if (row > 0 && row % rowsAtOnce === 0) await setImmediate();
    const start = 3 * width * reflected(view.y + row, height);
    for (let x = 0; x < width; x++, to += 3) {
      const from = start + (columns[x] as number);
      room[to] = data[from] as number;
      room[to + 1] = data[from + 1] as number;
      room[to + 2] = data[from + 2] as number;
    }
  }
  return { data: room, width, height };
}

/** The index inside [0, size) that one outside stands for, at most one size away: -1 for 0, -2 for 1. */
function reflected(index: number, size: number): number {
  if (index < 0) return -1 - index;
  return index < size ? index : 2 * size - 1 - index;
}
