/** Some of many, evenly spread. */
import { Random } from "../pairs/random.js";

/**
 * One item of each of `limit` stretches of equal length, in order; the same ones each time. Which one of a stretch is left to chance:
 * at fixed distances, a table that goes through its prompts in turn would give the same few prompts again and again.
 */
export function spread<T>(items: readonly T[], limit: number): readonly T[] {
  if (items.length <= limit) return items;
  const random = new Random("spread", items.length, limit);
  const start = (i: number) => Math.floor((i * items.length) / limit);
  return Array.from({ length: limit }, (_, i) => items[start(i) + random.integer(start(i + 1) - start(i))] as T);
}
