/** Options that name labels. */
import { UsageError } from "../../usage.js";

/**
 * The labels that an option names, which may be given several times or with commas; undefined when it was not given.
 * @throws UsageError for a label that is not among `known`.
 */
export function chooseFrom<Label extends string>(
  known: readonly Label[],
  given: readonly string[] | undefined,
  option: string,
): Label[] | undefined {
  return given
    ?.flatMap((value) => value.split(","))
    .map((value) => {
      const label = known.find((name) => name === value.trim());
      if (label === undefined) throw new UsageError(`${option} must be one of ${known.join(", ")}, not "${value}".`);
      return label;
    });
}
