/** The shuffled-prompt control: every image with the prompt of another. */
import { Random } from "../pairs/random.js";

/**
 * A permutation of the prompts that leaves no image its own: images are put side by side by prompt, the prompts and the images of
 * one in random order, and each gets the prompt that lies as many places on as the most frequent prompt has images.
 *
 * @param prompts of the images; undefined where an image has none.
 * @param seed the same seed gives the same permutation.
 * @returns undefined for an image without a prompt, and for those left over when one prompt has more than half of the images.
 */
export function otherPrompts(prompts: readonly (string | undefined)[], seed: number): (string | undefined)[] {
  const random = new Random(seed, "other prompts", prompts.length);
  const images = new Map<string, number[]>();
  prompts.forEach((prompt, i) => {
    if (prompt === undefined) return;
    const list = images.get(prompt);
    if (list) list.push(i);
    else images.set(prompt, [i]);
  });
  const order = random.shuffle([...images.values()]).flatMap((list) => random.shuffle(list));
  const step = [...images.values()].reduce((most, list) => Math.max(most, list.length), 0);
  const others = new Array<string | undefined>(prompts.length).fill(undefined);
  order.forEach((image, place) => {
    const other = prompts[order[(place + step) % order.length] as number];
    if (other !== prompts[image]) others[image] = other;
  });
  return others;
}
