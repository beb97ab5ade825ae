/** The tables of a report, as `eliq eval` prints them and the model card shows them. */
import type { FigureTable } from "../training/card.js";
import { decimal, withInterval } from "./report-figures.js";
import type {
  AlignmentControls,
  EvaluationReport,
  EvaluationSection,
  GeneratorRow,
  ProbeReport,
  ProbeSpread,
  ScoreAgreement,
} from "./report-schema.js";

/** Every table of a report; each title names the protocol. */
export function reportTables(report: EvaluationReport): FigureTable[] {
  const { quality, alignment } = report;
  return [
    ...(quality ? sectionTables("Visual quality", quality, report) : []),
    ...(alignment ? sectionTables("Alignment", alignment, report) : []),
    ...(alignment?.controls ? [alignmentTable(alignment.controls, report)] : []),
    ...probeTable(report),
    controlTable(report),
  ];
}

function sectionTables(subject: string, section: EvaluationSection, report: EvaluationReport): FigureTable[] {
  const title = `${subject}, ${section.protocol}`;
  return [
    agreementTable(title, section, report),
    errorTable(title, section),
    ...differenceTable(title, section),
    ...generatorTable(title, section),
  ];
}

function agreementTable(title: string, section: EvaluationSection, report: EvaluationReport): FigureTable {
  return {
    title: `${title}: correlation with mean opinion scores`,
    protocol: [
      "Protocol: zero-shot, no opinion score was used to make the scores.",
      describeSet(section, report),
      intervals(report),
      'PLCC* is after the 5-parameter logistic. "Within": mean SRCC inside one generator, inside one prompt.',
      undefinedScores(section),
    ].join(" "),
    columns: ["score", "SRCC", "SRCC, by group", "PLCC", "PLCC*", "KRCC", "within generator", "within prompt"],
    rows: section.scores.map((row) => [
      row.name,
      withInterval(row.srcc),
      withInterval(row.srccByGroup),
      withInterval(row.plcc),
      withInterval(row.plccLogistic),
      withInterval(row.krcc),
      decimal(row.withinGenerator.mean),
      decimal(row.withinPrompt.mean),
    ]),
  };
}

function errorTable(title: string, section: EvaluationSection): FigureTable {
  const uncertain = section.scores.filter(({ logistic }) => logistic.parameters.length > 0 && !logistic.converged);
  return {
    title: `${title}: error and order of pairs`,
    protocol: [
      "RMSE after the 5-parameter logistic, in units of the opinions. Pairwise accuracy: share of the pairs with different opinions that are ordered rightly, a tie counting half (chance: .5).",
      uncertain.length > 0 ? `The logistic did not converge for ${uncertain.map(({ name }) => name).join(", ")}.` : "",
    ]
      .filter((sentence) => sentence !== "")
      .join(" "),
    columns: ["score", "RMSE", "pairwise accuracy"],
    rows: section.scores.map((row) => [row.name, withInterval(row.rmse), withInterval(row.pairwiseAccuracy)]),
  };
}

function differenceTable(title: string, { differences }: EvaluationSection): FigureTable[] {
  if (differences.length === 0) return [];
  return [
    {
      title: `${title}: differences of SRCC`,
      protocol: "Paired bootstrap: both scores see the same resamples, of images, and of groups with all their images.",
      columns: ["difference", "images resampled", "groups resampled"],
      rows: differences.map(({ minuend, subtrahend, byImage, byGroup }) => [
        `${minuend} - ${subtrahend}`,
        withInterval(byImage),
        withInterval(byGroup),
      ]),
    },
  ];
}

function generatorTable(title: string, { scores }: EvaluationSection): FigureTable[] {
  const [first, ...others] = scores;
  if (!first || first.generators.length === 0) return [];
  const shown = [first, ...strongest(others)];
  const srcc = (row: ScoreAgreement, name: string) =>
    decimal(row.generators.find(({ generator }) => generator === name)?.srcc ?? null);
  return [
    {
      title: `${title}: each generator`,
      protocol: `Means of the opinions and of ${first.name}, both as they are, and the SRCC inside each generator.`,
      columns: [
        "generator",
        "images",
        "mean opinion",
        `mean ${first.name}`,
        ...shown.map(({ name }) => `SRCC, ${name}`),
      ],
      rows: first.generators.map(({ generator, images, meanOpinion, meanScore }: GeneratorRow) => [
        generator,
        images,
        decimal(meanOpinion),
        decimal(meanScore),
        ...shown.map((row) => srcc(row, generator)),
      ]),
    },
  ];
}

