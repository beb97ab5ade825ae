/** The command line of `eliq calibrate`, as its ways read it. */
import { UsageError } from "../usage.js";

/** Its options as parseArgs gives them; which go together is checked before a way begins. */
export interface CalibrateValues {
  readonly pairs?: string | undefined;
  readonly families?: string | undefined;
  readonly population?: string | undefined;
  readonly description?: string | undefined;
  readonly run?: string | undefined;
  readonly reference?: string | undefined;
  readonly labels?: string | undefined;
  readonly votes?: string | undefined;
  readonly method?: string | undefined;
  readonly target?: string | undefined;
  readonly range?: string | undefined;
  readonly base?: string | undefined;
  readonly name?: string | undefined;
  readonly out?: string | undefined;
  readonly model?: string | undefined;
  readonly device?: string | undefined;
  readonly threads?: string | undefined;
  readonly "max-pixels"?: string | undefined;
  readonly "allow-urls"?: boolean | undefined;
}

/** The value of --target. */
export function targetOf({ target = "quality" }: CalibrateValues): "quality" | "alignment" {
  if (target === "quality" || target === "alignment") return target;
  throw new UsageError(`--target takes quality or alignment, not "${target}".`);
}

/** The value of --method among those that a way takes. */
export function methodOf<M extends string>({ method }: CalibrateValues, known: readonly M[]): M {
  const found = known.find((name) => name === method);
  if (found !== undefined) return found;
  const given = method === undefined ? "is missing" : `cannot be "${method}" here`;
  throw new UsageError(`--method ${given}; it takes ${known.join(", ")}.`);
}
