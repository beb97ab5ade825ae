// @ts-check
// `eliq eval` with a critic whose scores are known: what kind, and then the command line.
import { basename } from "node:path";
import { run } from "../../dist/cli/commands/eval.js";
import { exitCode, exitCodeOf } from "../../dist/cli/usage.js";
import { EliqError } from "../../dist/errors.js";
import { Random } from "../../dist/pairs/random.js";
import { knownCritic, readOpinions } from "./opinions.js";

const [kind = "", table = "", ...args] = process.argv.slice(2);
const opinions = await readOpinions(table);
const names = [...opinions.keys()];
const shuffled = new Random("shuffled critic").shuffle([...opinions.values()]);
const wrong = new Map(names.map((name, i) => [name, /** @type {number} */ (shuffled[i])]));

/** @type {Record<string, (opinion: number, path: string) => number>} */
const kinds = {
  // Rising, and far from linear.
  planted: (opinion) => Math.atan(opinion - 3) ** 3,
  shuffled: (_, path) => wrong.get(basename(path)) ?? 0,
  slow: (opinion) => opinion,
};
const score = kinds[kind];
if (!score) throw new Error(`There is no critic "${kind}".`);

const critic = () =>
  knownCritic((path) => score(opinions.get(basename(path)) ?? 0, path), {
    model: `${kind}@0`,
    delay: kind === "slow" ? 100 : 0,
  });
process.exitCode = await run([table, ...args], async () => critic()).catch((error) => {
  console.error(error instanceof EliqError ? `${error.message} [${error.code}]` : error);
  return error instanceof EliqError ? exitCodeOf(error.code) : exitCode.usage;
});