/** The one with the highest SRCC, if there is any: knowing the opinions favours it. */
function strongest(scores: readonly ScoreAgreement[]): ScoreAgreement[] {
  const value = (row: ScoreAgreement) => row.srcc.value ?? Number.NEGATIVE_INFINITY;
  return scores.length === 0 ? [] : [scores.reduce((best, row) => (value(row) > value(best) ? row : best))];
}

function alignmentTable(controls: AlignmentControls, report: EvaluationReport): FigureTable {
  const blind =
    controls.blindFrom === "quality"
      ? "the critic's quality, which never reads the prompt"
      : "its alignment with an empty prompt";
  const rows: [string, string][] = [["SRCC over the prompt-blind control", withInterval(controls.overBlind.byImage)]];
  if (controls.overShuffled) {
    rows.push(["SRCC over the shuffled-prompt control", withInterval(controls.overShuffled.byImage)]);
  }
  rows.push(["partial SRCC, given the critic's quality", withInterval(controls.partialGivenScore)]);
  if (controls.partialGivenOpinion) {
    rows.push(["partial SRCC, given the opinion on quality", withInterval(controls.partialGivenOpinion)]);
  }
  if (controls.trueBeatsOther) {
    rows.push(["share of images whose own prompt beats another's", withInterval(controls.trueBeatsOther)]);
  }
  return {
    title: "Alignment, zero-shot: does it read the prompt",
    protocol: `${intervals(report)} The prompt-blind control is ${blind}.`,
    columns: ["figure", "value"],
    rows,
  };
}

function probeTable({ probes }: EvaluationReport): FigureTable[] {
  const measured = (["quality", "alignment"] as const).flatMap((opinion) => {
    const probe = probes[opinion];
    return probe ? [{ opinion, probe }] : [];
  });
  const [first] = measured;
  if (!first) return [];
  return [
    {
      title: "Quality and alignment, probe: ridge regression of frozen embeddings",
      protocol: `Protocol: probe, fitted to the opinions of other prompts. Median over ${first.probe.splits.length} splits that share no group, [lowest, highest]; ${first.probe.dimension} features, the penalty chosen inside each training part. Penalty: median, divided by the number of training images. Before scaling: SRCC from the embeddings before they are scaled to norm 1.`,
      columns: ["opinion", "train", "test", "SRCC", "PLCC", "KRCC", "penalty", "SRCC before scaling", "difference"],
      rows: measured.map(({ opinion, probe }) => probeRow(opinion, probe)),
    },
  ];
}

function probeRow(opinion: string, { splits, srcc, plcc, krcc, unnormalised }: ProbeReport): (string | number)[] {
  const ascending = splits.map(({ lambda }) => lambda).sort((a, b) => a - b);
  const check = unnormalised && `${decimal(unnormalised.difference)}${unnormalised.passed ? "" : " FAILED"}`;
  return [
    opinion,
    splits[0]?.train ?? 0,
    splits[0]?.test ?? 0,
    withSpread(srcc),
    withSpread(plcc),
    withSpread(krcc),
    (ascending[Math.floor(ascending.length / 2)] ?? 0).toPrecision(2),
    unnormalised ? decimal(unnormalised.srcc.median) : "-",
    check ?? "-",
  ];
}

function controlTable({ controls }: EvaluationReport): FigureTable {
  return {
    title: "Controls of the instrument",
    columns: ["control", "SRCC", "expected", ""],
    rows: controls.checks.map(({ name, srcc, expected, passed }) => [
      name,
      decimal(srcc),
      expected,
      passed ? "passed" : "FAILED",
    ]),
  };
}

function withSpread({ median, lowest, highest }: ProbeSpread): string {
  return `${decimal(median)} [${decimal(lowest)}, ${decimal(highest)}]`;
}

function describeSet({ images, groups }: EvaluationSection, { dataset, problems, layout }: EvaluationReport): string {
  const left = problems.length > 0 ? `; ${problems.length} left out` : "";
  const unverified = layout && !layout.verified ? ` (unverified layout: ${layout.source})` : "";
  return `Set: ${dataset}${unverified}, ${images} images in ${groups} groups${left}.`;
}

function intervals({ bootstrap }: EvaluationReport): string {
  return `${Math.round(100 * bootstrap.level)} % bootstrap intervals over images, ${bootstrap.resamples.toLocaleString("en")} resamples.`;
}

function undefinedScores({ scores }: EvaluationSection): string {
  const counted = scores.filter(({ undefinedScores: count }) => count > 0);
  const list = counted.map(({ name, undefinedScores: count }) => `${name}: ${count}`).join(", ");
  return `A score that is undefined for an image counts as the set's worst (${list || "none is"}).`;
}
