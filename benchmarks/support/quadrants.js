// @ts-check
// Edits of one quadrant of a picture, and where a map changed.
import sharp from "sharp";

/**
 * @typedef {{ data: Uint8Array, width: number, height: number }} Pixels
 * @typedef {{ left: number, top: number, width: number, height: number }} Box
 * @typedef {{ values: ArrayLike<number>, gridWidth: number, gridHeight: number }} Map
 *
 * @typedef {object} Change how a map moved between two pictures
 * @property {number} share absolute change inside the box over the absolute change everywhere; NaN where nothing changed
 * @property {number} fall by how much the map sank inside the box (its rises taken off) over the absolute change everywhere: at most
 *   `share`, and below 0 where the map rose
 */

/** Quadrant 0 to 3, row by row. @param {Pixels} image @param {number} quadrant @returns {Box} */
export function quadrantOf({ width, height }, quadrant) {
  const [half, middle] = [Math.floor(width / 2), Math.floor(height / 2)];
  const [right, low] = [quadrant % 2 === 1, quadrant > 1];
  return {
    left: right ? half : 0,
    top: low ? middle : 0,
    width: right ? width - half : half,
    height: low ? height - middle : middle,
  };
}

/** Side of the blocks that are scrambled, in a picture of 512 x 512: larger ones leave the texture inside them whole. */
const BLOCK = 8;
/** Standard deviation of the blur, of a picture of 512 x 512. */
const SIGMA = 4;

/** @param {Pixels} image how much larger it is than 512 x 512 */
const scaleOf = ({ width, height }) => Math.sqrt(width * height) / 512;

/** The edits by name: two that damage, and one that moves the content and harms nothing. */
export const EDITS = {
  /** Gaussian blur of the box alone. */
  blur: (/** @type {Pixels} */ image, /** @type {Box} */ box) =>
    replaced(image, box, (part) => part.blur(SIGMA * scaleOf(image))),
  /** Blocks of the box in a random order. */
  scramble: async (
    /** @type {Pixels} */ image,
    /** @type {Box} */ box,
    /** @type {import("../../dist/pairs/random.js").Random} */ random,
  ) => scramble(image, box, Math.max(4, Math.round(BLOCK * scaleOf(image))), random),
  /** Left and right of the box changed over. */
  mirror: (/** @type {Pixels} */ image, /** @type {Box} */ box) => replaced(image, box, (part) => part.flop()),
};

/** @param {Pixels} image @param {Box} box @param {(part: import("sharp").Sharp) => import("sharp").Sharp} edit @returns {Promise<Pixels>} */
async function replaced(image, box, edit) {
  const raw = { width: image.width, height: image.height, channels: /** @type {const} */ (3) };
  const cut = await sharp(image.data, { raw }).extract(box).raw().toBuffer();
  const size = { width: box.width, height: box.height, channels: /** @type {const} */ (3) };
  const part = await edit(sharp(cut, { raw: size }))
    .raw()
    .toBuffer();
  const data = Uint8Array.from(image.data);
  for (let y = 0; y < box.height; y++) {
    const row = part.subarray(y * box.width * 3, (y + 1) * box.width * 3);
    data.set(row, ((box.top + y) * image.width + box.left) * 3);
  }
  return { ...image, data };
}

/** @param {Pixels} image @param {Box} box @param {number} side @param {import("../../dist/pairs/random.js").Random} random @returns {Pixels} */
function scramble(image, box, side, random) {
  const [columns, rows] = [Math.floor(box.width / side), Math.floor(box.height / side)];
  const order = random.shuffle(Array.from({ length: columns * rows }, (_, i) => i));
  const data = Uint8Array.from(image.data);
  const start = (/** @type {number} */ block, /** @type {number} */ y) =>
    ((box.top + Math.floor(block / columns) * side + y) * image.width + box.left + (block % columns) * side) * 3;
  order.forEach((source, target) => {
    for (let y = 0; y < side; y++) {
      data.set(image.data.subarray(start(source, y), start(source, y) + side * 3), start(target, y));
    }
  });
  return { ...image, data };
}

/**
 * How much of a map's change lies in a box of its picture. A cell that the box cuts counts by the share of it that is inside.
 *
 * @param {Map} before @param {Map} after @param {Box} box @param {Pixels} image @returns {Change}
 */
export function changeIn(before, after, box, image) {
  const { gridWidth, gridHeight } = before;
  const across = (/** @type {number} */ column) =>
    overlap(column / gridWidth, (column + 1) / gridWidth, box.left / image.width, (box.left + box.width) / image.width);
  const down = (/** @type {number} */ row) =>
    overlap(row / gridHeight, (row + 1) / gridHeight, box.top / image.height, (box.top + box.height) / image.height);
  let [absolute, inside, total] = [0, 0, 0];
  for (let cell = 0; cell < gridWidth * gridHeight; cell++) {
    const change = Number(after.values[cell]) - Number(before.values[cell]);
    const weight = across(cell % gridWidth) * down(Math.floor(cell / gridWidth));
    absolute += weight * Math.abs(change);
    inside += weight * change;
    total += Math.abs(change);
  }
  return { share: absolute / total, fall: -inside / total };
}

/** Share of the interval from `low` to `high` that lies between `from` and `to`. @param {number} low @param {number} high @param {number} from @param {number} to */
function overlap(low, high, from, to) {
  return Math.max(0, Math.min(high, to) - Math.max(low, from)) / (high - low);
}
