/** The model card, README.md of a model directory: written from training.json and the figures that an evaluation passes. */
import type { PairAccuracy } from "./evaluate.js";
import type { TrainingRecord } from "./record.js";

/** A table of the card. */
export interface FigureTable {
  title: string;
  /** How it was measured, in a sentence or two. */
  protocol?: string | undefined;
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
}

/** What an evaluation found, and what is said beside it. */
export interface Figures {
  tables: readonly FigureTable[];
  /** Sentences added to the limits. */
  limits?: readonly string[] | undefined;
}

type Json = Record<string, unknown>;

/**
 * Renders the card.
 *
 * @param config the model's config.json.
 * @param figures undefined: the card says that none have been measured yet.
 */
export function renderCard(config: Json, record: TrainingRecord, figures?: Figures): string {
  return `${[
    `# ${record.name}, revision ${String(config.revision)}`,
    introduction(config),
    section("Figures", figureTables(figures)),
    section("Pairs ordered rightly on images that were not trained on", heldOutTable(record)),
    section("Training", training(record)),
    section("Loss", lossTable(record)),
    section("Data and licences", data(record)),
    section("Limits", limits(config, figures)),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

function section(title: string, body: string): string {
  return body === "" ? "" : `## ${title}\n\n${body}`;
}

function introduction(config: Json): string {
  const input = config.input as { area: number; multiple: number };
  const alignment = config.alignment as { trained: boolean; reason?: string };
  const origin = (config.backbone as { origin?: { source: string; sourceSha256: string; license: string } } | undefined)
    ?.origin;
  const side = Math.round(Math.sqrt(input.area));
  return [
    "Scores the visual quality of images, of AI-generated ones above all: quality, technical and aesthetic, each in [0, 1], higher is better.",
    `The network sees the whole picture at its own aspect ratio, resized to about ${side} x ${side} pixels of area.`,
    origin
      ? `Its convolutional tower is that of ${origin.source} (${origin.license}; SHA-256 of the weights \`${origin.sourceSha256}\`), which was trained on ImageNet's class labels; everything behind it was trained here.`
      : "",
    "It was trained without any human score, on pairs whose order is known by construction: a good image above a damaged one, mild damage above severe.",
    alignment.trained ? "" : `Alignment is not scored: ${alignment.reason ?? ""}`,
  ]
    .filter((sentence) => sentence !== "")
    .join("\n");
}

function figureTables(figures: Figures | undefined): string {
  if (!figures || figures.tables.length === 0) return "Not measured yet.";
  return figures.tables
    .map(({ title, protocol, columns, rows }) =>
      [`### ${title}`, protocol ?? "", table(columns, rows)].filter((part) => part !== "").join("\n\n"),
    )
    .join("\n\n");
}

function heldOutTable({ heldOut }: TrainingRecord): string {
  if (!heldOut) return "";
  const { untrained, trained } = heldOut;
  const row = (name: string, before: PairAccuracy | undefined, after: PairAccuracy) => [
    name,
    after.pairs,
    before ? before.accuracy.toFixed(3) : "",
    after.accuracy.toFixed(3),
  ];
  const columns = ["pairs of", "pairs", "untrained", "trained"];
  const single = Object.entries(trained.families).filter(([name]) => !name.includes(" + "));
  const double = Object.values(trained.families).reduce((sum, { pairs }) => sum + pairs, 0);
  const rows = [
    row("quality, all", untrained.quality, trained.quality),
    row("technical", untrained.technical, trained.technical),
    row("aesthetic", untrained.aesthetic, trained.aesthetic),
    ...single.map(([name, accuracy]) => row(name, untrained.families[name], accuracy)),
  ];
  const combined = double - single.reduce((sum, [, { pairs }]) => sum + pairs, 0);
  const note =
    combined > 0 ? `\n\n${combined} pairs of two-step combinations are counted in the first three rows only.` : "";
  return `${table(columns, rows)}${note}`;
}

function training({ command, commit, created, data, negatives, optimisation }: TrainingRecord): string {
  return [
    `\`\`\`\n${command}\n\`\`\``,
    bullets([
      `Date ${created}, commit ${commit}, seed ${optimisation.seed} (negatives: ${negatives.poolSeed}).`,
      `Manifest SHA-256 \`${data.hash}\`.`,
      `${data.trained} images trained on, ${data.heldOut} held out by group; ${negatives.samples} samples with their negatives.`,
      chainsOf(negatives),
      `Families: ${negatives.families.join(", ")}.`,
      `${optimisation.steps} steps of ${optimisation.batch.images} images with ${optimisation.batch.chains} chains each, ${optimisation.batch.across} pairs across images for each within one; AdamW ${optimisation.learningRate} one-cycle, weight decay ${optimisation.weightDecay}; tower ${optimisation.tuneBackbone ? "tuned" : "frozen"}; fidelity loss, invariance weight ${optimisation.invarianceWeight}, diversity weight ${optimisation.diversityWeight}; ${shown(optimisation.regularization)}.`,
      `sharp ${negatives.sharp}, libvips ${negatives.libvips}.`,
    ]),
  ].join("\n\n");
}

function chainsOf({ singles, combinations, severities, manifest }: TrainingRecord["negatives"]): string {
  if (manifest)
    return `Chains of a pair manifest with ${manifest.levels} levels each; every member of an image's chains has the same final encoding (${manifest.encoding}).`;
  const ranges = (severities ?? []).map(([low, high]) => `${low} to ${high}`).join(", ");
  return `Each image: ${singles} single damages and ${combinations} two-step combinations, severities ${ranges}; every member of an image's chains has the same final JPEG encoding.`;
}

function shown({ tokensPerImage, cellNoise, imageNoise }: TrainingRecord["optimisation"]["regularization"]): string {
  const cells =
    tokensPerImage > 0 ? `${tokensPerImage} random cells of an image shown at a step` : "all cells shown at a step";
  return `${cells}, noise of ${cellNoise} (cell) and ${imageNoise} (image) standard deviations on their statistics`;
}

function lossTable({ loss }: TrainingRecord): string {
  return table(
    ["up to step", "mean loss", "training pairs ordered rightly"],
    loss.map((row) => [row.step, row.loss.toFixed(4), row.accuracy.toFixed(3)]),
  );
}

function data({ data: { collections, leftOut, skipped } }: TrainingRecord): string {
  const left = Object.entries(leftOut).map(([provenance, count]) => `${count} of provenance "${provenance}"`);
  const unread = Object.keys(skipped).length;
  return [
    table(
      ["collection", "images", "licence of the images", "provenance"],
      collections.map((row) => [row.collection, row.images, row.licence, row.provenance]),
    ),
    left.length > 0 ? `Left out because their origin does not allow a published model: ${left.join(", ")}.` : "",
    unread > 0 ? `${unread} images could not be read.` : "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function limits(config: Json, figures: Figures | undefined): string {
  const { area } = config.input as { area: number };
  const alignment = config.alignment as { trained: boolean };
  return bullets([
    "The negatives are simulated. Faults that none of them resembles, such as a sixth finger drawn sharply, are not seen.",
    `Larger pictures are reduced to ${area} pixels, which hides fine damage and enlargement.`,
    "What a score means is relative to the images of calibration.json, good ones and their graded damage, not to people's opinions. Compare scores of one model revision and one calibration only.",
    ...(alignment.trained ? [] : ["A prompt changes nothing: alignment is null."]),
    ...(figures?.limits ?? []),
  ]);
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}

function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => String(value).replaceAll("|", "\\|").replaceAll("\n", " ");
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
