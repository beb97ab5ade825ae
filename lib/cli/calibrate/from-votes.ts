/** `eliq calibrate --votes`. */
import { fitPairwise, type PairwiseFit } from "../../calibration/labels/pairwise.js";
import { labelsOfVotes, readVotes } from "../../calibration/labels/read.js";
import { median } from "../../calibration/percentiles.js";
import { writeOutput } from "../../files/atomic.js";
import { exitCode, UsageError } from "../usage.js";
import { type CalibrateValues, methodOf, targetOf } from "./values.js";

/** @returns the exit code. */
export async function fromVotes(values: CalibrateValues): Promise<number> {
  const file = values.votes as string;
  const method = methodOf(values, ["thurstone", "bradley-terry"]);
  const target = targetOf(values);
  if (values.out === undefined) throw new UsageError("--out is missing: the CSV of labels to write.");
  const fit = fitPairwise(await readVotes(file), method);
  await writeOutput(values.out, labelsOfVotes(fit, target, file, values.out));
  process.stdout.write(summary(fit, values.out));
  if (fit.regularised)
    process.stderr.write(
      "eliq: some items only won or only lost against the others, so that no finite strengths are most likely. Each item was given half a vote won and half a vote lost against an average one, which draws extremes in.\n",
    );
  return exitCode.ok;
}

function summary({ items, model }: PairwiseFit, out: string): string {
  const votes = items.reduce((sum, item) => sum + item.votes, 0) / 2;
  const middle = median({ values: items.map(({ standardError }) => standardError) }).toFixed(2);
  return `Wrote ${out}: ${items.length} images by ${votes} votes (${model}); median standard error ${middle}.
Go on with \`eliq calibrate --labels ${out} --method isotonic\`.
`;
}
