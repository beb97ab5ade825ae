/**
 * How the published data sets name the columns and files of human opinions: readers ask for them by these names, and training refuses data
 * that have one.
 */

/** Columns of opinions by data set, spelt as published. */
export const opinionColumns = {
  agiqa1kExcel: ["MOS"],
  agiqa1kCsv: ["Score"],
  agiqa3k: ["mos_quality", "std_quality", "mos_align", "std_align"],
  aigciqa2023: ["quality_mos", "correspondence_mos"],
  aigiqa20k: ["mos"],
  kadid10k: ["dmos"],
  koniq10kScores: ["MOS_zscore"],
  koniq10kSets: ["MOS"],
  spaq: ["MOS"],
  ownTable: ["mos_quality", "mos_align"],
} as const;

/** Files of opinions that are not read by columns, or are no text. */
export const opinionFiles = {
  aigciqa2023Quality: "mosz1.mat",
  aigciqa2023Alignment: "mosz3.mat",
  liveC: "AllMOS_release.mat",
  tid2013: "mos_with_names.txt",
  spaq: "MOS and Image attribute scores.xlsx",
  agiqa1k: "AIGC_MOS_Zscore.xlsx",
  aigiqa20k: "info_train.xlsx",
} as const;

const published: ReadonlySet<string> = new Set(Object.values(opinionColumns).flatMap((names) => names.map(folded)));
const files: ReadonlySet<string> = new Set(Object.values(opinionFiles).map(folded));

/** Spellings that other tables use: "MOS_z", "z_mos", "score_mean", "mean opinion score", "human_rating". */
const alike = [
  /^(z?d?mosz?\d*|.*_d?mosz?|z?d?mos_.*)$/,
  /^(mean|avg|average)_(opinion.*|scores?|ratings?)$/,
  /^(scores?|ratings?|opinions?)_(mean|avg|average|std|stddev|sd)$/,
  /^(opinion_scores?.*|opinions?)$/,
  /^(human|user|rater|annotator|subjective)_(score|rating|preference|opinion|label)s?(_.*)?$/,
];

/** "Mean opinion-score" and "mean_opinion_score" are one name. */
function folded(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
}

/** Whether a column holds human opinions, by its name. */
export function isOpinionColumn(name: string): boolean {
  const column = folded(name);
  return published.has(column) || alike.some((pattern) => pattern.test(column));
}

/** Whether a file, by its name without folders, is a data set's opinions. */
export function isOpinionFile(name: string): boolean {
  return files.has(folded(name));
}
