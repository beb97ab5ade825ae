/** Isotonic regression. */

/** Neighbouring items that share one fitted value. */
export interface Block {
  /** First item. */
  readonly from: number;
  /** Last item. */
  readonly to: number;
  /** Weighted mean of the block's values. */
  readonly value: number;
  readonly weight: number;
}

/**
 * The non-decreasing sequence nearest to the values in weighted least squares, by pooling adjacent violators (R. E. Barlow, D. J.
 * Bartholomew, J. M. Bremner, H. D. Brunk, Statistical inference under order restrictions, 1972). Linear in their number.
 *
 * @param weights as many, above 0; all alike unless told.
 * @returns blocks in order, their values strictly ascending.
 */
export function poolAdjacentViolators(values: ArrayLike<number>, weights?: ArrayLike<number>): Block[] {
  const blocks: Block[] = [];
  for (let i = 0; i < values.length; i++) {
    let block: Block = { from: i, to: i, value: values[i] as number, weight: weights?.[i] ?? 1 };
    for (let before = blocks.at(-1); before && before.value >= block.value; before = blocks.at(-1)) {
      blocks.pop();
      block = joinBlocks(before, block);
    }
    blocks.push(block);
  }
  return blocks;
}

/** Two neighbouring blocks as one. */
export function joinBlocks(before: Block, after: Block): Block {
  const weight = before.weight + after.weight;
  const value = (before.value * before.weight + after.value * after.weight) / weight;
  return { from: before.from, to: after.to, value, weight };
}
