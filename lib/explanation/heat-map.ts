/** A grid of numbers laid over an image. */

/**
 * A map of `gridWidth` x `gridHeight` cells that covers an image of `imageWidth` x `imageHeight` pixels without a margin: cell
 * (column c, row r) covers the pixels from c * imageWidth / gridWidth to (c + 1) * imageWidth / gridWidth, and so on.
 */
export class HeatMap {
  /**
   * @param values row by row from the top left, gridWidth * gridHeight of them.
   * @param imageWidth of the image in pixels, after its EXIF orientation was applied; so is `imageHeight`.
   */
  constructor(
    readonly values: Float32Array,
    readonly gridWidth: number,
    readonly gridHeight: number,
    readonly imageWidth: number,
    readonly imageHeight: number,
  ) {}

  /** The greatest value. */
  get max(): number {
    return this.values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  }

  /** The smallest value. */
  get min(): number {
    return this.values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  }

  /**
   * The value at an image position, interpolated linearly between the centres of the cells.
   *
   * @param x in pixels from the left edge, from 0 to imageWidth (the centre of the first pixel is at 0.5).
   * @param y in pixels from the top edge.
   */
  at(x: number, y: number): number {
    const column = weigh(x / this.imageWidth, this.gridWidth);
    const row = weigh(y / this.imageHeight, this.gridHeight);
    return this.#between(column, row);
  }

  /**
   * The map as `width` x `height` values, row by row, of the same range (values are interpolated, not shared out): by default
   * one for each pixel of the image.
   */
  resize(width = this.imageWidth, height = this.imageHeight): Float32Array {
    const columns = Array.from({ length: width }, (_, x) => weigh((x + 0.5) / width, this.gridWidth));
    const resized = new Float32Array(width * height);
    for (let y = 0, o = 0; y < height; y++) {
      const row = weigh((y + 0.5) / height, this.gridHeight);
      for (const column of columns) resized[o++] = this.#between(column, row);
    }
    return resized;
  }

  #between(column: Weighed, row: Weighed): number {
    const top = row.first * this.gridWidth;
    const bottom = row.second * this.gridWidth;
    const cell = (index: number) => this.values[index] as number;
    const upper = cell(top + column.first) * (1 - column.share) + cell(top + column.second) * column.share;
    const lower = cell(bottom + column.first) * (1 - column.share) + cell(bottom + column.second) * column.share;
    return upper * (1 - row.share) + lower * row.share;
  }
}

/** Two neighbouring cells and the share of the second. */
interface Weighed {
  first: number;
  second: number;
  share: number;
}

/** @param position as a fraction of the side; beyond the outermost centres the outermost cell counts alone. */
function weigh(position: number, cells: number): Weighed {
  const place = Math.min(Math.max(position * cells - 0.5, 0), cells - 1);
  const first = Math.min(Math.floor(place), cells - 1);
  return { first, second: Math.min(first + 1, cells - 1), share: place - first };
}
